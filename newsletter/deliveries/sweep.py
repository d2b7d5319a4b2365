"""The search for forgotten work: deliveries whose worker died or whose lease is over."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine

from newsletter.clock import Clock
from newsletter.db.engine import reading, transaction
from newsletter.deliveries.claims import Lease, expire, list_leases, take_back
from newsletter.deliveries.lease import is_owner_dead
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.store import requeue, resolve, retry_uncertain

log = structlog.get_logger(__name__)

_CHUNK = 500
_IN_FLIGHT = timedelta(seconds=2)  # a mail may still be on its way into our inbox
_EXPIRED = "the worker ended between the final dot and its answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepReport:
    """What a sweep did with the deliveries that nobody was working on any more.

    `in_flight` are left as they are for the next sweep, in two seconds at most: their mail may be on its way. `parked` have
    failed, since worker after worker died with them; `retried` were uncertain and go out once more, as the policy says.
    """

    requeued: int
    uncertain: int
    accepted: int
    in_flight: int = 0
    parked: int = 0
    retried: int = 0


def sweep(
    database: Engine,
    *,
    now: Clock,
    is_dead: Callable[[str], bool | None] = is_owner_dead,
    was_received: Callable[[str], bool | None] | None = None,
    retry_uncertain_after: timedelta | None = None,
) -> SweepReport:
    """Put deliveries back whose lease is over or whose owner is dead.

    Without the phase mark nothing was sent: `queued`. With it the mail may have arrived: `uncertain`, unless
    `was_received`, asked with the Message-ID, knows better: True makes it `accepted`, False `queued` (in the first two
    seconds after the mark False settles nothing, since the mail may be on its way; the next sweep asks again). What has
    been uncertain for `retry_uncertain_after` is queued once more, under the same Message-ID; without it, never. Safe to
    run at any time and by many at once; a worker whose lease was taken notices before its final dot.
    """
    at = now()
    with reading(database) as session:
        forgotten = _forgotten(list_leases(session), at, is_dead)
    tally: Counter[DeliveryState] = Counter()
    in_flight = 0
    for hoard in forgotten:
        _take_back(database, hoard, at, tally)
        in_flight += len(hoard.marked)
        for ids, fate in _ask(hoard.marked, was_received, at):
            in_flight -= len(ids)
            _settle(database, hoard, ids, fate, at, tally)
    report = SweepReport(
        requeued=tally[DeliveryState.QUEUED],
        uncertain=tally[DeliveryState.UNCERTAIN],
        accepted=tally[DeliveryState.ACCEPTED],
        in_flight=in_flight,
        parked=tally[DeliveryState.FAILED],
        retried=_retry(database, at, retry_uncertain_after),
    )
    if forgotten:
        log.info("deliveries_swept", requeued=report.requeued, uncertain=report.uncertain, accepted=report.accepted)
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hoard:
    """An owner's forgotten leases; `over_by` guards those of an owner who may still live and renew them."""

    owner: str
    leases: Sequence[Lease]
    over_by: datetime | None

    @property
    def unmarked(self) -> list[int]:
        return [lease.delivery_id for lease in self.leases if lease.marked_at is None]

    @property
    def marked(self) -> list[Lease]:
        return [lease for lease in self.leases if lease.marked_at is not None]


def _forgotten(leases: Sequence[Lease], at: datetime, is_dead: Callable[[str], bool | None]) -> list[_Hoard]:
    """Return the leases that are over, by owner; each owner is looked for once."""
    by_owner: dict[str, list[Lease]] = defaultdict(list)
    for lease in leases:
        by_owner[lease.owner].append(lease)
    hoards = []
    for owner, held in by_owner.items():
        if is_dead(owner):
            hoards.append(_Hoard(owner=owner, leases=held, over_by=None))
        elif over := [lease for lease in held if lease.until <= at]:
            hoards.append(_Hoard(owner=owner, leases=over, over_by=at))
    return hoards


def _take_back(database: Engine, hoard: _Hoard, at: datetime, tally: Counter[DeliveryState]) -> None:
    for ids in _chunks(hoard.unmarked):
        with transaction(database) as session:
            released, parked = take_back(session, ids, hoard.owner, at=at, over_by=hoard.over_by)
        tally[DeliveryState.QUEUED] += released
        tally[DeliveryState.FAILED] += parked


def _retry(database: Engine, at: datetime, after: timedelta | None) -> int:
    if after is None:
        return 0
    with transaction(database) as session:
        return retry_uncertain(session, since=at - after, at=at)


def _ask(
    leases: Sequence[Lease], was_received: Callable[[str], bool | None] | None, at: datetime
) -> Iterator[tuple[Sequence[int], bool | None]]:
    """Yield deliveries that share a fate: arrived, not arrived, or unknown; outside any transaction."""
    fates: dict[bool | None, list[int]] = defaultdict(list)
    for lease in leases:
        fate = was_received(lease.message_id) if was_received else None
        is_in_flight = lease.marked_at is not None and at - lease.marked_at < _IN_FLIGHT
        if fate is not False or not is_in_flight:
            fates[fate].append(lease.delivery_id)
    for fate, ids in fates.items():
        for chunk in _chunks(ids):
            yield chunk, fate


def _settle(
    database: Engine, hoard: _Hoard, ids: Sequence[int], fate: bool | None, at: datetime, tally: Counter[DeliveryState]
) -> None:
    with transaction(database) as session:
        expired = sorted(expire(session, ids, hoard.owner, at=at, reason=_EXPIRED, over_by=hoard.over_by))
        match fate:
            case True:
                tally[DeliveryState.ACCEPTED] += resolve(session, expired, at=at)
            case False:
                tally[DeliveryState.QUEUED] += requeue(session, expired, at=at)
            case None:
                tally[DeliveryState.UNCERTAIN] += len(expired)


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]
