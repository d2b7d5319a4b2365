"""The newest morning, kept between previews: readers look at theirs again and again while they choose their keywords."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock

from newsletter.db.engine import reading
from newsletter.editions.day import Day, match_day
from newsletter.editions.desk import Desk
from newsletter.editions.morning import load_morning
from newsletter.queries.matcher import Match
from newsletter.search.lists import newest_place
from newsletter.translation.totals import find_newest_id

KEPT_FOR = timedelta(minutes=5)
_MOST_QUERIES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """An edition's papers, and what some queries find among them."""

    day: Day
    loaded_at: datetime
    state: Hashable
    matches: dict[str, list[Match]] = field(default_factory=dict)

    def match(self, desk: Desk, day: Day, queries: Iterable[str]) -> dict[str, list[Match]]:
        """Return what `match_day` does; of this very day only queries that nobody asked for yet are matched."""
        if len(day.announced) != len(self.day.announced):  # with what one reader never got behind it
            return match_day(desk, day, queries)
        wanted = set(queries)
        found = {query: self.matches[query] for query in wanted & self.matches.keys()}
        new = match_day(desk, self.day, wanted - found.keys()) if wanted - found.keys() else {}
        if len(self.matches) < _MOST_QUERIES:
            self.matches.update(new)
        return found | new


class Mornings:
    """Keeps one morning for some minutes, but not once a paper was listed or translated since: a late one shows at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: Morning | None = None

    def load(self, desk: Desk, edition_on: date) -> Morning:
        """Return an edition's morning; raises NotFoundError for an unknown edition."""
        now = desk.now()
        with reading(desk.database) as session:
            state = (desk.categories, newest_place(session), find_newest_id(session))
            with self._lock:
                kept = self._kept
            if kept and kept.day.edition_on == edition_on and kept.state == state and _is_fresh(kept, now):
                return kept
            loaded = Morning(day=load_morning(session, edition_on, desk.categories), loaded_at=now, state=state)
        with self._lock:
            self._kept = loaded
        return loaded


def _is_fresh(morning: Morning, now: datetime) -> bool:
    return timedelta() <= now - morning.loaded_at < KEPT_FOR
