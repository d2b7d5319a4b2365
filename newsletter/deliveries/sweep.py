"""The search for forgotten work: deliveries whose worker died or whose lease is over."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Engine
from sqlmodel import Session

from newsletter.clock import Clock
from newsletter.db.engine import reading, transaction
from newsletter.deliveries.claims import Lease, expire, list_leases, release
from newsletter.deliveries.lease import is_owner_dead
from newsletter.deliveries.store import requeue, resolve

log = structlog.get_logger(__name__)

_CHUNK = 500
_EXPIRED = "the worker ended between the final dot and its answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepReport:
    """What a sweep did with the deliveries that nobody was working on any more."""

    requeued: int
    uncertain: int
    accepted: int


def sweep(
    database: Engine,
    *,
    now: Clock,
    is_dead: Callable[[str], bool | None] = is_owner_dead,
    was_received: Callable[[str], bool | None] | None = None,
) -> SweepReport:
    """Put deliveries back whose lease is over or whose owner is dead.

    Without the phase mark nothing was sent: `queued`. With it the mail may have arrived: `uncertain`, unless
    `was_received`, asked with the Message-ID, knows better: True makes it `accepted`, False `queued`. Safe to run at any
    time and by many at once; a worker whose lease was taken notices before its final dot.
    """
    at = now()
    with reading(database) as session:
        forgotten = _forgotten(list_leases(session), at, is_dead)
    requeued = uncertain = accepted = 0
    for owner, leases in forgotten.items():
        unmarked = [lease.delivery_id for lease in leases if lease.marked_at is None]
        for ids in _chunks(unmarked):
            with transaction(database) as session:
                requeued += release(session, ids, owner, at=at)
        marked = [lease for lease in leases if lease.marked_at is not None]
        arrived, missing, unknown = _ask(marked, was_received)
        for ids in _chunks([*arrived, *missing, *unknown]):
            with transaction(database) as session:
                expired = expire(session, ids, owner, at=at, reason=_EXPIRED)
                accepted += _settle(session, resolve, expired & arrived, at)
                requeued += _settle(session, requeue, expired & missing, at)
                uncertain += len(expired & unknown)
    report = SweepReport(requeued=requeued, uncertain=uncertain, accepted=accepted)
    if forgotten:
        log.info("deliveries_swept", requeued=requeued, uncertain=uncertain, accepted=accepted)
    return report


def _forgotten(leases: Sequence[Lease], at: datetime, is_dead: Callable[[str], bool | None]) -> dict[str, list[Lease]]:
    """Return the leases that are over, by owner; each owner is looked for once."""
    by_owner: dict[str, list[Lease]] = defaultdict(list)
    for lease in leases:
        by_owner[lease.owner].append(lease)
    found = {
        owner: held if is_dead(owner) else [lease for lease in held if lease.until <= at]
        for owner, held in by_owner.items()
    }
    return {owner: held for owner, held in found.items() if held}


def _ask(
    leases: Sequence[Lease], was_received: Callable[[str], bool | None] | None
) -> tuple[set[int], set[int], set[int]]:
    """Return which deliveries arrived, which did not, and of which nobody knows; outside any transaction."""
    answers: dict[bool | None, set[int]] = {True: set(), False: set(), None: set()}
    for lease in leases:
        answer = was_received(lease.message_id) if was_received else None
        answers[answer].add(lease.delivery_id)
    return answers[True], answers[False], answers[None]


def _settle(session: Session, settle: Callable[..., int], ids: set[int], at: datetime) -> int:
    return settle(session, sorted(ids), at=at) if ids else 0


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]
