"""Tables: the pace of each channel, who works in it, and how much each account has carried."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Field, SQLModel

from newsletter.db.types import UTCDateTime


class ChannelRow(SQLModel, table=True):
    """The pace of one channel: an account and a destination, or the whole account (`destination` is ``*``).

    See `pacing.Pace`. `free_at` is when the next turn may begin that no worker has taken yet. There is no row for a channel
    without limits that was never in trouble.
    """

    __tablename__ = "channel"

    account: str = Field(primary_key=True)
    destination: str = Field(primary_key=True)
    connection_limit: int | None = None
    rate_per_second: float | None = None
    hold: str | None = None
    held_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    hold_count: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    reason: str | None = None
    streak: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    was_slowed: bool = False
    free_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    changed_at: datetime = Field(sa_type=UTCDateTime)


class ChannelSlotRow(SQLModel, table=True):
    """So many of a channel's connections, held by a worker: over when `until` has passed, or with the process it is."""

    __tablename__ = "channel_slot"

    account: str = Field(primary_key=True)
    destination: str = Field(primary_key=True)
    owner: str = Field(primary_key=True)
    until: datetime = Field(sa_type=UTCDateTime)
    count: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})


class AccountUsageRow(SQLModel, table=True):
    """How many messages an account was given leave to carry in the five minutes from `began_at` on."""

    __tablename__ = "account_usage"

    account: str = Field(primary_key=True)
    began_at: datetime = Field(primary_key=True, sa_type=UTCDateTime)
    count: int
