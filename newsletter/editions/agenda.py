"""What is due at this instant? Pure answers on plain values; whoever asks does the work."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from newsletter.deliveries.states import SkipReason
from newsletter.papers.ledger import SETTLED, Judgement
from newsletter.subscribers.subscriber import WEEKDAYS, Preferences

ABANDONED_AFTER = timedelta(minutes=30)  # a try that never ended belongs to a process that died


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionTry:
    """One earlier round of questions about a listing date; `number` counts from 1, `ended_at` is None while it runs."""

    number: int
    started_at: datetime
    ended_at: datetime | None


def is_round_due(now: datetime, *, next_at: datetime | None, last_try: CollectionTry | None) -> bool:
    """Tell whether to ask arXiv: some source is to be asked by now, and no round is running."""
    if next_at is None or next_at > now:
        return False
    return last_try is None or last_try.ended_at is not None or now - last_try.started_at >= ABANDONED_AFTER


def is_edition_ready(judgements: Sequence[Judgement], *, now: datetime, deadline: datetime) -> bool:
    """Tell whether an edition with these lists goes out: none of them can still grow, or nobody waits any longer."""
    return now >= deadline or all(judgement in SETTLED for judgement in judgements)


def is_composition_due(*, newest_on: date | None, is_composed: bool, has_readers: bool) -> bool:
    """Tell whether the newest edition waits for its digests.

    Only the newest one: what lay in the archive is not mailed after the fact. Without readers it waits, so that the first
    one to come gets the day's paper at once.
    """
    return newest_on is not None and not is_composed and has_readers


def due_at(preferences: Preferences, *, announced_at: datetime, opened_at: datetime) -> datetime:
    """Return when a reader's mail is due: at the first stroke of their hour after the announcement, in their zone.

    Without an hour it is due as soon as the edition is open. An hour that a change of clocks leaves out falls on the
    instant the zone database gives it; one that comes twice, on the first.
    """
    if preferences.hour is None:
        return opened_at
    local = announced_at.astimezone(preferences.zone)
    for days in range(3):
        day = local.date() + timedelta(days=days)
        stroke = datetime.combine(day, time(preferences.hour), tzinfo=preferences.zone)
        if stroke.timestamp() >= announced_at.timestamp():
            return stroke.astimezone(opened_at.tzinfo)
    raise AssertionError("an hour of the day comes at least once in three days")


def find_rest(preferences: Preferences, edition_on: date, *, weekly_days: Collection[str]) -> SkipReason | None:
    """Return why the reader's own calendar brings no mail with this edition, None when it brings one.

    `weekly_days` are the weekdays whose weekly digests it carries, see `list_weekly_days`.
    """
    if preferences.paused_until is not None and edition_on < preferences.paused_until:
        return SkipReason.PAUSED
    if preferences.weekly_on is not None:
        return None if preferences.weekly_on in weekly_days else SkipReason.WEEKLY
    return None if WEEKDAYS[edition_on.weekday()] in preferences.weekdays else SkipReason.WEEKDAY


def list_weekly_days(edition_on: date, *, before: date | None) -> frozenset[str]:
    """Return the weekdays whose weekly digests come with an edition: its own, and those since the edition before it.

    So a day without a list only puts a weekly digest off to the next edition.
    """
    days = 1 if before is None else min((edition_on - before).days, len(WEEKDAYS))
    return frozenset(WEEKDAYS[(edition_on - timedelta(days=back)).weekday()] for back in range(days))
