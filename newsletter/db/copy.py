"""Copy every row of one database into another of either kind, and prove that what arrived is what left."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Engine,
    Row,
    Table,
    TableClause,
    Text,
    cast,
    column,
    func,
    inspect,
    literal,
    select,
    table,
)
from sqlalchemy.exc import DataError, IntegrityError

from newsletter.db.bulk import copy_in
from newsletter.db.engine import lift_time_limits
from newsletter.db.migrate import SCHEMA_LOCK, current_revision, head_revision
from newsletter.errors import ConflictError, InputError

BATCH = 2000  # rows in memory at once; a digest of 15 papers has some kilobytes

Tell = Callable[[str, int], None]
"""Is told a table's name, and how many more of its rows were written or read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedTable:
    """A table that was copied: its rows on both sides, and a checksum of all their values, whatever their order."""

    name: str
    rows: int
    checksum: str


def require_present_schema(engine: Engine) -> None:
    """Raise ConflictError unless the database has this program's schema."""
    revision = current_revision(engine)
    if revision is None:
        raise ConflictError("There is no newsletter in the source. Check its URL.")
    if revision != head_revision():
        raise ConflictError(
            f"The source has schema {revision}, this program needs {head_revision()}. "
            "Run `newsletter migrate` with DATABASE_URL set to the source, then copy again."
        )


def require_known(connection: Connection, tables: Sequence[Table], is_known: Callable[[str], bool]) -> None:
    """Raise ConflictError if the database has a table that is neither ours nor `is_known`: it would be left behind."""
    ours = {each.name for each in tables} | {"alembic_version"}
    if strange := [name for name in inspect(connection).get_table_names() if name not in ours and not is_known(name)]:
        raise ConflictError(f"The source has tables that this program does not know: {', '.join(strange)}.")


def require_empty(connection: Connection, tables: Sequence[Table]) -> None:
    """Raise ConflictError if any of the tables has a row: what is there is neither lost nor mixed with what comes."""
    for each in tables:
        if connection.execute(select(literal(1)).select_from(each).limit(1)).first() is not None:
            raise ConflictError(
                f"The target is not empty: there are rows in {each.name}. Name a new database; this one was left as it is."
            )


def prepare(connection: Connection, tables: Sequence[Table]) -> None:
    """Let nobody else copy into this database before the transaction ends, and see that it is still empty."""
    if connection.dialect.name == "postgresql":  # SQLite's transactions hold the write lock
        lift_time_limits(connection)
        connection.execute(select(func.pg_advisory_xact_lock(SCHEMA_LOCK)))
    require_empty(connection, tables)


def refresh_statistics(connection: Connection) -> None:
    """Let PostgreSQL's planner know what came; until then it would take every table for an empty one."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE")


def count_rows(connection: Connection, tables: Sequence[Table]) -> int:
    """Return the number of rows of all the tables together."""
    return sum(connection.execute(select(func.count()).select_from(each)).scalar_one() for each in tables)


def copy_table(source: Connection, target: Connection, original: Table, tell: Tell) -> CopiedTable:
    """Copy a table into an empty one, read it again there and compare; the target's transaction stays open.

    Raises InputError for a row that the target cannot hold, ConflictError when what arrived is not what left.
    """
    sent = _Checksum()
    try:
        for rows in _read(source, original):
            sent.add(rows)
            _write(target, original, rows)
            tell(original.name, len(rows))
    except (DataError, IntegrityError) as error:
        raise InputError(
            f"The target refuses a row of {original.name}: {error.orig}. Mend it in the source, then copy again."
        ) from error
    _set_sequence(target, original)
    arrived = _Checksum()
    for rows in _read(target, original):
        arrived.add(rows)
        tell(original.name, len(rows))
    if arrived != sent:
        raise ConflictError(f"{original.name} did not arrive as it left: {sent} left, {arrived} arrived.")
    return CopiedTable(name=original.name, rows=sent.rows, checksum=f"{sent.total:016x}")


@dataclass(slots=True)
class _Checksum:
    """The number of rows, and the sum of their hashes: databases that sort text differently agree on it."""

    rows: int = 0
    total: int = 0

    def add(self, rows: Sequence[Row[Any]]) -> None:
        hashes = (hashlib.blake2b(repr(tuple(row)).encode(), digest_size=8).digest() for row in rows)
        self.total = (self.total + sum(map(int.from_bytes, hashes))) % 2**64
        self.rows += len(rows)

    def __str__(self) -> str:
        return f"{self.rows} rows ({self.total:016x})"


def _read(connection: Connection, original: Table) -> Iterator[Sequence[Row[Any]]]:
    """Read a table in batches by its primary key, so that the target's own index grows at its end.

    JSON stays the text it is: nothing is gained by reading it, and something could be lost.
    """
    columns = (cast(each, Text) if isinstance(each.type, JSON) else each for each in original.columns)
    statement = select(*columns).order_by(*original.primary_key.columns)
    found = connection.execute(statement, execution_options={"stream_results": True, "yield_per": BATCH})
    yield from found.partitions()


def _write(connection: Connection, original: Table, rows: Sequence[Row[Any]]) -> None:
    plain = _as_text(original)
    if connection.dialect.name == "postgresql":
        _write_by_copy(connection, plain, rows)
    else:
        names = list(plain.columns.keys())
        connection.execute(plain.insert(), [dict(zip(names, row, strict=True)) for row in rows])


def _as_text(original: Table) -> TableClause:
    """Return the table as it is written, with JSON as the text it was read as."""
    return table(
        original.name,
        *(column(each.name, Text() if isinstance(each.type, JSON) else each.type) for each in original.columns),
    )


def _write_by_copy(connection: Connection, plain: TableClause, rows: Sequence[Row[Any]]) -> None:
    """Hand rows over by COPY, which takes a third of the time of INSERT."""
    converters = [
        each.type.dialect_impl(connection.dialect).bind_processor(connection.dialect) for each in plain.columns
    ]
    converted = (
        [convert(value) if convert else value for convert, value in zip(converters, row, strict=True)] for row in rows
    )
    copy_in(connection, plain.name, list(plain.columns.keys()), converted)


def _set_sequence(connection: Connection, original: Table) -> None:
    """Let PostgreSQL number new rows behind those that were copied; SQLite does so by itself."""
    number = original.autoincrement_column
    if connection.dialect.name != "postgresql" or number is None:
        return
    sequence = func.pg_get_serial_sequence(original.name, number.name)
    next_number = select(func.coalesce(func.max(number), 0) + 1).scalar_subquery()
    connection.execute(select(func.setval(sequence, next_number, False)))  # noqa: FBT003  setval's own
