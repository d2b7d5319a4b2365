"""Table: who asked lately for a mail that anybody can ask for."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from newsletter.db.types import UTCDateTime


class AskingRow(SQLModel, table=True):
    """One request on the site for a mail to some address, kept until `expires_at` to count it.

    `asker` is a keyed hash of the address, of the network address it was asked from, or the name of a common allowance:
    neither can be read back, and the hash of a network address is gone after a day.
    """

    __tablename__ = "asking"
    __table_args__ = (Index("asking_asker", "asker", "asked_at"),)

    id: int | None = Field(default=None, primary_key=True)
    asker: str
    asked_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime, index=True)
