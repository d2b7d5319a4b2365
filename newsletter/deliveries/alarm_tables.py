"""Table: what the operators must know."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from newsletter.db.types import UTCDateTime

_OPEN = text("cleared_at IS NULL")


class AlarmRow(SQLModel, table=True):
    """Something that a person has to look at, open until it is cleared; `detail` says what and what to do, in English.

    `subject` says which one of its kind (a channel, an account, a list day); of one kind and subject at most one is open.
    `told_in` and `solved_in` are the occasions of the mails that told the operators of its beginning and its end.
    """

    __tablename__ = "alarm"
    __table_args__ = (Index("alarm_open", "kind", "subject", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    subject: str
    detail: str
    detail_zh: str = Field(default="", sa_column_kwargs={"server_default": ""})
    raised_at: datetime = Field(sa_type=UTCDateTime)
    cleared_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    told_in: str | None = Field(default=None, index=True)
    solved_in: str | None = Field(default=None, index=True)
