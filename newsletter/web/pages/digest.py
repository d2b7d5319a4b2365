"""A reader's digest of a day in the browser: everything, nothing cut."""

from collections.abc import Callable, Mapping
from datetime import date

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from newsletter.db.engine import reading
from newsletter.digests.digest import Digest, Entry, Section
from newsletter.digests.figures import figures_of
from newsletter.digests.wording import summary
from newsletter.queries.query import Query
from newsletter.translation.keywords import read_keyword
from newsletter.web.links import find_reader
from newsletter.web.pages.day import read_date
from newsletter.web.shown import NumberedPaper
from newsletter.web.site import CurrentSite, Site

router = APIRouter()


@router.get("/digest/{token}/{written}")
def show_digest(token: str, written: str, site: CurrentSite) -> HTMLResponse:
    """Show the frozen digest that was mailed, or say that there is none of that day."""
    return _page(site, token, written, site.runtime.load_digest)


@router.get("/digest/{token}/{written}/trending")
def show_trending(token: str, written: str, site: CurrentSite) -> HTMLResponse:
    """Show the trending papers that were mailed on their own, or say that there are none of that day."""
    return _page(site, token, written, site.runtime.load_trending)


def _page(site: Site, token: str, written: str, load: Callable[[int, date], Digest | None]) -> HTMLResponse:
    edition_on = read_date(written)
    with reading(site.runtime.database) as session:
        reader = find_reader(session, site.runtime.tokens, "digest", token)
    if reader is None:
        return site.bad_link()
    site = site.speaking(reader.preferences.languages.codes[0])
    digest = load(reader.id, edition_on)
    if digest is None:
        manage_url = site.runtime.addresses.manage_url(reader.id, reader.token_version)
        return site.page("archive/no_digest.html", status=404, edition_on=edition_on, manage_url=manage_url)
    return site.page(
        "archive/digest.html",
        digest=digest,
        summary=summary(figures_of(digest), site.language),
        notes=[note[site.language] for note in digest.notes],
        sections=_number(digest),
    )


def _number(digest: Digest) -> list[tuple[Section, list[NumberedPaper]]]:
    sections = [section for section in digest.keyword_sections if not section.is_authors]
    queries = {section.keyword: read_keyword(section.query) for section in sections}
    return [
        (section, [_numbered(number, entry, section, queries) for number, entry in enumerate(section.entries, start=1)])
        for section in digest.sections
    ]


def _numbered(number: int, entry: Entry, section: Section, queries: Mapping[str, Query]) -> NumberedPaper:
    return NumberedPaper(
        number=number,
        paper=entry.paper,
        queries=tuple(queries[keyword] for keyword in entry.matched if keyword in queries),
        also=() if section.is_trending else tuple(text for text in entry.matched if text != section.keyword),
        matches=entry.matched if section.is_trending else (),
    )
