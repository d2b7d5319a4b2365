"""Insert what is not there yet: the statement that makes doing a thing twice harmless."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

CHUNK = 500  # rows at once


def insert_missing(session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> int:
    """Insert those rows whose unique keys are free, leave the others alone, and return how many were inserted.

    Every row must have the same columns. Works on SQLite and PostgreSQL.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    inserted = 0
    session.flush()  # what the rows refer to may not be stored yet
    for start in range(0, len(rows), CHUNK):
        # one row's statement run many times: to put hundreds of rows into one takes longer than to store them
        statement = dialect.insert(table).on_conflict_do_nothing()
        # without the option SQLAlchemy reports -1 on PostgreSQL
        options = {"preserve_rowcount": True}
        inserted += (
            session.connection().execute(statement, rows[start : start + CHUNK], execution_options=options).rowcount
        )
    return inserted
