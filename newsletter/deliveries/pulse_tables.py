"""Tables: signs of life."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from newsletter.db.types import UTCDateTime


class PulseRow(SQLModel, table=True):
    """When something that happens again and again last happened: one row each, written over."""

    __tablename__ = "pulse"

    name: str = Field(primary_key=True)
    beat_at: datetime = Field(sa_type=UTCDateTime)
