"""Writing down what became of deliveries, some at a time: a fixed number of statements for those that ended alike."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.sql.dml import ReturningUpdate
from sqlmodel import Session, col

from newsletter.db.among import among_bound
from newsletter.db.bulk import insert_few
from newsletter.db.types import UTCDateTime
from newsletter.deliveries.claims import FREE
from newsletter.deliveries.late import settle_late
from newsletter.deliveries.states import DeliveryState, Event, Verdict, sources_of, target_of
from newsletter.deliveries.store import is_held
from newsletter.deliveries.tables import AttemptRow, DeliveryRow
from newsletter.mail.smtp import SmtpReply


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What became of one delivery; `marked_at` is when we set its phase mark, if we did."""

    delivery_id: int
    attempt: int
    reply: SmtpReply
    verdict: Verdict
    started_at: datetime
    marked_at: datetime | None = None


def record(session: Session, owner: str, findings: Sequence[Finding], *, at: datetime) -> set[int]:
    """Write the attempts, and what their answers do to the deliveries; returns the deliveries that it was written for.

    A delivery that was called uncertain since its mark is settled by a late answer; any other that is not ours any more is
    left out.
    """
    alike: dict[Verdict, list[int]] = defaultdict(list)
    for finding in findings:
        alike[finding.verdict].append(finding.delivery_id)
    recorded: set[int] = set()
    for verdict, ids in alike.items():
        recorded |= _move(session, owner, ids, verdict, at)
    for finding in findings:
        if finding.delivery_id not in recorded and finding.marked_at is not None:
            is_settled = settle_late(session, finding.delivery_id, finding.verdict, finding.marked_at, at=at)
            recorded |= {finding.delivery_id} if is_settled else set()
    attempts = [_attempt(finding) for finding in findings if finding.delivery_id in recorded]
    insert_few(session.connection(), AttemptRow, attempts)
    return recorded


def _move(session: Session, owner: str, ids: Sequence[int], verdict: Verdict, at: datetime) -> set[int]:
    """Move our deliveries as the verdict says and return which they were."""
    values = {
        "its_ids": list(ids),
        "its_owner": owner,
        "its_reason": verdict.reason,
        "its_next": verdict.next_attempt_at,
        "its_at": at,
    }
    moved = session.connection().execute(_moving(verdict.event), values).scalars()
    return {found for found in moved if found is not None}


@cache
def _moving(event: Event) -> ReturningUpdate[int | None]:
    """Return the statement that moves what we hold by an event, made once: to make it takes longer than to run it."""
    state, at = target_of(event), bindparam("its_at", type_=UTCDateTime())
    values: dict[str, Any] = {
        "state": state.value,
        "reason": bindparam("its_reason"),
        "next_attempt_at": bindparam("its_next", type_=UTCDateTime()),
        "attempt_count": col(DeliveryRow.attempt_count) + 1,
        "death_count": 0,
        "changed_at": at,
    }
    if state is DeliveryState.ACCEPTED:
        values["accepted_at"] = at
    statement = update(DeliveryRow).where(
        among_bound(col(DeliveryRow.id), "its_ids"),
        is_held(sources_of(event)),
        col(DeliveryRow.lease_owner) == bindparam("its_owner"),
    )
    return statement.values(values | FREE).returning(col(DeliveryRow.id))


def _attempt(finding: Finding) -> dict[str, Any]:
    reply = finding.reply
    return {
        "delivery_id": finding.delivery_id,
        "started_at": finding.started_at,
        "duration_seconds": reply.duration_seconds,
        "server": reply.server,
        "phase": reply.phase.value,
        "outcome": reply.outcome.value,
        "code": reply.code,
        "enhanced_code": reply.enhanced_code,
        "text": reply.text,
    }


def is_failed(finding: Finding) -> bool:
    """Tell whether the delivery's last word is a no."""
    return finding.verdict.event is Event.FAIL
