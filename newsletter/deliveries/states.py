"""The life of a delivery: which moves there are, and what an answer of the relay moves it to.

::

              ┌──────────── skip ───────────► skipped
              │      ┌───── give up ────────► failed ◄─────┐
              │      │                                     │ fail
    (new) ──► queued or deferred ──claim──► sending ───────┤
              ▲  ▲  ▲                       │ │ │ │        │ accept
              │  │  └──────── defer ────────┘ │ │ └────────┴─────────► accepted
              │  └─────────── release ────────┘ │                         ▲
              │                                 │ lose, expire            │ resolve
              └──── requeue ──── uncertain ◄────┘                         │
                                     └────────────────────────────────────┘

`release` is for work that was given up before the phase mark: nothing has left the house. `expire` is for a lease that
ended after it, `lose` for an answer to the final dot that never came: the mail may have arrived, so nobody but an
operator (or the policy they chose, our own inbox, which can be asked, or an answer that comes late after all) moves it
on. `give up` is for a mail that still waits when the next edition is made, which brings its papers. `accepted`,
`failed` and `skipped` are final; sending again is a new delivery with the next revision.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from newsletter.deliveries.refusals import Cause, find_cause, is_greylisting
from newsletter.errors import ConflictError, SettingsError
from newsletter.mail.connect import one_line
from newsletter.mail.smtp import Outcome, Phase, SmtpReply

MAX_ATTEMPTS = 5
BUILD_TRIES = 3
MAX_AGE = timedelta(hours=20)  # the next edition is near: yesterday's papers after it would only confuse
SUSPECT_DEATHS = 3
"""After so many workers died with a delivery in hand it is taken alone: whether it kills them, or its neighbour, shows."""
MAX_DEATHS = 6
"""After so many it is parked: failed, so that one poisonous mail cannot stop the others for ever."""
_DELAYS = (timedelta(minutes=30), timedelta(hours=1), timedelta(hours=3), timedelta(hours=8))
_GREYLIST_DELAYS = (timedelta(minutes=5), timedelta(minutes=15))
_REASON_LENGTH = 200
_RETRY_ONCE = re.compile(r"retry-once-after=([0-9]{1,3})([hm])", re.ASCII)


class DeliveryState(StrEnum):
    """Where a delivery is."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SKIPPED = "skipped"


class Event(StrEnum):
    """What moves a delivery."""

    CLAIM = "claim"
    ACCEPT = "accept"
    DEFER = "defer"
    FAIL = "fail"
    LOSE = "lose"
    RELEASE = "release"
    EXPIRE = "expire"
    SKIP = "skip"
    GIVE_UP = "give up"
    RESOLVE = "resolve"
    REQUEUE = "requeue"


class SkipReason(StrEnum):
    """Why a delivery is deliberately not sent.

    Seen when it is composed, or (the last five) when it is about to go out; a notice is overtaken by the list it missed.
    """

    EMPTY = "empty"
    WEEKDAY = "weekday"
    WEEKLY = "weekly"
    """The reader has one digest a week, and this edition's papers come with the next one."""
    PAUSED = "paused"
    """The reader wants no mail until a later date; also what waited when they said so."""
    NO_KEYWORDS = "no-keywords"
    SUPPRESSED = "suppressed"
    UNSUBSCRIBED = "unsubscribed"
    UNCONFIRMED = "unconfirmed"
    OVERTAKEN = "overtaken"
    CANCELLED = "cancelled"
    """An operator took a resend back."""


_Q, _S, _D, _U = DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN
_MOVES: Mapping[Event, tuple[tuple[DeliveryState, ...], DeliveryState]] = {
    Event.CLAIM: ((_Q, _D), _S),
    Event.ACCEPT: ((_S,), DeliveryState.ACCEPTED),
    Event.DEFER: ((_S,), _D),
    Event.FAIL: ((_S,), DeliveryState.FAILED),
    Event.LOSE: ((_S,), _U),
    Event.RELEASE: ((_S,), _Q),
    Event.EXPIRE: ((_S,), _U),
    Event.SKIP: ((_Q, _D), DeliveryState.SKIPPED),
    Event.GIVE_UP: ((_Q, _D), DeliveryState.FAILED),
    Event.RESOLVE: ((_U,), DeliveryState.ACCEPTED),
    Event.REQUEUE: ((_U,), _Q),
}
FINAL = frozenset({DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.SKIPPED})


def transition(state: DeliveryState, event: Event) -> DeliveryState:
    """Return the state that follows; raises ConflictError for a move that does not exist."""
    sources, target = _MOVES[event]
    if state not in sources:
        raise ConflictError(f"A delivery that is {state} cannot {event}.")
    return target


def sources_of(event: Event) -> tuple[DeliveryState, ...]:
    """Return the states from which an event moves a delivery: the condition of every bulk UPDATE."""
    return _MOVES[event][0]


