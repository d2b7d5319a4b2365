"""Tables: deliveries, attempts, and the resends of a day."""

from datetime import date, datetime

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from newsletter.db.types import BigId, UTCDateTime

_OPEN = text("state IN ('queued', 'deferred', 'sending')")
_SENDING = text("state = 'sending'")
_UNCERTAIN = text("state = 'uncertain'")
_IS_RESENT = text("resend_id IS NOT NULL")


class DeliveryRow(SQLModel, table=True):
    """The promise to get one message to one subscriber.

    `message` says which one (see `messages.Message`); `occasion` sets one apart from the next of its kind (for a digest the
    edition's date); `revision` is 0 for the first sending and n for the n-th resend. `marked_at` is the phase
    mark: set and committed before the final dot of DATA goes out, so that a death after it is `uncertain` and not `queued`.
    `death_count` says how many workers died with it in hand before the mark since its last attempt; `retried_at` when the
    policy sent an uncertain one again, which it does once; `folded_on` which later edition brings the papers of one that
    was given up. `resend_id` names the resend that asked for a revision after the first (no foreign key: adding one would
    copy the table on SQLite).
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("subscriber_id", "message", "occasion", "revision"),
        Index("delivery_open", "due_at", "id", "next_attempt_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        # by nothing that the phase mark sets: PostgreSQL then writes it without touching any index
        Index("delivery_sending", "id", sqlite_where=_SENDING, postgresql_where=_SENDING),
        Index("delivery_uncertain", "changed_at", sqlite_where=_UNCERTAIN, postgresql_where=_UNCERTAIN),
        Index("delivery_edition", "edition_on", "state", "message"),
        Index("delivery_resend", "resend_id", sqlite_where=_IS_RESENT, postgresql_where=_IS_RESENT),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    subscriber_id: int = Field(foreign_key="subscriber.id")
    message: str
    occasion: str
    revision: int = 0
    edition_on: date | None = None
    digest_id: int | None = Field(default=None, sa_type=BigId, foreign_key="digest.id", index=True)
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
    resend_id: int | None = None
    created_at: datetime = Field(sa_type=UTCDateTime)
    changed_at: datetime = Field(sa_type=UTCDateTime)
    accepted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class AttemptRow(SQLModel, table=True):
    """One SMTP conversation for one delivery: how far it came and what the peer said."""

    __tablename__ = "attempt"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    delivery_id: int = Field(sa_type=BigId, foreign_key="delivery.id", index=True)
    started_at: datetime = Field(sa_type=UTCDateTime)
    duration_seconds: float
    server: str
    phase: str
    outcome: str
    code: int | None = None
    enhanced_code: str | None = None
    text: str = ""


class ResendRow(SQLModel, table=True):
    """One request to send a day's mails again: to whom, asked for when and by whom.

    `plan` is the frozen audience, [[subscriber, revision, frozen digest or null], ...], and `planned_count` their number; the
    plan is dropped at `queued_at`, when each of them has their delivery. `audience` is an Audience of `editions.resend`.
    """

    __tablename__ = "resend"

    id: int | None = Field(default=None, primary_key=True)
    edition_on: date = Field(index=True)
    message: str
    occasion: str
    audience: str
    is_recomposed: bool
    planned_count: int
    plan: list[tuple[int, int, int | None]] | None = Field(sa_column=Column(JSON(none_as_null=True)))
    requested_at: datetime = Field(sa_type=UTCDateTime)
    requested_by: str
    queued_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    cancelled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    cancelled_by: str | None = None
