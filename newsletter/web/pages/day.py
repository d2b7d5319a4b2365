"""The public edition of a day: all its papers, or those that match a query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.editions.day import Day
from newsletter.errors import QuerySyntaxError
from newsletter.papers.calendar import announced_at
from newsletter.papers.paper import Announced, AnnouncementKind
from newsletter.queries.language import parse_query
from newsletter.web.days import find_day, find_neighbours, find_newest_day, find_papers, show_papers
from newsletter.web.forms import FieldError
from newsletter.web.shown import NumberedPaper
from newsletter.web.site import PUBLIC, CurrentSite, Site
from newsletter.words import Words

PAPERS_A_PAGE = 100

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a filter found: the papers, those on this page as they are shown, and what is wrong with the filter."""

    items: Sequence[Announced]
    shown: Sequence[NumberedPaper]
    error: FieldError | None = None

    @property
    def groups(self) -> list[tuple[AnnouncementKind, list[NumberedPaper]]]:
        """The shown papers by kind, in the listing's order."""
        return [(kind, list(papers)) for kind, papers in groupby(self.shown, key=lambda one: one.paper.kind)]

    def count(self, kind: AnnouncementKind) -> int:
        return sum(item.kind is kind for item in self.items)


@router.get("/day", response_model=None)
def show_newest_day(site: CurrentSite) -> HTMLResponse | RedirectResponse:
    """Lead to the newest edition."""
    newest = find_newest_day(site.runtime)
    if newest is None:
        return site.page("archive/no_day.html", status=404, headers=PUBLIC, edition_on=None, neighbours=None)
    return RedirectResponse(f"/day/{newest.edition_on}", status_code=302, headers=PUBLIC)


@router.api_route("/day/{written}", methods=["GET", "HEAD"])
def show_day(
    written: str,
    site: CurrentSite,
    q: str = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """Show a day's papers, a hundred a page."""
    edition_on = read_date(written)
    day = find_day(site.runtime, edition_on)
    neighbours = find_neighbours(site.runtime, edition_on)
    if day is None:
        return site.page(
            "archive/no_day.html", status=404, headers=PUBLIC, edition_on=edition_on, neighbours=neighbours
        )
    found = _find(site, day, q.strip(), page)
    pages = max(1, -(-len(found.items) // PAPERS_A_PAGE))
    if page > pages:
        raise HTTPException(404)
    return site.page(
        "archive/day.html",
        headers=PUBLIC,
        status=422 if found.error else 200,
        day=day,
        announced_at=announced_at(edition_on),
        found=found,
        query=q.strip(),
        page=page,
        pages=pages,
        neighbours=neighbours,
    )


def read_date(written: str) -> date:
    """Return the day an address names; any other spelling than 2026-03-20 is no page of ours."""
    try:
        found = date.fromisoformat(written)
    except ValueError as error:
        raise HTTPException(404) from error
    if str(found) != written:  # 20260320 and 2026-W12-5 are ISO 8601 too, but one day has one address
        raise HTTPException(404)
    return found


def _find(site: Site, day: Day, text: str, page: int) -> Found:
    start = (page - 1) * PAPERS_A_PAGE
    if not text:
        items: Sequence[Announced] = day.announced
        return Found(items=items, shown=_show(site, day, items, start))
    try:
        query = parse_query(text)
    except QuerySyntaxError as error:
        wrong = FieldError(
            field="q",
            words=Words(str(error), "读不懂，请看标记处。"),
            text=error.text,
            position=error.position,
            suggestion=error.suggestion,
        )
        return Found(items=(), shown=(), error=wrong)
    items = find_papers(site.runtime, day, query)
    chosen = items[start : start + PAPERS_A_PAGE]
    shown = show_papers(site.runtime, day, chosen, queries=[query], first_number=start + 1)
    return Found(items=items, shown=shown)


def _show(site: Site, day: Day, items: Sequence[Announced], start: int) -> list[NumberedPaper]:
    return show_papers(site.runtime, day, items[start : start + PAPERS_A_PAGE], first_number=start + 1)
