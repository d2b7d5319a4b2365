"""What follows from a report: pure, and the only place that decides it.

=========== ===================================== ==========================================
report      proven: its author saw the mail       only the address speaks for it
=========== ===================================== ==========================================
hard        the address is stopped at once        one point, like soft
soft        one point a delivery; stopped at 5    the same
policy      an alarm; **never** the address       the same
complaint   stopped, and the reader unsubscribed  one point, like soft
the rest    kept in the ledger                    the same
=========== ===================================== ==========================================

A point is worth half after a week. So seven daily mails in a row that come back stop an address, and no weekly ones ever do.
A report is proven by our signed return path, by our Message-ID (a keyed hash that only the mail itself shows), or by the
signature of the service that hands it in. One hard bounce is enough, as it is for the large senders: a second mail to an
address that is gone costs more reputation than a wrong report costs the reader, whom `newsletter unsuppress` brings back.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from newsletter.mail.bounces import BounceClass
from newsletter.subscribers.suppression import SuppressionReason

HALF_LIFE = timedelta(days=7)
POINTS_TO_STOP = 5.0
FORGIVEN_AFTER = 10 * HALF_LIFE
"""Points older than this are worth nothing any more (a thousandth)."""
ALARM_LASTS = timedelta(days=1)
"""How long a destination must send nothing back because of us until its alarm is over."""
MAILED_WITHIN = timedelta(days=14)
"""How recent a mail must be that a report names by its reader's address alone."""
_STORM_FROM = 20
_STORM_SHARE = 0.3


class MatchedBy(StrEnum):
    """How a report found its delivery."""

    CONVERSATION = "conversation"
    """The relay said it to our face."""
    RETURN_PATH = "return-path"
    ENVELOPE_ID = "envelope-id"
    MESSAGE_ID = "message-id"
    ADDRESS = "address"
    NOTHING = "nothing"


class Effect(StrEnum):
    """What followed."""

    SUPPRESSED = "suppressed"
    COUNTED = "counted"
    ALARMED = "alarmed"
    UNSUBSCRIBED = "unsubscribed"
    RECORDED = "recorded"
    LIFTED = "lifted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A failure that counts against an address."""

    delivery_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A report about one reader, and what is known of them.

    `is_vouched`: a service signed for it. `points` are of earlier reports since the operator last lifted a suppression of the
    address, at `lifted_at`; `mailed_at` is when the delivery in question was made.
    """

    kind: BounceClass
    matched_by: MatchedBy
    is_vouched: bool
    is_suppressed: bool
    delivery_id: int
    mailed_at: datetime
    lifted_at: datetime | None
    points: tuple[Point, ...]

    @property
    def is_proven(self) -> bool:
        """Whether the report's author saw the mail, or a service signed for it."""
        return self.is_vouched or self.matched_by is not MatchedBy.ADDRESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What follows and why; `stops` is why the address gets no more mail, None when it still does."""

    effect: Effect
    reason: str
    stops: SuppressionReason | None = None


def judge(case: Case, *, at: datetime) -> Decision:
    """Decide what follows from a report."""
    if case.lifted_at is not None and case.mailed_at < case.lifted_at:
        return _record("It is about a mail from before an operator lifted the suppression.")
    match case.kind:
        case BounceClass.HARD | BounceClass.SOFT if case.is_suppressed:
            return _record("The address is stopped already.")
        case BounceClass.HARD if case.is_proven:
            return _stop(SuppressionReason.HARD_BOUNCE, "The address takes no mail.")
        case BounceClass.COMPLAINT if case.is_proven:
            return _stop(SuppressionReason.COMPLAINT, "The mail was marked as spam; the reader is unsubscribed too.")
        case BounceClass.HARD | BounceClass.SOFT | BounceClass.COMPLAINT:
            return _count(case, at)
        case BounceClass.POLICY:
            return Decision(effect=Effect.ALARMED, reason="It was refused because of who sends, not of who reads.")
        case BounceClass.AUTO_REPLY | BounceClass.NOT_A_BOUNCE:
            return _record("Nothing failed.")
        case BounceClass.UNKNOWN:
            return _record("It does not say what failed.")
        case unexpected:
            assert_never(unexpected)


def score(points: Iterable[Point], *, at: datetime) -> float:
    """Return what points are worth at an instant: each one half as much after every half-life, one from the future one."""
    return math.fsum(math.pow(0.5, max(at - point.at, timedelta(0)) / HALF_LIFE) for point in points)


def is_storm(refused: int, attempts: int) -> bool:
    """Tell whether a relay refuses so many addresses among its last answers that it is hardly the addresses' fault.

    It happens when a relay loses its user table or its DNS. A list of many dead addresses shows in its first edition only.
    """
    return refused >= _STORM_FROM and refused > attempts * _STORM_SHARE


def _count(case: Case, at: datetime) -> Decision:
    if any(point.delivery_id == case.delivery_id for point in case.points):
        return _record("This mail's failure was counted before.")
    total = score([*case.points, Point(delivery_id=case.delivery_id, at=at)], at=at)
    why = (
        "" if case.kind is BounceClass.SOFT else " Nothing but the address speaks for the report, so it counts as soft."
    )
    said = f"{total:.1f} of {POINTS_TO_STOP:.0f} points.{why}"
    if total >= POINTS_TO_STOP:
        return _stop(SuppressionReason.SOFT_BOUNCES, said)
    return Decision(effect=Effect.COUNTED, reason=said)


def _stop(stops: SuppressionReason, reason: str) -> Decision:
    return Decision(effect=Effect.SUPPRESSED, reason=reason, stops=stops)


def _record(reason: str) -> Decision:
    return Decision(effect=Effect.RECORDED, reason=reason)
