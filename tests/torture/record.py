"""What each side knows when a schedule is over: the relay's own record, the ledger, and what was done to the house."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Letter:
    """One transaction that came as far as the relay's 354, as the relay saw it. Instants are monotonic seconds.

    `pid` is the client's, by its EHLO; `ended_at` is when the relay had answered the dot, or the line had gone.
    `is_broken_by_peer` says that the relay did something after its 354 that keeps its answer to the dot from being
    read: dropped the line, fell silent, talked nonsense, or answered once too often before.
    """

    pid: int
    recipient: str
    data_at: float
    message_id: str | None = None
    dot_at: float | None = None
    is_kept: bool = False
    answer: int | None = None
    ended_at: float | None = None
    is_broken_by_peer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One delivery of the ledger; `is_retried` when a policy sent it again after it had been uncertain."""

    recipient: str
    message: str
    occasion: str
    revision: int
    message_id: str
    state: str
    reason: str | None
    is_retried: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A reader of the schedule. `left_at` is when their leaving (or suppression) was committed, None if they stayed."""

    email: str
    left_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """A process that was killed."""

    at: float
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A time in which the database could not be written."""

    since: float
    until: float


@dataclass(slots=True, kw_only=True)
class Evidence:
    """All that the judge may know."""

    rows: Sequence[Row]
    letters: Sequence[Letter]
    readers: Sequence[Reader]
    deaths: Sequence[Death] = field(default_factory=list)
    outages: Sequence[Outage] = field(default_factory=list)
    resends: int = 0
    may_retry_uncertain: bool = False
