"""What is a reader's own: keywords, preferences, digests and deliveries."""

from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from newsletter.api_tokens.token import Scope
from newsletter.db.engine import reading
from newsletter.deliveries.browse_store import list_of_reader
from newsletter.digests.history import list_rows
from newsletter.digests.store import is_trending_occasion
from newsletter.editions.sign_up import parse_keywords
from newsletter.errors import InputError, NotFoundError
from newsletter.runtime.api import Caller
from newsletter.subscribers.store import get_subscriber
from newsletter.subscribers.subscriber import Subscriber
from newsletter.web.api.access import allow, reader_of
from newsletter.web.api.answers import PRIVATE, address, next_page, read_position, reply, reply_page
from newsletter.web.api.cursors import Position
from newsletter.web.api.fields import DEFAULT_LIMIT, Cursor, DayInPath, Limit
from newsletter.web.api.me_shapes import (
    DeliveryList,
    DigestDetail,
    DigestItem,
    DigestList,
    Keywords,
    NewKeywords,
    NewPreferences,
    PreferencesItem,
    Profile,
    changed,
    digest_detail,
    keywords_of,
    own_delivery,
    preferences_of,
)
from newsletter.web.site import CurrentSite, Site

router = APIRouter(prefix="/me", tags=["me"])

Reading = Annotated[Caller, Depends(allow(Scope.ME_READ))]
Writing = Annotated[Caller, Depends(allow(Scope.ME_WRITE))]


@router.get("", response_model=Profile, summary="Get my profile")
def get_profile(request: Request, caller: Reading) -> Response:
    """Who the token speaks for."""
    reader = reader_of(caller)
    body = Profile(
        email=reader.email,
        name=reader.name,
        consent=reader.consent,
        created_at=reader.created_at,
        confirmed_at=reader.confirmed_at,
    )
    return reply(request, body, cache_control=PRIVATE)


@router.get("/subscriptions", response_model=Keywords, summary="Get my keywords")
def get_keywords(request: Request, caller: Reading) -> Response:
    """My keywords in their order."""
    return reply(request, keywords_of(reader_of(caller)), cache_control=PRIVATE)


@router.put("/subscriptions", response_model=Keywords, summary="Replace my keywords")
def put_keywords(request: Request, site: CurrentSite, caller: Writing, wanted: NewKeywords) -> Response:
    """Have exactly these keywords, all or none; a keyword that cannot be read is 400 and says how to mend it.

    Of two keywords that mean the same, the first stays.
    """
    reader = reader_of(caller)
    parsed = [replace(parse_keywords([item.keyword])[0], is_paused=item.is_paused) for item in wanted.items]
    site.runtime.save_choices(reader, parsed, reader.preferences)
    return reply(request, keywords_of(_again(site, reader)), cache_control=PRIVATE)


@router.get("/preferences", response_model=PreferencesItem, summary="Get my preferences")
def get_preferences(request: Request, caller: Reading) -> Response:
    """My choices."""
    return reply(request, preferences_of(reader_of(caller)), cache_control=PRIVATE)


@router.put("/preferences", response_model=PreferencesItem, summary="Change my preferences")
def put_preferences(request: Request, site: CurrentSite, caller: Writing, wanted: NewPreferences) -> Response:
    """Have these choices, all or none; those left out stay. `hour`, `weekly_on` and `paused_until` are ended by null."""
    reader = reader_of(caller)
    choices = (*site.runtime.choices, reader.preferences.languages)
    if wanted.languages is not None and wanted.languages not in choices:
        raise InputError(f"languages: choose one of {', '.join(choices)}.")
    site.runtime.save_choices(reader, reader.subscriptions, changed(reader.preferences, wanted))
    return reply(request, preferences_of(_again(site, reader)), cache_control=PRIVATE)


@router.get("/digests", response_model=DigestList, summary="List my digests")
def list_digests(
    request: Request, site: CurrentSite, caller: Reading, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """My digests, the newest first."""
    reader = reader_of(caller)
    filters = {"limit": limit}
    position = read_position(site, f"digests {reader.id}", filters, cursor)
    before = (date.fromisoformat(str(position[0])), int(position[1])) if position else None
    with reading(site.runtime.database) as session:
        rows = list_rows(session, reader.id, limit=limit + 1, before=before)
    items = [
        DigestItem(
            id=row.id or 0,
            day=row.edition_on,
            composed_at=row.composed_at,
            paper_count=row.paper_count,
            is_trending=is_trending_occasion(row.occasion),
            self=address(site, f"/me/digests/{row.edition_on}" + "?trending=true" * is_trending_occasion(row.occasion)),
        )
        for row in rows[:limit]
    ]
    further: Position | None = [str(items[-1].day), items[-1].id] if len(rows) > limit else None
    body = DigestList(items=items, next=next_page(site, "/me/digests", f"digests {reader.id}", filters, further))
    return reply_page(request, body, cache_control=PRIVATE)


@router.get("/digests/{day}", response_model=DigestDetail, summary="Get a digest of mine")
def get_digest(
    request: Request,
    site: CurrentSite,
    caller: Reading,
    day: DayInPath,
    trending: Annotated[bool, Query(description="The mail of its own for trending papers.")] = False,
) -> Response:
    """My digest of a day with all its papers, as it was frozen."""
    runtime, reader = site.runtime, reader_of(caller)
    found = (runtime.load_trending if trending else runtime.load_digest)(reader.id, day)
    if found is None:
        raise NotFoundError(f"There is no such digest of {day}.")
    return reply(request, digest_detail(found, runtime.settings.public_url), cache_control=PRIVATE)


@router.get("/deliveries", response_model=DeliveryList, summary="List my deliveries")
def list_deliveries(
    request: Request, site: CurrentSite, caller: Reading, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """Every mail that was promised to me, the newest first, and what became of it."""
    reader = reader_of(caller)
    filters = {"limit": limit}
    position = read_position(site, f"deliveries {reader.id}", filters, cursor)
    before = int(position[0]) if position else None
    with reading(site.runtime.database) as session:
        found = list_of_reader(session, reader.id, before=before, limit=limit + 1)
    items = [own_delivery(one) for one in found[:limit]]
    further = [items[-1].id] if len(found) > limit else None
    body = DeliveryList(
        items=items, next=next_page(site, "/me/deliveries", f"deliveries {reader.id}", filters, further)
    )
    return reply_page(request, body, cache_control=PRIVATE)


def _again(site: Site, reader: Subscriber) -> Subscriber:
    with reading(site.runtime.database) as session:
        return get_subscriber(session, reader.id)