def target_of(event: Event) -> DeliveryState:
    """Return the state to which an event leads from each of its sources."""
    return transition(sources_of(event)[0], event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an attempt's answer does to its delivery: the event, when to try again (deferred only), and why in short."""

    event: Event
    next_attempt_at: datetime | None
    reason: str | None


def judge_reply(
    reply: SmtpReply,
    *,
    attempt_count: int,
    first_attempt_at: datetime,
    now: datetime,
    overtaken_at: datetime | None = None,
) -> Verdict:
    """Decide what follows from an answer; `attempt_count` includes this attempt.

    A delivery that would wait past `overtaken_at`, when the next edition is announced, is given up.
    """
    reason = _say(reply)
    match find_outcome(reply):
        case Outcome.ACCEPTED:
            return Verdict(event=Event.ACCEPT, next_attempt_at=None, reason=None)
        case Outcome.UNKNOWN:
            return Verdict(event=Event.LOSE, next_attempt_at=None, reason=reason)
        case Outcome.FAILED:
            return Verdict(event=Event.FAIL, next_attempt_at=None, reason=reason)
        case Outcome.DEFERRED:
            delay = next_attempt_after(attempt_count, reply, age=now - first_attempt_at)
            if delay is None or (overtaken_at is not None and now + delay >= overtaken_at):
                tries = "1 try" if attempt_count == 1 else f"{attempt_count} tries"
                given_up = f"gave up after {tries}: {reason}"[:_REASON_LENGTH]
                return Verdict(event=Event.FAIL, next_attempt_at=None, reason=given_up)
            return Verdict(event=Event.DEFER, next_attempt_at=now + delay, reason=reason)


def find_outcome(reply: SmtpReply) -> Outcome:
    """Return the outcome as the standards have it; 552 after RCPT means 452 (RFC 5321 section 4.5.3.1.10).

    Unless it says that the message is too large, which no waiting makes smaller.
    """
    is_452 = reply.code == 552 and reply.phase is Phase.RCPT and find_cause(reply) is not Cause.TOO_LARGE
    return Outcome.DEFERRED if is_452 else reply.outcome


def judge_unbuilt(error: Exception | None, *, attempt_count: int) -> SmtpReply:
    """Return the attempt at a delivery whose message could not be built: deferred, and failed after a few tries."""
    said = f"{type(error).__name__}: {error}" if error is not None else "no message was built for it"
    return SmtpReply(
        outcome=Outcome.FAILED if attempt_count >= BUILD_TRIES else Outcome.DEFERRED,
        phase=Phase.BUILD,
        code=None,
        enhanced_code=None,
        text=one_line(said),
        server="",
        duration_seconds=0.0,
    )


def next_attempt_after(attempt_count: int, reply: SmtpReply, *, age: timedelta = timedelta(0)) -> timedelta | None:
    """Return how long to wait after the n-th attempt was deferred, or None to give up.

    RFC 5321 section 4.5.4.1 asks for at least 30 minutes; a greylisting peer wants to see us again within a few. `age` is
    the time since the first attempt; five tries or 20 hours are enough.
    """
    if attempt_count < 1:
        raise ValueError("The first attempt has the number 1.")
    if attempt_count >= MAX_ATTEMPTS:
        return None
    is_early = find_cause(reply) is Cause.GREYLISTED and attempt_count <= len(_GREYLIST_DELAYS)
    delay = (_GREYLIST_DELAYS if is_early else _DELAYS)[attempt_count - 1]
    return delay if age + delay <= MAX_AGE else None


def parse_uncertain_policy(text: str) -> timedelta | None:
    """Read what becomes of uncertain deliveries: None for ``hold``, else how long until each is sent again, once.

    ``retry-once-after=6h`` (or minutes, ``90m``). Raises SettingsError.
    """
    if text == "hold":
        return None
    found = _RETRY_ONCE.fullmatch(text)
    if found is None:
        raise SettingsError(
            f"NEWSLETTER_UNCERTAIN: {text!r} is no policy; write hold, or retry-once-after=6h for a second copy if need be."
        )
    number = int(found[1])
    return timedelta(hours=number) if found[2] == "h" else timedelta(minutes=number)


def is_about_us(reply: SmtpReply) -> bool:
    """Tell whether a refusal is a matter of policy (x.7.y): about the sender's standing, not about the reader."""
    return (reply.enhanced_code or "")[1:4] == ".7." and not is_greylisting(reply)


def pause_after(waited: timedelta) -> timedelta:
    """Return how long to leave an unreachable relay alone when mail has been waiting that long: a minute, growing to 15.

    It grows with the wait itself, so that nobody has to remember how often it failed.
    """
    return min(max(waited / 4, timedelta(minutes=1)), timedelta(minutes=15))


def _say(reply: SmtpReply) -> str:
    code = "" if reply.code is None else f"{reply.code} "
    return f"{code}{reply.text}"[:_REASON_LENGTH] or reply.phase.value
