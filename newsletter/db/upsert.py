"""Insert what is not there yet: the statement that makes doing a thing twice harmless."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

CHUNK = 500  # rows a statement: SQLite allows 32,766 parameters


def insert_missing(session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> int:
    """Insert those rows whose unique keys are free, leave the others alone, and return how many were inserted.

    Every row must have the same columns. Works on SQLite and PostgreSQL.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    inserted = 0
    for start in range(0, len(rows), CHUNK):
        statement = dialect.insert(table).values(rows[start : start + CHUNK]).on_conflict_do_nothing()
        # without the option SQLAlchemy reports -1 on PostgreSQL
        result = session.execute(statement, execution_options={"preserve_rowcount": True})
        inserted += result.rowcount  # type: ignore[attr-defined]  # a cursor result has it
    return inserted
