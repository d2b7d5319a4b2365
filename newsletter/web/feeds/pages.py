"""The feeds' addresses."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response, StreamingResponse

from newsletter.db.engine import reading
from newsletter.digests.digest import Digest
from newsletter.digests.history import list_rows
from newsletter.digests.load import load_digests, thaw
from newsletter.editions.store import Edition, list_editions
from newsletter.errors import QuerySyntaxError
from newsletter.papers.calendar import announced_at
from newsletter.papers.ledger_store import LedgerEntry, list_entries
from newsletter.queries.language import format_query, parse_query
from newsletter.runtime import Runtime
from newsletter.search.found import SearchOrder
from newsletter.search.sequence import sequence_of
from newsletter.search.store import last_read_at
from newsletter.subscribers.subscriber import Subscriber
from newsletter.translation.totals import find_newest_id
from newsletter.web.api.problems import Kind, Problem, answer_problem
from newsletter.web.caching import PRIVATE_FOR_MINUTES, PUBLIC_FOR_MINUTES, Fresh, answer, etag_of, is_known
from newsletter.web.client import client_address
from newsletter.web.days import PublicDay, find_day, show_papers
from newsletter.web.feeds import addresses
from newsletter.web.feeds.entries import digest_entry, edition_entry, found_entry, newest_of, paper_entry
from newsletter.web.feeds.feed import MEDIA_TYPE, NAME, Feed, tag_uri, write_atom
from newsletter.web.feeds.memory import FeedMemory, Written
from newsletter.web.limits import Policy, network_name
from newsletter.web.links import find_reader
from newsletter.web.pages.day import read_date
from newsletter.web.site import CurrentSite, Site

MOST_ENTRIES = 100
EDITIONS = 30
DIGESTS = 15
_PAPERS_A_PART = 50
_CONTENT_TYPE = f"{MEDIA_TYPE}; charset=utf-8"
POLICY = Policy(name="feeds", quota=60, within=timedelta(minutes=1))
"""Every query is searched for anew: a reader of feeds asks for a few, and not every second."""
_SUBTITLE = "The morning paper of arXiv, in English and Chinese · arXiv 中英双语晨报"

router = APIRouter()


@router.api_route("/feeds/query.atom", methods=["GET", "HEAD"])
def show_query_feed(request: Request, site: CurrentSite, q: str = "") -> Response:
    """Send the newest papers that match a query; 400 for one that cannot be read."""
    runtime = site.runtime
    standing = request.app.state.limiter.take(
        POLICY, network_name(client_address(request, runtime.settings.trusted_proxies))
    )
    if not standing.is_admitted:
        problem = Problem(kind=Kind.TOO_MANY_REQUESTS, detail=f"Ask again in {standing.reset_seconds} seconds.")
        return answer_problem(problem, runtime.settings.public_url, standing.headers)
    try:
        canonical = format_query(parse_query(q))
    except QuerySyntaxError as error:
        more = {"position": error.position, "suggestion": error.suggestion}
        problem = Problem(kind=Kind.BAD_QUERY, detail=str(error), more=more)
        return answer_problem(problem, runtime.settings.public_url)
    with reading(runtime.database) as session:
        state = (*list_editions(session, limit=1), find_newest_id(session))
    return _remembered(request, site, f"query {canonical}", state, lambda: _query_feed(runtime, canonical))


@router.api_route("/feeds/editions.atom", methods=["GET", "HEAD"])
def show_editions_feed(request: Request, site: CurrentSite) -> Response:
    """Send the newest editions, with what is known of their lists."""
    runtime = site.runtime
    with reading(runtime.database) as session:
        editions = list_editions(session, limit=EDITIONS)
        days = [edition.edition_on for edition in editions]
        categories = runtime.settings.categories
        judged = list_entries(session, categories, since=min(days), until=max(days)) if days else {}
    lists = [judged.get(day, []) for day in days]
    state = (*editions, *(entry for entries in lists for entry in entries))
    return _remembered(request, site, "editions", state, lambda: _editions_feed(runtime, editions, lists))


@router.api_route("/day/{written}/feed.atom", methods=["GET", "HEAD"])
def show_day_feed(request: Request, written: str, site: CurrentSite) -> Response:
    """Send all papers of an edition."""
    runtime = site.runtime
    day = find_day(runtime, read_date(written))
    if day is None:
        raise HTTPException(404)
    ids = [place.arxiv_id for place in day.announced]
    with reading(runtime.database) as session:
        read_at = None if day.is_sample else last_read_at(session, list(map(sequence_of, ids)))
        state = (*ids, day.is_sample, find_newest_id(session), read_at)
    return _streamed(request, site, f"day {day.edition_on}", state, lambda: _day_feed(runtime, day))


@router.api_route("/feeds/{token}/digests.atom", methods=["GET", "HEAD"])
def show_digests_feed(request: Request, token: str, site: CurrentSite) -> Response:
    """Send a reader's newest digests to whoever has their link; 404 for any link that is not valid."""
    runtime = site.runtime
    with reading(runtime.database) as session:
        reader = find_reader(session, runtime.tokens, "feed", token)
        if reader is None:
            return site.bad_link()
        rows = list_rows(session, reader.id, limit=DIGESTS)
        newest = find_newest_id(session)
    ids = [row.id or 0 for row in rows]
    state = (token, *ids, newest)

    def make() -> Feed:
        with reading(runtime.database) as session:
            digests = load_digests(
                session, [thaw(row, reader.token_version) for row in rows], runtime.addresses, language=runtime.language
            )
        return _digests_feed(runtime, reader, token, list(zip(ids, digests, strict=True)))

    # its links are signed anew each time, so its bytes do not tell whether it is the same
    return _remembered(request, site, f"reader {reader.id}", state, make, etag=etag_of(*map(str, state)))


