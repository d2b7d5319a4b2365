"""Table: which host takes the mail of a domain."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from newsletter.db.types import UTCDateTime


class ExchangerRow(SQLModel, table=True):
    """The preferred MX host of a domain as last seen; None: it has none, or the DNS gave no answer yet.

    It is asked again from `ask_again_at` on; until it answers, what was seen before is gone by.
    """

    __tablename__ = "exchanger"

    domain: str = Field(primary_key=True)
    host: str | None = None
    ask_again_at: datetime = Field(sa_type=UTCDateTime)
