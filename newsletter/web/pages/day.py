"""The public edition of a day: all its papers, or those of a category or that match a query."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException
from fastapi import Query as Parameter
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.errors import QuerySyntaxError
from newsletter.papers.calendar import announced_at
from newsletter.papers.day_store import Place
from newsletter.papers.taxonomy import category_names
from newsletter.queries.query import Query
from newsletter.translation.keywords import read_keyword
from newsletter.web.days import (
    PublicDay,
    find_day,
    find_neighbours,
    find_newest_day,
    find_papers,
    find_votes,
    say_absent,
    say_eastern,
    say_gaps,
    show_papers,
)
from newsletter.web.forms import FieldError
from newsletter.web.shown import NumberedPaper
from newsletter.web.site import PUBLIC, CurrentSite, Site

PAPERS_A_PAGE = 50
FIRST_YEAR, LAST_YEAR = 1991, 2999
TRENDING = "trending"

router = APIRouter()


class Order(StrEnum):
    """How a day's papers are ordered."""

    LISTING = "listing"
    TRENDING = "trending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a visitor wants to see of a day."""

    q: str = ""
    cat: str = ""
    order: Order = Order.LISTING
    page: int = 1

    @property
    def is_narrow(self) -> bool:
        return bool(self.q or self.cat)

    def link(self, page: int) -> str:
        """Return the address of a page with the same filter."""
        return self._address(replace(self, page=page))

    def searching(self, text: str) -> str:
        """Return the address with another query."""
        return self._address(replace(self, q=text, page=1))

    @staticmethod
    def _address(wanted: "Filter") -> str:
        values = {"q": wanted.q, "cat": wanted.cat, "order": wanted.order, "page": wanted.page}
        defaults = {"q": "", "cat": "", "order": Order.LISTING, "page": 1}
        return "?" + urlencode({name: value for name, value in values.items() if value != defaults[name]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a filter found: all places, those on this page as they are shown by group, and the day's categories.

    `groups` are kinds of announcement, or "trending"; `counts` says how many papers each has on all pages. `categories` are
    (code, name, papers of what the query found).
    """

    places: Sequence[Place] = ()
    groups: Sequence[tuple[str, Sequence[NumberedPaper]]] = ()
    counts: Mapping[str, int]
    categories: Sequence[tuple[str, str, int]] = ()
    error: FieldError | None = None


@router.get("/day", response_model=None)
def show_newest_day(site: CurrentSite, date: str = "") -> HTMLResponse | RedirectResponse:
    """Lead to the newest edition, or to the day that was picked."""
    if date:
        return RedirectResponse(f"/day/{read_date(date)}", status_code=303)
    newest = find_newest_day(site.runtime)
    if newest is None:
        return site.page("archive/no_day.html", status=404, headers=PUBLIC, edition_on=None, neighbours=None)
    return RedirectResponse(f"/day/{newest.edition_on}", status_code=302, headers=PUBLIC)


@router.api_route("/day/{written}", methods=["GET", "HEAD"])
def show_day(
    written: str,
    site: CurrentSite,
    q: str = "",
    cat: str = "",
    order: str = "",
    page: Annotated[int, Parameter(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """Show a day's papers, fifty a page."""
    edition_on = read_date(written)
    day = find_day(site.runtime, edition_on)
    if day is None:
        return _no_day(site, edition_on)
    wanted = Filter(
        q=q.strip(), cat=cat.strip(), order=Order(order) if order in set(Order) else Order.LISTING, page=page
    )
    found = _find(site, day, wanted)
    pages = max(1, -(-len(found.places) // PAPERS_A_PAGE))
    if page > pages:
        raise HTTPException(404)
    return site.page(
        "archive/day.html",
        headers=PUBLIC,
        status=422 if found.error else 200,
        day=day,
        announced=say_eastern(announced_at(edition_on)),
        gaps=say_gaps(site.runtime, day),
        found=found,
        wanted=wanted,
        orders=Order,
        pages=pages,
        neighbours=find_neighbours(site.runtime, edition_on),
    )


def read_date(written: str) -> date:
    """Return the day an address names; any other spelling than 2026-03-20 is no page of ours."""
    try:
        found = date.fromisoformat(written)
    except ValueError as error:
        raise HTTPException(404) from error
    # 20260320 and 2026-W12-5 are ISO 8601 too, but one day has one address; arXiv began in 1991
    if str(found) != written or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise HTTPException(404)
    return found


def query_error(error: QuerySyntaxError) -> FieldError:
    """Return what is wrong with the query in the field `q`."""
    return FieldError(
        field="q",
        words=error.words,
        text=error.text,
        position=error.position,
        suggestion=error.suggestion,
    )


def _no_day(site: Site, edition_on: date) -> HTMLResponse:
    return site.page(
        "archive/no_day.html",
        status=404,
        headers=PUBLIC,
        edition_on=edition_on,
        reason=say_absent(site.runtime, edition_on),
        neighbours=find_neighbours(site.runtime, edition_on),
    )


def _find(site: Site, day: PublicDay, wanted: Filter) -> Found:
    places: Sequence[Place] = day.announced
    queries: Sequence[Query] = ()
    if wanted.q:
        try:
            queries = [read_keyword(wanted.q)]
        except QuerySyntaxError as error:
            return Found(counts={}, categories=count_categories(places), error=query_error(error))
        places = find_papers(site.runtime, day, queries[0])
    categories = count_categories(places)
    if wanted.cat:
        places = [place for place in places if place.is_in(wanted.cat)]
    votes = find_votes(site.runtime, places) if wanted.order is Order.TRENDING else {}
    ordered = sorted(places, key=lambda place: (place.arxiv_id not in votes, -votes.get(place.arxiv_id, 0)))
    start = (wanted.page - 1) * PAPERS_A_PAGE
    shown = show_papers(
        site.runtime, day, ordered[start : start + PAPERS_A_PAGE], queries=queries, first_number=start + 1
    )
    grouped = groupby(shown, key=lambda item: _group(item.paper.arxiv_id, item.paper.kind, votes))
    return Found(
        places=ordered,
        groups=[(name, list(items)) for name, items in grouped],
        counts=Counter(_group(place.arxiv_id, place.kind, votes) for place in ordered),
        categories=categories,
    )


def _group(arxiv_id: str, kind: str, votes: Mapping[str, int]) -> str:
    return TRENDING if arxiv_id in votes else str(kind)


def count_categories(places: Sequence[Place]) -> list[tuple[str, str, int]]:
    """Return (code, name, papers) of every category of the papers, by code; a paper counts in each of its own."""
    counts = Counter(category for place in places for category in place.categories)
    names = category_names()
    return [(code, names.get(code, ""), count) for code, count in sorted(counts.items())]
