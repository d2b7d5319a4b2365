"""Papers: all, those of a day, those that a search finds, those that trend, and one."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field

from newsletter.db.engine import reading
from newsletter.editions.store import get_edition
from newsletter.errors import InputError, NotFoundError
from newsletter.languages import SOURCE
from newsletter.papers.browse_store import list_ids_before
from newsletter.papers.day_store import Place
from newsletter.papers.latex import to_unicode
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.store import get_papers
from newsletter.papers.taxonomy import is_known
from newsletter.queries.language import format_query, parse_query
from newsletter.queries.query import Category, conjunction
from newsletter.search.found import SearchOrder
from newsletter.translation.keywords import read_keyword
from newsletter.translation.memory import recall
from newsletter.web.api import about_paper
from newsletter.web.api.access import look_in
from newsletter.web.api.answers import Listing, next_page, read_position, reply, reply_page
from newsletter.web.api.fields import DEFAULT_LIMIT, Cursor, DayInQuery, Limit, Search, Text
from newsletter.web.api.shapes import (
    EXAMPLE_ID,
    PaperDetail,
    PaperItem,
    Translated,
    found_item,
    shown_item,
    stored_item,
)
from newsletter.web.days import PublicDay, find_day, find_papers, show_papers
from newsletter.web.site import CurrentSite, Site

router = APIRouter(tags=["papers"], dependencies=[Depends(look_in)])

CategoryFilter = Annotated[
    Text | None, Query(max_length=40, description="A category, or a whole archive.", examples=["cs.LG", "cs"])
]
KindFilter = Annotated[AnnouncementKind | None, Query(description="How it was announced; only with `day`.")]
PaperId = Annotated[
    Text, Path(max_length=60, description="An arXiv identifier, with or without version.", examples=[EXAMPLE_ID])
]


class PaperList(Listing):
    """Papers, some at a time."""

    items: list[PaperItem]


class SearchList(PaperList):
    """Papers that a search found: how many in all, and the query as it was understood."""

    query: str = Field(description="The query in canonical form.")
    total: int = Field(description="How many papers match.")


class SimilarList(PaperList):
    """Papers like one, the most alike first; `score` is from 0 to 1."""


@router.get("/papers", response_model=PaperList, summary="List papers")
def list_papers(
    request: Request,
    site: CurrentSite,
    day: DayInQuery = None,
    category: CategoryFilter = None,
    kind: KindFilter = None,
    q: Search = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Of a day in the listing's order; without `day` of all that are stored: the newest first.

    `q` and `category` narrow either down. A day that has no edition is 404, a broken query 400.
    """
    if category is not None and not is_known(category):
        raise InputError(f"arXiv has no category {category}; write a code such as cs.LG, or cs for all of cs.")
    if day is None and kind is not None:
        raise InputError("A paper has a kind only within a day; name the day, too.")
    asked = _Asked(site=site, day=day, category=category, kind=kind, q=q, limit=limit, cursor=cursor)
    if day is not None:
        return reply_page(request, asked.of_day(day))
    return reply_page(request, asked.found() if q or category else asked.stored())


