"""All that is held about a reader, as JSON values: docs/site.md has the schema.

What mail servers said and who they are is left out of the attempts: it is theirs, and may name others. Keys, hashes and
leases are of no use to a reader and left out too; of tokens there is what names them, never what opens anything.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlmodel import Session, col, select

from newsletter.api_tokens.tables import ApiTokenRow
from newsletter.deliveries.feedback.tables import FeedbackRow
from newsletter.deliveries.states import SkipReason
from newsletter.deliveries.tables import AttemptRow, DeliveryRow
from newsletter.digests.tables import DigestRow
from newsletter.subscribers.store import get_subscriber
from newsletter.subscribers.subscriber import SubscriberId
from newsletter.subscribers.tables import SubscriberRow, SuppressionRow
from newsletter.translation.tables import GlossaryTermRow

FORMAT = "chenbao-reader"
VERSION = 1

_READER = ("email", "name", "consent", "created_at", "confirmed_at", "unsubscribed_at")
_DIGEST = (
    "id", "occasion", "edition_on", "since_on", "is_sample", "composed_at", "languages", "density", "timezone",
    "missing_count", "sections",
)  # fmt: skip
_DELIVERY = (
    "message", "occasion", "revision", "edition_on", "digest_id", "message_id", "state", "due_at", "created_at",
    "changed_at", "accepted_at", "folded_on",
)  # fmt: skip
_ATTEMPT = ("started_at", "duration_seconds", "phase", "outcome", "code", "enhanced_code")
_TOKEN = ("prefix", "name", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
_TERM = ("source_language", "target_language", "term", "forms", "forbidden", "added_at")
_REPORT = ("received_at", "kind", "status", "effect", "reason")


def export_reader(session: Session, subscriber_id: SubscriberId, *, at: datetime) -> dict[str, Any]:
    """Return everything, in ten statements; raises NotFoundError."""
    reader = get_subscriber(session, subscriber_id)
    row = session.get_one(SubscriberRow, subscriber_id)
    stopped = session.get(SuppressionRow, row.address_key)
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": _plain(at),
        "reader": _pick(row, _READER),
        "suppression": _pick(stopped, ("reason", "detail", "suppressed_at")) if stopped else None,
        "choices": {name: _plain(value) for name, value in asdict(reader.preferences).items()},
        "keywords": [asdict(item) for item in reader.subscriptions],
        "digests": _list_digests(session, subscriber_id),
        "deliveries": _list_deliveries(session, subscriber_id),
        "reports": _list_reports(session, subscriber_id),
        "tokens": _list_tokens(session, subscriber_id),
        "terms": _list_terms(session, subscriber_id),
    }


def _list_digests(session: Session, subscriber_id: int) -> list[dict[str, Any]]:
    statement = select(DigestRow).where(DigestRow.subscriber_id == subscriber_id)
    rows = session.exec(statement.order_by(col(DigestRow.edition_on), col(DigestRow.id)))
    return [_pick(row, _DIGEST) for row in rows]


def _list_deliveries(session: Session, subscriber_id: int) -> list[dict[str, Any]]:
    theirs = select(DeliveryRow).where(DeliveryRow.subscriber_id == subscriber_id)
    tried = (
        select(AttemptRow)
        .join(DeliveryRow, col(DeliveryRow.id) == col(AttemptRow.delivery_id))
        .where(DeliveryRow.subscriber_id == subscriber_id)
        .order_by(col(AttemptRow.id))
    )
    attempts: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for attempt in session.exec(tried):
        attempts[attempt.delivery_id].append(_pick(attempt, _ATTEMPT))
    return [
        _pick(row, _DELIVERY)
        # a reason that is none of ours is what a mail server said
        | {"reason": row.reason if row.reason in set(SkipReason) else None, "attempts": attempts[row.id or 0]}
        for row in session.exec(theirs.order_by(col(DeliveryRow.id)))
    ]


def _list_reports(session: Session, subscriber_id: int) -> list[dict[str, Any]]:
    statement = select(FeedbackRow).where(FeedbackRow.subscriber_id == subscriber_id)
    return [_pick(row, _REPORT) for row in session.exec(statement.order_by(col(FeedbackRow.id)))]


def _list_tokens(session: Session, subscriber_id: int) -> list[dict[str, Any]]:
    statement = select(ApiTokenRow).where(ApiTokenRow.subscriber_id == subscriber_id)
    rows = session.exec(statement.order_by(col(ApiTokenRow.id)))
    return [_pick(row, _TOKEN) | {"scopes": row.scopes.split()} for row in rows]


def _list_terms(session: Session, subscriber_id: int) -> list[dict[str, Any]]:
    statement = select(GlossaryTermRow).where(GlossaryTermRow.subscriber_id == subscriber_id)
    return [_pick(row, _TERM) for row in session.exec(statement.order_by(col(GlossaryTermRow.id)))]


def _pick(row: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; instants and dates in ISO 8601."""
    match value:
        case datetime():
            return value.isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case Enum():
            return value.value
        case tuple():
            return list(value)
        case Mapping():
            return dict(value)
        case _:
            return value
