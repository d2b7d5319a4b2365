"""arXiv's listing of recent days, `/list/{category}/recent`: the new and cross-listed papers of the last five lists.

It counts each day's entries as the listing of the newest one does, but has neither abstracts nor replacements.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import requests
from lxml import html

from newsletter.papers.paper import Announced, Announcement, AnnouncementKind, ArxivId, Paper
from newsletter.papers.sources.listing import (
    MAX_PAGES,
    PAGE_SIZE,
    broken_listing,
    fetch_page,
    parse_html,
    read_entry,
    read_total,
)
from newsletter.papers.sources.record import fold

SOURCE = "recent"
_DAY = re.compile(r"\w+, (\d{1,2}) (\w{3}) (\d{4}) \(.*?showing\D*(\d+) of (\d+) entr", re.IGNORECASE)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_CROSS = "(cross-list from"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentPage:
    """One page of recent days: the entries by list date, and how many new and cross-listed papers each list holds."""

    entries: Mapping[date, tuple[tuple[AnnouncementKind, Paper], ...]]
    totals: Mapping[date, int]
    total: int
    """Entries on all pages together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentLists:
    """The recent lists that were read whole, by date, and the dates of all that the pages name, whole or not."""

    lists: Mapping[date, Announcement]
    days: frozenset[date]

    @property
    def oldest_on(self) -> date:
        """How far back the pages that were read go."""
        return min(self.days)

    @property
    def newest_on(self) -> date:
        """The date of the newest list that arXiv shows."""
        return max(self.days)

    def leaves_out(self, listed_on: date) -> bool:
        """Tell whether arXiv had no list of this date: it is not named, but an older and a newer one are."""
        return listed_on not in self.days and self.oldest_on < listed_on < self.newest_on


def fetch_recent(session: requests.Session, origin: str, category: str, *, since: date) -> RecentLists:
    """Return the recent lists from `since` on, as far back as arXiv shows them, and the newest one before.

    Raises SourceError when arXiv does not give a whole answer.
    """
    pages: list[RecentPage] = []
    found = 0
    while not pages or (found < pages[0].total and min(pages[-1].entries) >= since):
        if len(pages) == MAX_PAGES or (pages and not any(pages[-1].entries.values())):
            raise broken_listing(category, f"its pages of recent days show {found} of {pages[0].total} entries")
        path = f"/list/{category}/recent?skip={found}&show={PAGE_SIZE}"
        pages.append(parse_recent(fetch_page(session, origin, category, path), category))
        found += sum(map(len, pages[-1].entries.values()))
    return _join(pages, category)


def parse_recent(body: bytes, category: str) -> RecentPage:
    """Read one page; raises SourceError (retryable) for one without days, or with fewer entries than it says it shows."""
    root = parse_html(body, category)
    entries: dict[date, list[tuple[AnnouncementKind, Paper]]] = {}
    shown: dict[date, int] = {}
    totals: dict[date, int] = {}
    day: date | None = None
    term: html.HtmlElement | None = None
    for element in root.iter("h3", "dt", "dd"):
        if element.tag == "h3":
            if heading := _DAY.search(fold(element.text_content())):
                day = _read_day(heading, category)
                shown[day] = shown.get(day, 0) + int(heading[4])
                totals[day] = int(heading[5])
                entries.setdefault(day, [])
        elif element.tag == "dt":
            term = element
        elif day is not None and term is not None:
            kind = AnnouncementKind.CROSS if _CROSS in fold(term.text_content()) else AnnouncementKind.NEW
            entries[day].append((kind, read_entry(term, element, kind, category)))
            term = None
    for listed_on, expected in shown.items():
        if len(entries[listed_on]) != expected:
            raise broken_listing(category, f"of {listed_on} it shows {len(entries[listed_on])} entries, not {expected}")
    if not entries:
        raise broken_listing(category, "it has no recent days")
    return RecentPage(
        entries={listed_on: tuple(found) for listed_on, found in entries.items()},
        totals=totals,
        total=read_total(root) or sum(totals.values()),
    )


def _join(pages: list[RecentPage], category: str) -> RecentLists:
    """Keep the lists that are there whole: the oldest one may go on over a page that was not asked for.

    Papers are counted, not entries: when a new list comes between two pages, the second one shows entries of the first again.
    """
    totals = {listed_on: total for page in pages for listed_on, total in page.totals.items()}
    lists = {}
    for listed_on in sorted(totals):
        found = [entry for page in pages for entry in page.entries.get(listed_on, ())]
        announcement = _announcement(category, listed_on, found)
        if len(announcement.announced) == totals[listed_on]:
            lists[listed_on] = announcement
    return RecentLists(lists=lists, days=frozenset(totals))


def _announcement(category: str, listed_on: date, found: list[tuple[AnnouncementKind, Paper]]) -> Announcement:
    seen: dict[ArxivId, tuple[AnnouncementKind, Paper]] = {}
    for kind, paper in found:
        seen.setdefault(paper.arxiv_id, (kind, paper))
    announced = tuple(Announced(paper=paper, kind=kind, position=at) for at, (kind, paper) in enumerate(seen.values()))
    totals = {
        kind: sum(item.kind is kind for item in announced) for kind in (AnnouncementKind.NEW, AnnouncementKind.CROSS)
    }
    return Announcement(category=category, listed_on=listed_on, source=SOURCE, announced=announced, totals=totals)


def _read_day(heading: re.Match[str], category: str) -> date:
    try:
        return date(int(heading[3]), _MONTHS.split().index(heading[2].lower()) + 1, int(heading[1]))
    except ValueError as error:
        raise broken_listing(category, f"{heading[0]!r} is no day") from error
