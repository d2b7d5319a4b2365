"""What a keyword would have brought: its papers in each edition of the last weeks, and the newest of them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from threading import Lock

import structlog
from sqlalchemy import Engine as Database
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from newsletter.clock import Clock
from newsletter.db.engine import reading
from newsletter.papers.paper import AnnouncementKind
from newsletter.queries.language import format_query, parse_query
from newsletter.search import lists, match, store
from newsletter.search.found import DayCount, FoundPaper, QueryPreview
from newsletter.search.lists import Listed
from newsletter.search.search import show
from newsletter.search.sequence import sequence_of
from newsletter.subscribers.subscriber import Preferences
from newsletter.translation.keywords import needs_translation, read_keyword

DAYS = 30
NEWEST = 5
_KEPT_FOR = timedelta(minutes=10)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Window:
    """The last editions: their days, oldest first, and where each paper is in them, by its place in the order."""

    days: tuple[date, ...]
    listed: Mapping[int, tuple[Listed, ...]]
    translated_count: int
    newest_place: int
    loaded_at: datetime


class Previews:
    """Answers previews for one installation; keeps which papers the last editions had, some megabytes, between them."""

    def __init__(self, database: Database, categories: Sequence[str], *, now: Clock) -> None:
        self._database = database
        self._categories = categories
        self._now = now
        self._lock = Lock()
        self._window: Window | None = None

    def preview(self, text: str, preferences: Preferences) -> QueryPreview:
        """Return what a query would have brought a reader of these preferences; raises QuerySyntaxError."""
        query = read_keyword(text)
        with reading(self._database) as session:
            window = self._load(session)
            found = match.list_within(session, query, window.listed.keys())
            return QueryPreview(
                query=format_query(parse_query(text)),
                days=_count_days(window, found),
                newest=_newest(session, window, found, _wanted(preferences)),
                wants_cross_lists=preferences.wants_cross_lists,
                wants_replacements=preferences.wants_replacements,
                needs_translation=needs_translation(text),
                paper_count=len(window.listed),
                translated_count=window.translated_count,
            )

    def warm(self) -> None:
        """Load the last editions before anybody asks; the first preview of a process would take a tenth of a second more."""
        try:
            with reading(self._database) as session:
                self._load(session)
        except DBAPIError as error:  # whoever asks will hear of it
            _log.warning("previews_not_warmed", problem=type(error).__name__)

    def _load(self, session: Session) -> Window:
        """Return the last editions, read again when a paper was added to any; what is translated is counted now and then."""
        now, newest = self._now(), lists.newest_place(session)
        with self._lock:
            known = self._window
        if known and known.newest_place == newest:
            if abs(now - known.loaded_at) < _KEPT_FOR:
                return known
            translated = store.count_translated(session, self._categories, known.days)
            window = replace(known, translated_count=translated, loaded_at=now)
        else:
            days = lists.list_days(session, self._categories, limit=DAYS)
            found = lists.load_window(session, self._categories, days)
            listed = {sequence_of(arxiv_id): places for arxiv_id, places in found.items()}
            translated = store.count_translated(session, self._categories, days)
            window = Window(tuple(days), listed, translated, newest, now)
        with self._lock:
            self._window = window
        return window


def _count_days(window: Window, found: Sequence[int]) -> tuple[DayCount, ...]:
    counts = Counter((place.edition_on, place.kind) for sequence in found for place in window.listed[sequence])
    return tuple(
        DayCount(
            edition_on=day,
            new=counts[day, AnnouncementKind.NEW],
            cross=counts[day, AnnouncementKind.CROSS],
            replaced=counts[day, AnnouncementKind.REPLACE],
        )
        for day in window.days
    )


def _wanted(preferences: Preferences) -> Callable[[AnnouncementKind], bool]:
    wants = {
        AnnouncementKind.NEW: True,
        AnnouncementKind.CROSS: preferences.wants_cross_lists,
        AnnouncementKind.REPLACE: preferences.wants_replacements,
    }
    return wants.__getitem__


def _newest(
    session: Session, window: Window, found: Sequence[int], is_wanted: Callable[[AnnouncementKind], bool]
) -> tuple[FoundPaper, ...]:
    """Return the newest papers, in the order of their edition."""
    last = {
        sequence: max((place for place in window.listed[sequence] if is_wanted(place.kind)), key=_age, default=None)
        for sequence in found
    }
    placed = [(sequence, place) for sequence, place in last.items() if place is not None]
    newest = sorted(placed, key=lambda pair: _age(pair[1]), reverse=True)[:NEWEST]
    shown = show(session, [(sequence, 0.0) for sequence, _ in newest])
    days = {sequence: place.edition_on for sequence, place in newest}
    return tuple(replace(one, listed_on=days[sequence_of(one.paper.arxiv_id)]) for one in shown)


def _age(place: Listed) -> tuple[date, int]:
    return place.edition_on, -place.place
