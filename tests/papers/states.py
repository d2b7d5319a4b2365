"""What the ledger may hold of a list, made up: single sightings, states, and strategies for any of them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from newsletter.papers.calendar import announced_at, latest_listing_on
from newsletter.papers.deadlines import list_working_days
from newsletter.papers.ledger import COUNTING, ListState, Sighting, Source
from newsletter.papers.paper import AnnouncementKind
from tests.papers.pages import FRIDAY

NEW, CROSS, REPLACE = AnnouncementKind
EVENING = announced_at(FRIDAY) + timedelta(minutes=5)


def seen(source: Source, ids: Iterable[str] = "abc", *, total: int | None = None, replaced: int = 0) -> Sighting:
    """A source that showed these papers; one that counts says there are `total` new ones (default: these)."""
    found = frozenset(ids)
    counted = len(found) if total is None else total
    totals = {NEW: counted, CROSS: 0, REPLACE: replaced} if source in COUNTING else None
    return Sighting(
        source=source, tries=1, asked_at=EVENING, answered_at=EVENING, seen_at=EVENING, totals=totals, ids=found
    )


def silent(source: Source) -> Sighting:
    """A source that was asked and gave no usable answer."""
    return Sighting(source=source, tries=1, asked_at=EVENING)


def without(source: Source) -> Sighting:
    """A source that answered, but does not show the list."""
    return Sighting(source=source, tries=1, asked_at=EVENING, answered_at=EVENING)


def state(*sightings: Sighting, bare: Iterable[str] = (), refusal: str = "", listed_on: date = FRIDAY) -> ListState:
    return ListState(
        category="cs",
        listed_on=listed_on,
        sightings={sighting.source: sighting for sighting in sightings},
        bare_ids=frozenset(bare),
        refusal=refusal,
    )


IDS = st.frozensets(st.sampled_from("abcdefgh"))
DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
NUMBERS = st.integers(0, 12)


@st.composite
def sightings(draw: st.DrawFn, source: Source, *, until: datetime = EVENING) -> Sighting:
    """Anything that a source may have shown of a list by an instant."""
    tries = draw(NUMBERS)
    is_seen = tries > 0 and draw(st.booleans())
    is_answered = is_seen or (tries > 0 and draw(st.booleans()))
    asked_at = until - timedelta(minutes=draw(st.integers(0, 600)))
    totals = {NEW: draw(NUMBERS), CROSS: draw(NUMBERS), REPLACE: draw(NUMBERS)} if source in COUNTING else None
    return Sighting(
        source=source,
        tries=tries,
        asked_at=asked_at if tries else None,
        answered_at=asked_at if is_answered else None,
        seen_at=asked_at if is_seen else None,
        totals=totals if is_seen else None,
        ids=draw(IDS) if is_seen else frozenset(),
    )


@st.composite
def states(draw: st.DrawFn, *, listed_on: date | None = None, until: datetime = EVENING) -> ListState:
    """Anything that may be known of a list (default: of any day) by an instant."""
    shown = [draw(sightings(source, until=until)) for source in Source if draw(st.booleans())]
    refusal = draw(st.sampled_from(["", "down"]))
    return state(*shown, bare=draw(IDS), refusal=refusal, listed_on=listed_on or draw(DAYS))


@st.composite
def open_lists(draw: st.DrawFn) -> tuple[list[ListState], datetime]:
    """Some lists of ten days up to the newest one, oldest first, and an instant before the next one."""
    now = draw(st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
    newest_on = latest_listing_on(now)
    older = list_working_days(newest_on - timedelta(days=10), newest_on - timedelta(days=1))
    days = [*(day for day in older if draw(st.booleans())), newest_on]
    return [draw(states(listed_on=day, until=now)) for day in days], now
