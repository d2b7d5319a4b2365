"""Editions, with what is known of their lists; and the papers that trend, by day."""

from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from newsletter.db.engine import reading
from newsletter.editions.store import Edition, get_edition, list_editions
from newsletter.errors import NotFoundError
from newsletter.languages import SOURCE
from newsletter.papers.browse_store import list_trending_days
from newsletter.papers.latex import to_unicode
from newsletter.papers.ledger import Judgement
from newsletter.papers.ledger_store import LedgerEntry, list_entries
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.trending_store import list_trending
from newsletter.translation.memory import recall
from newsletter.web.api.access import look_in
from newsletter.web.api.answers import FOR_EVER, Listing, address, next_page, read_position, reply, reply_page
from newsletter.web.api.fields import Cursor, DayInPath, Limit
from newsletter.web.api.shapes import HubNumbers, PaperItem, Translated, hub_numbers, stored_item
from newsletter.web.caching import PUBLIC_FOR_MINUTES
from newsletter.web.days import find_day
from newsletter.web.site import CurrentSite, Site

router = APIRouter(dependencies=[Depends(look_in)])


class EditionLinks(BaseModel):
    """Where an edition can be read."""

    self: str
    papers: str = Field(description="Its papers in this API.")
    page: str = Field(description="Its page on this site.")
    feed: str = Field(description="Its papers as an Atom feed.")


class EditionItem(BaseModel):
    """One day of the newsletter, by listing date."""

    day: date = Field(examples=["2026-03-20"])
    paper_count: int
    announced_at: datetime = Field(description="When arXiv announced it: 20:00 in New York on the day before.")
    opened_at: datetime
    composed_at: datetime | None = Field(description="As of when its digests were made; null until then.")
    is_sample: bool = Field(description="Whether it is the sample edition that comes with the program.")
    links: EditionLinks


class EditionList(Listing):
    """Editions, the newest first."""

    items: list[EditionItem]


class ListItem(BaseModel):
    """What is known of one category's list: the ledger's judgement, and why."""

    category: str = Field(examples=["cs"])
    judgement: Judgement
    reason: str
    missing_count: int | None = Field(description="How many papers are known to be missing; null when that is unknown.")
    changed_at: datetime = Field(description="Since when this is the judgement.")


class EditionDetail(EditionItem):
    """An edition with the ledger's judgement on each of its lists, and its papers by kind."""

    lists: list[ListItem]
    kinds: dict[AnnouncementKind, int] = Field(description="How many papers of each kind.")


class TrendingDays(Listing):
    """The days of which a list of trending papers is stored, the newest first."""

    items: list[date]


class TrendingPaperItem(BaseModel):
    """A trending paper: its rank from 1, our record of it, and Hugging Face's numbers."""

    rank: int
    paper: PaperItem
    facts: HubNumbers


class TrendingDay(BaseModel):
    """The papers that trended at Hugging Face on a day, most votes first."""

    trending_on: date
    items: list[TrendingPaperItem]


@router.get("/editions", response_model=EditionList, summary="List editions", tags=["editions"])
def list_all(request: Request, site: CurrentSite, limit: Limit = 30, cursor: Cursor = None) -> Response:
    """The days of the newsletter, the newest first."""
    position = read_position(site, "editions", {"limit": limit}, cursor)
    with reading(site.runtime.database) as session:
        before = date.fromisoformat(str(position[0])) if position else None
        found = list_editions(session, before=before, limit=limit + 1)
    shown = found[:limit]
    further = [str(shown[-1].edition_on)] if len(found) > limit else None
    return reply_page(
        request,
        EditionList(
            items=[EditionItem(**_values(site, edition)) for edition in shown],
            next=next_page(site, "/editions", "editions", {"limit": limit}, further),
        ),
    )


@router.get("/editions/{day}", response_model=EditionDetail, summary="Get an edition", tags=["editions"])
def get_one(request: Request, site: CurrentSite, day: DayInPath) -> Response:
    """One edition, with what is known of each of its lists: complete, partial, late, none (a holiday) or error."""
    runtime = site.runtime
    with reading(runtime.database) as session:
        edition = get_edition(session, day)
        lists = list_entries(session, runtime.settings.categories, since=day, until=day).get(day, [])
    stored = find_day(runtime, day)
    kinds = [item.kind for item in stored.announced] if stored else []
    body = EditionDetail(
        **_values(site, edition),
        lists=[_list_item(entry) for entry in lists],
        kinds={kind: kinds.count(kind) for kind in AnnouncementKind},
    )
    is_settled = edition.composed_at is not None and all(
        entry.verdict.judgement is Judgement.COMPLETE for entry in lists
    )
    return reply(request, body, cache_control=FOR_EVER if is_settled else PUBLIC_FOR_MINUTES)


@router.get("/trending", response_model=TrendingDays, summary="List days with trending papers", tags=["trending"])
def list_days(request: Request, site: CurrentSite, limit: Limit = 30, cursor: Cursor = None) -> Response:
    """The days of which Hugging Face's list is stored, the newest first."""
    position = read_position(site, "trending", {"limit": limit}, cursor)
    before = date.fromisoformat(str(position[0])) if position else None
    with reading(site.runtime.database) as session:
        found = list_trending_days(session, before=before, limit=limit + 1)
    further = [str(found[limit - 1])] if len(found) > limit else None
    body = TrendingDays(
        items=list(found[:limit]), next=next_page(site, "/trending", "trending", {"limit": limit}, further)
    )
    return reply_page(request, body)


@router.get("/trending/{day}", response_model=TrendingDay, summary="Get a day's trending papers", tags=["trending"])
def get_trending(request: Request, site: CurrentSite, day: DayInPath) -> Response:
    """The papers that trended on a day, with votes, comments, organisation, code and stars as they were collected."""
    runtime = site.runtime
    with reading(runtime.database) as session:
        found = list_trending(session, day)
        texts = [text for item in found for text in (item.paper.title_source, item.paper.abstract_source)]
        known = recall(session, texts, source=SOURCE, target=runtime.language)
    if not found:
        raise NotFoundError(f"No trending papers of {day} are stored.")
    shown = {source: to_unicode(text) for source, text in known.items()}
    items = [
        TrendingPaperItem(
            rank=rank,
            paper=stored_item(
                item.paper,
                runtime.settings.public_url,
                Translated(
                    language=runtime.language,
                    title=shown.get(item.paper.title_source),
                    abstract=shown.get(item.paper.abstract_source),
                ),
            ),
            facts=hub_numbers(item.paper.arxiv_id, item.facts),
        )
        for rank, item in enumerate(found, start=1)
    ]
    return reply(request, TrendingDay(trending_on=day, items=items))


def _values(site: Site, edition: Edition) -> dict[str, Any]:
    url, day = site.runtime.settings.public_url, edition.edition_on
    return {
        "day": day,
        "paper_count": edition.paper_count,
        "announced_at": edition.announced_at,
        "opened_at": edition.opened_at,
        "composed_at": edition.composed_at,
        "is_sample": edition.is_sample,
        "links": EditionLinks(
            self=address(site, f"/editions/{day}"),
            papers=address(site, f"/papers?day={day}"),
            page=f"{url}/day/{day}",
            feed=f"{url}/day/{day}/feed.atom",
        ),
    }


def _list_item(entry: LedgerEntry) -> ListItem:
    return ListItem(
        category=entry.category,
        judgement=entry.verdict.judgement,
        reason=entry.verdict.reason,
        missing_count=entry.verdict.missing_count,
        changed_at=entry.changed_at,
    )
