"""Table: what came back about deliveries."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from newsletter.db.types import BigId, UTCDateTime


class FeedbackRow(SQLModel, table=True):
    """What one report said of one recipient, and what followed; also what an operator decided about an address.

    `report_key` is the same for every copy of a report, and `recipient_key` a keyed hash of the recipient as the report names
    them, so that a report counts once, even when it is read again after an erasure emptied `recipient` and `diagnostic`.
    `kind`, `matched_by` and `effect` are those of `judge`; `reason` says in a sentence why the effect is that.
    """

    __tablename__ = "feedback"
    __table_args__ = (
        UniqueConstraint("report_key", "recipient_key"),
        Index("feedback_reader", "subscriber_id", "received_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    report_key: str
    recipient_key: str
    recipient: str
    source: str
    kind: str
    status: str | None = None
    diagnostic: str = ""
    delivery_id: int | None = Field(default=None, sa_type=BigId, foreign_key="delivery.id", index=True)
    subscriber_id: int | None = Field(default=None, foreign_key="subscriber.id")
    matched_by: str
    effect: str
    reason: str
    received_at: datetime = Field(sa_type=UTCDateTime, index=True)
