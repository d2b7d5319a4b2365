"""When to ask which source about a list, and when to ask again: pure answers on what the ledger holds.

The listing has a list first, at 20:00 Eastern; OAI-PMH from about 22:30; the feed and the API from the midnight after.
Between two questions the wait doubles, so that a holiday costs each source two requests an hour for each category.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from newsletter.papers.calendar import EASTERN, announced_at, eastern
from newsletter.papers.ledger import COUNTING, ListState, Source

FIRST_WAIT = timedelta(minutes=2)
LONGEST_WAIT = timedelta(minutes=30)
MOST_CHECKS = 8
"""So often a source is asked about a list that is known to be whole; then we do without what it would say."""
OAI_READY_AFTER = timedelta(hours=2, minutes=30)
REACH = timedelta(days=10)
"""So far back a list that was missed is looked for; older ones are for `newsletter backfill`."""


def opens_at(source: Source, listed_on: date) -> datetime:
    """Return the instant (UTC) from which the source has the list, by arXiv's timetable."""
    match source:
        case Source.LISTING | Source.RECENT:
            return announced_at(listed_on)
        case Source.OAI:
            return announced_at(listed_on) + OAI_READY_AFTER
        case Source.FEED | Source.API:
            return datetime.combine(listed_on, time(), EASTERN).astimezone(UTC)


def wait_after(tries: int) -> timedelta:
    """Return how long to wait after so many questions: 2 minutes, then twice as long each time, half an hour at most."""
    # the exponent is bounded before it is used: a long outage must not overflow the wait
    return min(FIRST_WAIT * (1 << min(max(tries - 1, 0), 10)), LONGEST_WAIT)


def is_needed(source: Source, state: ListState, states: Sequence[ListState], *, now: datetime) -> bool:
    """Tell whether the source could say something about the list that we do not know; `states` are all open lists."""
    newest_on = max(other.listed_on for other in states)
    is_newest = state.listed_on == newest_on
    is_counted = state.is_seen(*COUNTING)
    is_whole = is_counted and not state.bare_ids
    is_tired = is_whole and state.sighting(source).tries >= MOST_CHECKS
    match source:
        case Source.LISTING:
            return is_newest and not state.is_seen(Source.LISTING)
        case Source.FEED:  # it shows today's list alone
            is_over = eastern(now).date() > state.listed_on
            return not is_over and not state.is_seen(Source.FEED) and not is_tired
        case Source.OAI:
            return not state.is_seen(Source.OAI) and not is_tired and (is_newest or not is_whole)
        case Source.RECENT:
            return not is_counted and _has_moved_on(state, states, newest_on)
        case Source.API:
            return bool(state.bare_ids)


def lists_to_ask(source: Source, states: Sequence[ListState], *, now: datetime) -> list[ListState]:
    """Return the lists that the source could tell more of, and should have by now; they are asked about together."""
    return [
        state
        for state in states
        if is_needed(source, state, states, now=now) and opens_at(source, state.listed_on) <= now
    ]


def due_sources(states: Sequence[ListState], *, now: datetime) -> list[Source]:
    """Return the sources to ask at `now`, in order."""
    return [source for source, at in _questions(states, now=now) if at <= now]


def next_question_at(states: Sequence[ListState], *, now: datetime) -> datetime | None:
    """Return when the next source is to be asked, which may be over; None when nothing more can be learnt."""
    return min((at for _, at in _questions(states, now=now)), default=None)


def urgent_sources(states: Sequence[ListState], *, now: datetime) -> list[Source]:
    """Return the sources that could complete a list at once, whenever they were asked last; mere checks are left out."""
    return [source for source in Source if any(not _is_whole(state) for state in lists_to_ask(source, states, now=now))]


def _questions(states: Sequence[ListState], *, now: datetime) -> Iterator[tuple[Source, datetime]]:
    """Yield each source that could tell us more, with the instant from which to ask it."""
    for source in Source:
        instants = [_ask_at(source, state) for state in states if is_needed(source, state, states, now=now)]
        if instants:
            yield source, min(instants)


def _ask_at(source: Source, state: ListState) -> datetime:
    sighting = state.sighting(source)
    opens = opens_at(source, state.listed_on)
    return opens if sighting.asked_at is None else max(opens, sighting.asked_at + wait_after(sighting.tries))


def _is_whole(state: ListState) -> bool:
    return state.is_seen(*COUNTING) and not state.bare_ids


def _has_moved_on(state: ListState, states: Sequence[ListState], newest_on: date) -> bool:
    """Tell whether arXiv shows this list or a later one, so that the page of recent days can hold it."""
    if state.listed_on == newest_on:
        return state.is_seen(Source.FEED, Source.OAI)
    has_later = any(other.listed_on > state.listed_on and other.is_seen(*Source) for other in states)
    return has_later and state.sighting(Source.RECENT).answered_at is None
