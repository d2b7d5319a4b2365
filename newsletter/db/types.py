"""Column types that keep what SQLite would lose."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine


def in_utc(instant: datetime) -> datetime:
    """Return an instant as it is stored; raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant!r} has no time zone; every stored instant is aware.")
    return instant.astimezone(UTC)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC instant. SQLite gives back naive datetimes; a naive one going in is a mistake and raises ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else in_utc(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        found: datetime = value
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


class BigId(TypeDecorator[int]):
    """The number of a row in a table that gets one for every reader and day: 32 bits are used up by ten million in a year."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[int]:
        # SQLite counts in 64 bits whatever the type, and numbers rows by itself only where it is called INTEGER
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())
