"""Tables: editions."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from newsletter.db.types import UTCDateTime


class EditionRow(SQLModel, table=True):
    """One day of the newsletter, by listing date."""

    __tablename__ = "edition"

    edition_on: date = Field(primary_key=True)
    is_sample: bool = False
    announced_at: datetime = Field(sa_type=UTCDateTime)
    opened_at: datetime = Field(sa_type=UTCDateTime)
    composed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    paper_count: int = 0


class CollectionRow(SQLModel, table=True):
    """One try to collect an edition: who tries when `number` comes from the unique key, so two beats never try at once."""

    __tablename__ = "collection"
    __table_args__ = (UniqueConstraint("listed_on", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    listed_on: date
    number: int
    started_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    problem: str | None = None
