"""Tables: deliveries and attempts."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from newsletter.db.types import UTCDateTime

_OPEN = text("state IN ('queued', 'deferred', 'sending')")


class DeliveryRow(SQLModel, table=True):
    """The promise to get one message to one subscriber.

    `message` says which one (see `messages.Message`); `occasion` sets one apart from the next of its kind (for a digest the
    edition's date); `revision` is 0 for the first sending and n for the n-th resend. `marked_at` is the phase
    mark: set and committed before the final dot of DATA goes out, so that a death after it is `uncertain` and not `queued`.
    `death_count` says how many workers died with it in hand before the mark since its last attempt; `retried_at` when the
    policy sent an uncertain one again, which it does once; `folded_on` which later edition brings the papers of one that
    was given up.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("subscriber_id", "message", "occasion", "revision"),
        Index("delivery_open", "due_at", "next_attempt_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("delivery_edition", "edition_on", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id")
    message: str
    occasion: str
    revision: int = 0
    edition_on: date | None = None
    digest_id: int | None = Field(default=None, foreign_key="digest.id", index=True)
    message_id: str = Field(unique=True)
    state: str
    reason: str | None = None
    due_at: datetime = Field(sa_type=UTCDateTime)
    next_attempt_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    lease_owner: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    marked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    attempt_count: int = 0
    death_count: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    retried_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    folded_on: date | None = None
    created_at: datetime = Field(sa_type=UTCDateTime)
    changed_at: datetime = Field(sa_type=UTCDateTime)
    accepted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class AttemptRow(SQLModel, table=True):
    """One SMTP conversation for one delivery: how far it came and what the peer said."""

    __tablename__ = "attempt"

    id: int | None = Field(default=None, primary_key=True)
    delivery_id: int = Field(foreign_key="delivery.id", index=True)
    started_at: datetime = Field(sa_type=UTCDateTime)
    duration_seconds: float
    server: str
    phase: str
    outcome: str
    code: int | None = None
    enhanced_code: str | None = None
    text: str = ""
