"""What an edition brings its readers: the day's own papers, those of earlier lists that came late, and what is not new."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlmodel import Session

from newsletter.editions import store as editions
from newsletter.editions.day import Day, load_day
from newsletter.papers.calendar import announced_at
from newsletter.papers.late_store import Place, list_late_places, list_places
from newsletter.papers.paper import Announced, AnnouncementKind, ArxivId, Paper
from newsletter.papers.store import get_papers
from newsletter.papers.version_store import list_versions_before
from newsletter.papers.versions import VersionChange, compare_versions

CARRIED_FOR = timedelta(days=14)
"""So long after the date of its list a paper that came late is still news."""
_RANK = {kind: number for number, kind in enumerate(AnnouncementKind)}


def load_morning(session: Session, edition_on: date, categories: Sequence[str]) -> Day:
    """Return an edition's papers with all that composing it needs to know; raises NotFoundError for an unknown edition.

    The number of statements depends on the number of papers only. A sample edition has nothing but its own papers.
    """
    day = load_day(session, edition_on, categories)
    if day.is_sample:
        return day
    own_ids = [item.paper.arxiv_id for item in day.announced]
    late_places = _list_late(session, edition_on, categories)
    places = list_places(session, categories, [*own_ids, *(place.arxiv_id for place in late_places)])
    late = choose_late(late_places, day, set(places).difference(late_places))
    day = _with_late(day, late, get_papers(session, late))
    real_days = editions.list_real_days(session, since=min((place.listed_on for place in places), default=edition_on))
    return replace(
        day, changes=_list_changes(session, day, places), earlier=find_earlier(places, day, real_days=real_days)
    )


def choose_late(late: Sequence[Place], day: Day, on_time: Iterable[Place]) -> dict[ArxivId, Place]:
    """Return the papers to carry, in the order of their lists, each under its strongest kind.

    A paper that the day's own list brings, or that another category's list of the same date brought on time, as strongly,
    is not late.
    """
    known = {(place.arxiv_id, place.listed_on): _RANK[place.kind] for place in on_time if not place.is_backfilled}
    own = {item.paper.arxiv_id: _RANK[item.kind] for item in day.announced}
    weakest = len(_RANK)
    chosen: dict[ArxivId, Place] = {}
    for place in sorted(late, key=lambda place: (_RANK[place.kind], place.listed_on)):
        rivals = (own.get(place.arxiv_id, weakest), known.get((place.arxiv_id, place.listed_on), weakest))
        if _RANK[place.kind] < min(rivals):
            chosen.setdefault(place.arxiv_id, place)
    return dict(sorted(chosen.items(), key=lambda item: item[1].listed_on))


def find_earlier(places: Iterable[Place], day: Day, *, real_days: Sequence[date]) -> dict[str, frozenset[date]]:
    """Return the other editions in which each paper may have been mailed; papers without any are left out.

    A paper is mailed in the edition of its list, or in one of the next two weeks if it came late; `real_days` are the days
    of the editions, in order. A replacement is a version that nobody can have been mailed before, unless it was listed
    twice, so only the last weeks are looked at.
    """
    kinds = day.kinds
    found: dict[str, set[date]] = defaultdict(set)
    for place in places:
        is_replaced = kinds.get(place.arxiv_id) is AnnouncementKind.REPLACE
        if not is_replaced or place.listed_on >= day.edition_on - CARRIED_FOR:
            first = bisect_left(real_days, place.listed_on)
            last = bisect_right(real_days, place.listed_on + CARRIED_FOR)
            found[place.arxiv_id].update(real_days[first:last])
    others = {arxiv_id: frozenset(days - {day.edition_on}) for arxiv_id, days in found.items()}
    return {arxiv_id: days for arxiv_id, days in others.items() if days}


def _list_late(session: Session, edition_on: date, categories: Sequence[str]) -> list[Place]:
    """Return what no edition carried yet; nothing before the first edition, whose readers must not get the archive."""
    last = editions.find_composed_before(session, edition_on)
    if last is None or last.composed_at is None:
        return []
    return list_late_places(
        session,
        categories,
        since=edition_on - CARRIED_FOR,
        before=edition_on,
        last_on=last.edition_on,
        last_at=last.composed_at,
    )


def _with_late(day: Day, late: Mapping[ArxivId, Place], papers: Mapping[ArxivId, Paper]) -> Day:
    own = [item for item in day.announced if item.paper.arxiv_id not in late]
    carried = [
        Announced(paper=papers[arxiv_id], kind=place.kind, position=number)
        for number, (arxiv_id, place) in enumerate(late.items(), len(own))
    ]
    dates: dict[str, date] = {arxiv_id: place.listed_on for arxiv_id, place in late.items()}
    return replace(day, announced=(*own, *carried), late=dates)


def _list_changes(session: Session, day: Day, places: Iterable[Place]) -> dict[str, VersionChange]:
    replaced = {place.arxiv_id for place in places if _is_replaced_on(place, day.edition_on)}
    papers = {item.paper.arxiv_id: item.paper for item in day.announced if item.paper.arxiv_id in replaced}
    versions = {arxiv_id: paper.version for arxiv_id, paper in papers.items()}
    known = list_versions_before(session, versions, before=announced_at(day.edition_on))
    return {arxiv_id: compare_versions(paper, known.get(arxiv_id)) for arxiv_id, paper in papers.items()}


def _is_replaced_on(place: Place, edition_on: date) -> bool:
    return place.listed_on == edition_on and place.kind is AnnouncementKind.REPLACE