@router.get("/search", response_model=SearchList, summary="Search papers")
def search_papers(
    request: Request,
    site: CurrentSite,
    q: Annotated[Text, Query(min_length=1, max_length=1000, description="A query in either language.")],
    order: Annotated[SearchOrder, Query(description="The most relevant first, or the newest.")] = SearchOrder.RELEVANCE,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    """Search all stored papers in both languages; a broken query is 400 and says how to mend it."""
    filters = {"q": q, "order": order.value, "limit": limit}
    position = read_position(site, "search", filters, cursor)
    found = site.runtime.search(q, order=order, page=int(position[0]) if position else 1, per_page=limit)
    url = site.runtime.settings.public_url
    further = [found.page + 1] if found.page < found.pages else None
    body = SearchList(
        items=[
            found_item(item, url, site.runtime.language, with_score=order is SearchOrder.RELEVANCE)
            for item in found.found
        ],
        next=next_page(site, "/search", "search", filters, further),
        query=found.query,
        total=found.total,
    )
    return reply_page(request, body)


@router.get("/papers/{arxiv_id:path}/similar", response_model=SimilarList, summary="Find papers like one")
def list_similar(
    request: Request,
    site: CurrentSite,
    arxiv_id: PaperId,
    limit: Annotated[int, Query(ge=1, le=20, description="How many to return at most.")] = 5,
) -> Response:
    """Papers whose words are most like those of a paper."""
    paper = about_paper.find(site, arxiv_id)
    url = site.runtime.settings.public_url
    found = site.runtime.similar(paper.arxiv_id, limit=limit)
    return reply(
        request,
        SimilarList(items=[found_item(item, url, site.runtime.language, with_score=True) for item in found], next=None),
    )


@router.get("/papers/{arxiv_id:path}", response_model=PaperDetail, summary="Get a paper")
def get_paper(request: Request, site: CurrentSite, arxiv_id: PaperId) -> Response:
    """All that is stored of one paper: versions, lists, days on which it trended, translations and where they come from."""
    return reply(request, about_paper.describe(site, about_paper.find(site, arxiv_id)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a list of papers is asked for, and from where on."""

    site: Site
    day: date | None
    category: str | None
    kind: AnnouncementKind | None
    q: str | None
    limit: int
    cursor: str | None

    def of_day(self, edition_on: date) -> PaperList:
        """Return a day's papers in the listing's order; raises NotFoundError."""
        runtime = self.site.runtime
        day = find_day(runtime, edition_on)
        if day is None:
            with reading(runtime.database) as session:
                get_edition(session, edition_on)  # says which days there are
            raise NotFoundError(f"There is no edition of {edition_on}.")
        chosen = self._narrowed(day)
        start = int(self._begin() or 0)
        items = chosen[start : start + self.limit]
        shown = [one.paper for one in show_papers(runtime, day, items)]
        end = start + self.limit
        url = runtime.settings.public_url
        return PaperList(
            items=[shown_item(paper, url, listed_on=edition_on) for paper in shown],
            next=self._next(end if end < len(chosen) else None),
        )

    def found(self) -> PaperList:
        """Return what a search finds, the newest first."""
        parts = [parse_query(self.q)] if self.q else []
        query = conjunction([*parts, *([Category(name=self.category)] if self.category else [])])
        page = int(self._begin() or 1)
        runtime = self.site.runtime
        found = runtime.search(format_query(query), order=SearchOrder.DATE, page=page, per_page=self.limit)
        url = runtime.settings.public_url
        return PaperList(
            items=[found_item(item, url, runtime.language, with_score=False) for item in found.found],
            next=self._next(page + 1 if page < found.pages else None),
        )

    def stored(self) -> PaperList:
        """Return all stored papers by identifier, the newest first."""
        runtime = self.site.runtime
        before = None if (begin := self._begin()) is None else str(begin)
        with reading(runtime.database) as session:
            ids = list_ids_before(session, before, limit=self.limit + 1)
            papers = get_papers(session, ids[: self.limit])
            texts = [text for paper in papers.values() for text in (paper.title_source, paper.abstract_source)]
            known = recall(session, texts, source=SOURCE, target=runtime.language)
        shown = {source: to_unicode(text) for source, text in known.items()}
        items = [
            stored_item(
                paper,
                runtime.settings.public_url,
                Translated(
                    language=runtime.language,
                    title=shown.get(paper.title_source),
                    abstract=shown.get(paper.abstract_source),
                ),
            )
            for paper in (papers[arxiv_id] for arxiv_id in ids[: self.limit])
        ]
        return PaperList(items=items, next=self._next(ids[self.limit - 1] if len(ids) > self.limit else None))

    def _narrowed(self, day: PublicDay) -> list[Place]:
        """Return the day's papers that the filters leave."""
        places = find_papers(self.site.runtime, day, read_keyword(self.q)) if self.q else day.announced
        return [
            place
            for place in places
            if (self.category is None or place.is_in(self.category)) and self.kind in (None, place.kind)
        ]

    @property
    def _filters(self) -> dict[str, Any]:
        kind = self.kind and self.kind.value
        return {"day": self.day, "category": self.category, "kind": kind, "q": self.q, "limit": self.limit}

    def _begin(self) -> str | int | None:
        position = read_position(self.site, "papers", self._filters, self.cursor)
        return position[0] if position else None

    def _next(self, position: str | int | None) -> str | None:
        begin = None if position is None else [position]
        return next_page(self.site, "/papers", "papers", self._filters, begin)
