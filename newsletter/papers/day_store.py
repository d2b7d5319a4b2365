"""A day's list without its papers' texts: what is needed to count, filter and leaf through it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import Text, cast
from sqlmodel import Session, col, select

from newsletter.papers.paper import AnnouncementKind, ArxivId
from newsletter.papers.store import ESTIMATE
from newsletter.papers.tables import AnnouncedRow, AnnouncementRow, PaperRow

_KINDS = {kind.value: kind for kind in AnnouncementKind}
_RANKS = {kind: rank for rank, kind in enumerate(AnnouncementKind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A paper's place in a day's list: how it was announced, and the paper's categories, the primary one first."""

    arxiv_id: ArxivId
    kind: AnnouncementKind
    categories: tuple[str, ...]

    def is_in(self, category: str) -> bool:
        """Tell whether the paper is in a category, or in any category of an archive."""
        return any(own == category or own.startswith(f"{category}.") for own in self.categories)


def list_places(session: Session, categories: Sequence[str], listed_on: date) -> list[Place]:
    """Return the papers announced that day in any of the categories, each once, as `papers.store.find_day` orders them."""
    statement = (
        select(AnnouncementRow.category, AnnouncedRow.kind, AnnouncedRow.arxiv_id, cast(PaperRow.categories, Text))
        .join(AnnouncedRow, col(AnnouncedRow.announcement_id) == AnnouncementRow.id)
        .join(PaperRow, col(PaperRow.arxiv_id) == AnnouncedRow.arxiv_id)
        .where(AnnouncementRow.listed_on == listed_on, col(AnnouncementRow.category).in_(categories))
        .order_by(col(AnnouncedRow.position))
    )
    lists: dict[str, list[Place]] = {category: [] for category in categories}
    for category, kind, arxiv_id, own in session.exec(statement):
        place = Place(arxiv_id=ArxivId(arxiv_id), kind=_KINDS[kind], categories=_read_categories(own))
        lists[category].append(place)
    return _merge([place for places in lists.values() for place in places])


@lru_cache(4096)
def _read_categories(stored: str) -> tuple[str, ...]:
    """Read a paper's categories; a day's thousand papers have some hundred different choices."""
    return tuple(json.loads(stored))


def is_estimate(session: Session, categories: Sequence[str], listed_on: date) -> bool:
    """Tell whether any of a day's lists was put together from submission times afterwards."""
    found = select(AnnouncementRow.id).where(
        AnnouncementRow.listed_on == listed_on,
        col(AnnouncementRow.category).in_(categories),
        AnnouncementRow.source == ESTIMATE,
    )
    return session.exec(found.limit(1)).first() is not None


def _merge(places: Sequence[Place]) -> list[Place]:
    """Keep each paper once, under its strongest kind; within a kind the order stays."""
    best: dict[ArxivId, Place] = {}
    for place in places:
        known = best.get(place.arxiv_id)
        if known is None or _RANKS[place.kind] < _RANKS[known.kind]:
            best.pop(place.arxiv_id, None)
            best[place.arxiv_id] = place
    return sorted(best.values(), key=lambda place: _RANKS[place.kind])