def _query_feed(runtime: Runtime, canonical: str) -> Feed:
    url = runtime.settings.public_url
    found = runtime.search(canonical, order=SearchOrder.DATE, per_page=MOST_ENTRIES).found
    # a paper of no list was never announced: it is known because it trends
    entries = [found_entry(one, one.listed_on, runtime.addresses, runtime.language) for one in found if one.listed_on]
    return Feed(
        id=tag_uri(url, "query", urlencode({"q": canonical})),
        title=f"{canonical} · {NAME}",
        subtitle=_SUBTITLE,
        self_url=url + addresses.query_feed(canonical),
        page_url=f"{url}/search?{urlencode({'q': canonical})}",
        updated_at=newest_of(entries),
        entries=entries,
    )


def _day_feed(runtime: Runtime, day: PublicDay) -> Feed:
    url = runtime.settings.public_url
    parts = (day.announced[start : start + _PAPERS_A_PART] for start in range(0, len(day.announced), _PAPERS_A_PART))
    return Feed(
        id=tag_uri(url, "day", str(day.edition_on)),
        title=f"{day.edition_on} · {NAME}",
        subtitle=_SUBTITLE,
        self_url=url + addresses.day_feed(day.edition_on),
        page_url=f"{url}/day/{day.edition_on}",
        updated_at=announced_at(day.edition_on),
        entries=(
            paper_entry(one.paper, day.edition_on, url) for part in parts for one in show_papers(runtime, day, part)
        ),
    )


def _editions_feed(runtime: Runtime, editions: Sequence[Edition], lists: Sequence[Sequence[LedgerEntry]]) -> Feed:
    url = runtime.settings.public_url
    entries = [
        edition_entry(edition, judged, url, runtime.language) for edition, judged in zip(editions, lists, strict=True)
    ]
    return Feed(
        id=tag_uri(url, "editions"),
        title=NAME,
        subtitle=_SUBTITLE,
        self_url=f"{url}{addresses.EDITIONS}",
        page_url=url,
        updated_at=newest_of(entries),
        entries=entries,
    )


def _digests_feed(runtime: Runtime, reader: Subscriber, token: str, digests: Sequence[tuple[int, Digest]]) -> Feed:
    url = runtime.settings.public_url
    entries = [digest_entry(digest, digest_id, url) for digest_id, digest in digests]
    return Feed(
        id=tag_uri(url, "reader", str(reader.id)),
        title=f"{NAME} · my digests · 我的晨报",
        subtitle=_SUBTITLE,
        self_url=f"{url}/feeds/{token}/digests.atom",
        page_url=url,
        updated_at=newest_of(entries, default=reader.created_at),
        entries=entries,
    )


def _remembered(
    request: Request, site: Site, key: str, state: Hashable, make: Callable[[], Feed], *, etag: str | None = None
) -> Response:
    """Answer with a feed as it was written a few minutes ago, if nothing changed since; private where a tag is given."""
    now = site.runtime.clock()

    def write() -> Written:
        document = b"".join(write_atom(make()))
        return Written(document=document, etag=etag or etag_of(document), changed_at=now)

    memory: FeedMemory = request.app.state.feeds
    written = memory.get(key, state, write, now=now)
    cache_control = PRIVATE_FOR_MINUTES if etag else PUBLIC_FOR_MINUTES
    fresh = Fresh(etag=written.etag, changed_at=written.changed_at, cache_control=cache_control)
    return answer(request, written.document, fresh, media_type=_CONTENT_TYPE)


def _streamed(request: Request, site: Site, key: str, state: Hashable, make: Callable[[], Feed]) -> Response:
    """Answer with a long feed while it is written, if it was not a few minutes ago; the state alone tells what it says."""
    now = site.runtime.clock()
    memory: FeedMemory = request.app.state.feeds
    known = memory.find(key, state, now=None)
    fresh = Fresh(etag=etag_of(repr(state)), changed_at=known.changed_at if known else now)
    if known or request.method == "HEAD" or is_known(request.headers, fresh):
        return answer(request, known.document if known else b"", fresh, media_type=_CONTENT_TYPE)

    def write() -> Iterator[bytes]:
        pieces: list[bytes] = []
        for piece in write_atom(make()):
            pieces.append(piece)
            yield piece
        written = Written(document=b"".join(pieces), etag=fresh.etag, changed_at=now)
        memory.keep(key, state, written, now=now)

    return StreamingResponse(write(), media_type=_CONTENT_TYPE, headers=fresh.headers)
