"""Tables: subscribers, their subscriptions, and suppressed addresses."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint, text
from sqlmodel import Field, SQLModel

from newsletter.db.types import UTCDateTime


class SubscriberRow(SQLModel, table=True):
    """A reader. `address_key` is the address in comparable form (see addresses.py).

    `weekdays` and `categories` are lists with commas; `weekly_on` is the day of the one digest a week, None for daily mail.
    """

    __tablename__ = "subscriber"

    id: int | None = Field(default=None, primary_key=True)
    email: str
    address_key: str = Field(unique=True)
    name: str = ""
    consent: str = Field(index=True)
    languages: str
    density: str
    paper_order: str
    timezone: str
    hour: int | None = None
    weekdays: str
    weekly_on: str | None = None
    paused_until: date | None = None
    categories: str = Field(default="", sa_column_kwargs={"server_default": ""})
    wants_empty_mail: bool
    wants_cross_lists: bool
    wants_replacements: bool
    trending: str = "none"
    trending_count: int = 5
    is_trending_apart: bool = False
    token_version: int = 0
    created_at: datetime = Field(sa_type=UTCDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    unsubscribed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class SubscriptionRow(SQLModel, table=True):
    """A subscriber's keyword: as typed, and as a canonical query; one that is paused finds nothing."""

    __tablename__ = "subscription"
    __table_args__ = (UniqueConstraint("subscriber_id", "query"),)

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id")
    position: int
    keyword: str
    query: str
    is_paused: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


class SuppressionRow(SQLModel, table=True):
    """An address that must not get mail, whoever subscribes it.

    `address_key` is its comparable form, after an erasure a keyed hash of that; `reason` is one word, `detail` the words that
    the peer or the operator gave with it.
    """

    __tablename__ = "suppression"

    address_key: str = Field(primary_key=True)
    reason: str
    detail: str = Field(default="", sa_column_kwargs={"server_default": ""})
    suppressed_at: datetime = Field(sa_type=UTCDateTime)
