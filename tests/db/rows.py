"""A row or two in every table, of values that one kind of database or the other likes to lose."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Date, Engine, Float, Integer, LargeBinary, Table, text
from sqlmodel import SQLModel

from newsletter.db.types import BigId, UTCDateTime
from tests.conftest import NOON

ROWS = 3
TEXTS = ("plain", "晨报 “quoted” 'and' \\ \t\n tab\u2028", "Ω → \U0001f4f0 %s {x} \\N")
DOCUMENTS: Sequence[Any] = (
    [],
    [{"id": "2603.1", "score": 0.1, "no": None, "真": True}],
    {"b": 1, "a": ["\\u0000", 1e-9]},
)
CHANGES = SQLModel.metadata.tables["search_change"]
TABLES = [*(table for table in SQLModel.metadata.sorted_tables if table is not CHANGES), CHANGES]
"""Every table, those that others refer to first, and last the one that triggers write to."""


def fill_every_table(engine: Engine) -> None:
    """Put ROWS rows into every table; what refers to another row does so, and every second thing that may be missing is."""
    with engine.begin() as connection:
        for table in TABLES:
            if table is CHANGES:
                connection.execute(CHANGES.delete())  # what the triggers noted of the papers before
            connection.execute(table.insert(), [_make_row(table, number) for number in range(1, ROWS + 1)])


def dump(connection: Connection, table: Table) -> list[tuple[Any, ...]]:
    """Return every row of a table as the database itself has it."""
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    return [tuple(row) for row in connection.execute(text(f'SELECT {names} FROM "{table.name}" ORDER BY {keys}'))]


def _make_row(table: Table, number: int) -> dict[str, Any]:
    return {column.name: _make_value(column, number) for column in table.columns}


def _make_value(column: "Column[Any]", number: int) -> Any:
    if column.foreign_keys:
        return _make_value(next(iter(column.foreign_keys)).column, number)
    if column.nullable and number % 2 == 0:
        return None
    match column.type:
        case UTCDateTime():
            return NOON + timedelta(days=number, microseconds=number)
        case Date():
            return date(2026, 3, number)
        case Boolean():
            return number % 2 == 1
        case Integer() | BigId():
            return number
        case Float():
            return number / 3
        case LargeBinary():
            return bytes([0, 255, 39, 92, number])
        case JSON():
            return DOCUMENTS[number - 1]
        case _:
            return f"{TEXTS[number - 1]} {column.name} {number}"
