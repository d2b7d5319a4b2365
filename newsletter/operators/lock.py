"""How long somebody waits who typed a wrong password: nothing at first, then twice as long each time.

Counted by account, which stops guessing one person's password from many places, and by network address, which stops trying one
password on many accounts. A try is counted before it is checked, so that tries at the same instant are counted too.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRule:
    """`free` tries without waiting; then `first_wait`, doubled with each try up to `longest_wait`."""

    free: int
    first_wait: timedelta = timedelta(minutes=1)
    longest_wait: timedelta = timedelta(hours=1)
    forgotten_after: timedelta = timedelta(days=1)
    """After so long without a try the count begins anew."""


OF_ACCOUNT = LockRule(free=5)
OF_NETWORK = LockRule(free=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How many tries went wrong, or are being checked, and when the latest was made."""

    count: int
    last_at: datetime


def wait_left(rule: LockRule, tries: Tries | None, *, at: datetime) -> timedelta | None:
    """Return how long the next try has to wait, or None when it may be made now."""
    if tries is None or _is_forgotten(rule, tries, at):
        return None
    left = tries.last_at + wait_after(rule, tries.count) - at
    return left if left > timedelta(0) else None


def wait_after(rule: LockRule, count: int) -> timedelta:
    """Return how long one waits after so many tries."""
    if count < rule.free:
        return timedelta(0)
    doublings = min(count - rule.free, 32)  # far beyond the longest wait; keeps the number small
    return min(rule.first_wait * (1 << doublings), rule.longest_wait)


def count_try(rule: LockRule, tries: Tries | None, *, at: datetime) -> Tries:
    """Return the count with one more try."""
    if tries is None or _is_forgotten(rule, tries, at):
        return Tries(count=1, last_at=at)
    return Tries(count=tries.count + 1, last_at=at)


def _is_forgotten(rule: LockRule, tries: Tries, at: datetime) -> bool:
    return at - tries.last_at >= rule.forgotten_after
