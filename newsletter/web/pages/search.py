"""Search over all stored papers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException
from fastapi import Query as Parameter
from fastapi.responses import HTMLResponse

from newsletter.errors import QuerySyntaxError
from newsletter.queries.language import LONGEST_QUERY, format_query
from newsletter.queries.query import Category, conjunction
from newsletter.search.found import SearchOrder, SearchPage
from newsletter.web.client import refuse_rush
from newsletter.web.days import show_found
from newsletter.web.feeds.addresses import query_feed
from newsletter.web.forms import FieldError
from newsletter.web.pages.day import query_error
from newsletter.web.shown import NumberedPaper
from newsletter.web.site import PUBLIC, CurrentSite, Site

PAPERS_A_PAGE = 20
LAST_PAGE = 500
MOST_CATEGORIES = 6

router = APIRouter(dependencies=[Depends(refuse_rush)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a visitor looks for."""

    q: str = ""
    order: SearchOrder = SearchOrder.RELEVANCE
    page: int = 1

    def link(self, page: int) -> str:
        """Return the address of another page of the same search."""
        return _address(replace(self, page=page))

    def searching(self, text: str) -> str:
        """Return the address of another search in the same order."""
        return _address(replace(self, q=text, page=1))

    @property
    def feed(self) -> str:
        """The address of the feed that brings what this search will find."""
        return query_feed(self.q)


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrower:
    """The same search within one category, and how many of the newest papers found are in it."""

    code: str
    count: int
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What was found, or what is wrong with the query; neither before anything is asked.

    `is_behind`: some stored papers are not in the index yet, and were not looked at.
    """

    found: SearchPage | None = None
    papers: Sequence[NumberedPaper] = ()
    error: FieldError | None = None
    is_behind: bool = False
    narrower: Sequence[Narrower] = ()


@router.api_route("/search", methods=["GET", "HEAD"])
def show_search(
    site: CurrentSite,
    q: str = "",
    order: str = "",
    page: Annotated[int, Parameter(ge=1, le=LAST_PAGE)] = 1,
) -> HTMLResponse:
    """Search, twenty papers a page."""
    wanted = _wanted(q, order, page)
    result = _search(site, wanted)
    if result.found is not None and page > min(result.found.pages, LAST_PAGE):
        raise HTTPException(404)
    return _page(site, "archive/search.html", wanted, result)


@router.get("/search/results")
def show_results(site: CurrentSite, q: str = "", order: str = "") -> HTMLResponse:
    """Return the first results alone, for a page that asks while its reader types."""
    wanted = _wanted(q, order, 1)
    return _page(site, "archive/results.html", wanted, _search(site, wanted))


def _wanted(q: str, order: str, page: int) -> Wanted:
    known = SearchOrder(order) if order in set(SearchOrder) else SearchOrder.RELEVANCE
    return Wanted(q=q.strip(), order=known, page=page)


def _search(site: Site, wanted: Wanted) -> Result:
    if not wanted.q:
        return Result()
    try:
        found = site.runtime.search(
            wanted.q, order=wanted.order, page=wanted.page, per_page=PAPERS_A_PAGE, with_categories=True
        )
    except QuerySyntaxError as error:
        return Result(error=query_error(error))
    first = (wanted.page - 1) * PAPERS_A_PAGE + 1
    papers = show_found(site.runtime, found.found, queries=[found.parsed], first_number=first)
    return Result(
        found=found, papers=papers, is_behind=site.runtime.is_search_behind(), narrower=_list_narrower(wanted, found)
    )


def _list_narrower(wanted: Wanted, found: SearchPage) -> list[Narrower]:
    """Return the commonest categories that narrow a search of more than one page down."""
    narrower = []
    for code, count in found.categories:
        query = format_query(conjunction([found.parsed, Category(name=code)]))
        if count < found.counted and len(query) <= LONGEST_QUERY:
            narrower.append(Narrower(code=code, count=count, link=wanted.searching(query)))
    return narrower[:MOST_CATEGORIES]


def _page(site: Site, template: str, wanted: Wanted, result: Result) -> HTMLResponse:
    status = 422 if result.error else 200
    return site.page(
        template, status=status, headers=PUBLIC, wanted=wanted, result=result, orders=SearchOrder, last_page=LAST_PAGE
    )


def _address(wanted: Wanted) -> str:
    values = {"q": wanted.q, "order": wanted.order, "page": wanted.page}
    defaults = {"q": "", "order": SearchOrder.RELEVANCE, "page": 1}
    return "/search?" + urlencode({name: value for name, value in values.items() if value != defaults[name]})
