"""Tables: editions."""

from datetime import date, datetime

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
