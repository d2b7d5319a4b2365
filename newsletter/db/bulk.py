"""Insert a thousand rows at once, where `insert_missing`, row by row through SQLAlchemy, takes most of the time there is.

SQLite runs one statement for all rows. PostgreSQL takes them by COPY into a table of the connection's own, whose shape is the
wanted one's, and moves them over in one statement: a third of what an INSERT for each costs us, and less for the server.
A few rows reach it as one value, JSON: one statement instead of one for each.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, Table, insert
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from newsletter.db.types import in_utc

COPIED_FROM = 100
"""Fewer rows are inserted one by one: a table of our own takes longer."""
Row = tuple[Any, ...]


def insert_rows(
    session: Session, table: type[SQLModel], columns: Sequence[str], rows: Sequence[Row], *, same: Mapping[str, Any]
) -> int:
    """Insert those rows whose unique keys are free, leave the others alone, and return how many were inserted.

    A row has a value for each of `columns`; `same` has the values of those columns that are alike in all rows. What goes
    into a JSON column is JSON already.
    """
    if not rows:
        return 0
    session.flush()  # what the rows refer to may not be stored yet
    connection = session.connection()
    found: Table = SQLModel.metadata.tables[str(table.__tablename__)]
    prepared = _prepare(connection, [found.columns[name] for name in columns], rows)
    shared = {
        name: value if (prepare := _preparer(connection, found.columns[name])) is None else prepare(value)
        for name, value in same.items()
    }
    is_copied = connection.dialect.name == "postgresql" and len(rows) >= COPIED_FROM
    return (_copy if is_copied else _execute_many)(connection, found, columns, prepared, shared)


def insert_few(connection: Connection, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert some rows in one statement; each has a value (text, a number, an instant, None) for the same columns."""
    if not rows:
        return
    found: Table = SQLModel.metadata.tables[str(table.__tablename__)]
    if connection.dialect.name != "postgresql":
        connection.execute(insert(found), rows)
        return
    names = ", ".join(rows[0])  # those of our own columns
    statement = (
        f"INSERT INTO {found.name} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{found.name}, %s)"  # noqa: S608
    )
    connection.exec_driver_sql(statement, (json.dumps(rows, default=_write_instant),))


def _write_instant(value: datetime) -> str:
    return in_utc(value).isoformat()


def copy_in(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Hand rows over to PostgreSQL by COPY; values are the driver's. Raises SQLAlchemy's errors, as any statement does."""
    quote = connection.dialect.identifier_preparer.quote
    statement = f"COPY {quote(table)} ({', '.join(map(quote, columns))}) FROM STDIN"
    errors = connection.dialect.loaded_dbapi.Error
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as stream:
            for row in rows:
                stream.write_row(row)
    except errors as error:
        raise DBAPIError.instance(statement, None, error, errors) from error


def _execute_many(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row], same: Mapping[str, Any]
) -> int:
    constants = tuple(same.values())
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    marks = ", ".join([mark] * (len(columns) + len(constants)))
    # the names are those of our own tables
    statement = f"INSERT INTO {table.name} ({', '.join([*columns, *same])}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608
    return connection.exec_driver_sql(statement, [(*row, *constants) for row in rows]).rowcount


def _copy(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row], same: Mapping[str, Any]
) -> int:
    incoming, names = f"incoming_{table.name}", ", ".join(columns)
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {incoming} ON COMMIT DROP AS SELECT {names} FROM {table.name} WITH NO DATA"  # noqa: S608
    )
    copy_in(connection, incoming, columns, rows)
    constants = [f"CAST(%s AS {table.columns[name].type.compile(connection.dialect)})" for name in same]
    moved = connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({', '.join([*columns, *same])}) SELECT {', '.join([names, *constants])} "  # noqa: S608
        f"FROM {incoming} ON CONFLICT DO NOTHING",
        tuple(same.values()),
    )
    connection.exec_driver_sql(f"DROP TABLE {incoming}")
    return moved.rowcount


def _prepare(connection: Connection, columns: Sequence[Column[Any]], rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows as the driver wants them; a column that it takes as it is costs nothing."""
    preparers = [_preparer(connection, column) for column in columns]
    if not any(preparers):
        return rows
    values = list(zip(*rows, strict=True))
    for place, prepare in enumerate(preparers):
        if prepare is not None:
            known = {value: prepare(value) for value in set(values[place])}  # of a thousand instants few are distinct
            values[place] = tuple(map(known.__getitem__, values[place]))
    return list(zip(*values, strict=True))


def _preparer(connection: Connection, column: Column[Any]) -> Callable[[Any], Any] | None:
    """Return what makes the driver's value of ours: what SQLAlchemy would use."""
    if isinstance(column.type, JSON):
        return None
    return column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
