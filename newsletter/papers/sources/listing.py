"""arXiv's listing pages `/list/{category}/new`: the first to show an announcement, and the only source that counts it.

Structure as arXiv's own templates make it: a heading with the date, then up to three sections ("New submissions (showing
X of Y entries)") of dt/dd pairs. Addresses in texts read "this https URL" there; they are restored from their links.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import requests
from lxml import etree, html

from newsletter.errors import Fault, InputError, SourceError
from newsletter.papers.paper import Announced, Announcement, AnnouncementKind, ArxivId, Paper, parse_arxiv_id
from newsletter.papers.sources.document import Document, RefusedError, fetch_document
from newsletter.papers.sources.record import fold, make_paper

SOURCE = "listing"
PAGE_SIZE = 2000  # the most arXiv shows on one page
MAX_PAGES = 20

_DATE = re.compile(r"Showing new listings for \w+, (\d{1,2}) (\w+) (\d{4})", re.IGNORECASE)
_SECTION = re.compile(r"(new|cross|replacement)\b.*\bshowing\D*(\d+) of (\d+) entr", re.IGNORECASE)
_ALL_ENTRIES = re.compile(r"Total of (\d+) entr", re.IGNORECASE)
_CODE = re.compile(r"\(([^()]+)\)\s*\Z")
_LINK_TEXT = re.compile(r"this \w+ URL\Z")
_HTML_VERSION = re.compile(r"/html/[^?#]*v(\d+)\Z")
_MONTHS = "january february march april may june july august september october november december"
_KINDS = {"new": AnnouncementKind.NEW, "cross": AnnouncementKind.CROSS, "replacement": AnnouncementKind.REPLACE}
_LEAST_VERSION = {AnnouncementKind.NEW: 1, AnnouncementKind.CROSS: 1, AnnouncementKind.REPLACE: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPage:
    """One page of a listing: its entries in order, and what the site says the whole list holds."""

    listed_on: date
    entries: tuple[tuple[AnnouncementKind, Paper], ...]
    totals: dict[AnnouncementKind, int]
    total: int
    """Entries on all pages together, also of sections that begin on a later page."""


def fetch_listing(session: requests.Session, origin: str, category: str, *, page_size: int = PAGE_SIZE) -> Announcement:
    """Return the newest announcement list of an archive or category, all its pages together.

    Raises SourceError when arXiv does not give the list, gives only a part of it, or does not know the category (that
    one is not retryable).
    """
    pages = [_fetch_page(session, origin, category, skip=0, show=page_size)]
    while (found := sum(len(page.entries) for page in pages)) < pages[0].total:
        if not pages[-1].entries or len(pages) == MAX_PAGES:
            raise broken_listing(category, f"its pages show {found} of {pages[0].total} entries")
        pages.append(_fetch_page(session, origin, category, skip=found, show=page_size))
        if pages[-1].listed_on != pages[0].listed_on:
            raise broken_listing(category, "it changed to the next day's while it was being read")
    return _join(pages, category, is_all=True)


def parse_listing(page: str | bytes, category: str) -> Announcement:
    """Read one page of a listing; `totals` may say that the list goes on over further pages.

    A page that says "No updates today" under its date is an announcement with nothing in it: arXiv announced that day,
    but nothing in this category. Without a date it says nothing about any day. Raises SourceError (retryable) for that,
    and for a page without its headings, without an entry's title, or with fewer entries than it says it shows.
    """
    return _join([_parse_page(page, category)], category, is_all=False)


def fetch_page(session: requests.Session, origin: str, category: str, path: str) -> bytes:
    """Return the body of a listing page; raises SourceError, not retryable for a category that arXiv does not know."""
    try:
        return fetch_document(session, origin + path, expect=Document.PAGE)
    except RefusedError as error:
        if error.status not in (requests.codes.bad_request, requests.codes.not_found):
            raise
        raise SourceError(
            f"arXiv has no listing of {category!r}; set NEWSLETTER_CATEGORIES to archives or categories named at "
            "https://arxiv.org/category_taxonomy, such as cs or cs.LG,cs.RO.",
            retryable=False,
            fault=Fault.REFUSED,
        ) from error


def _fetch_page(session: requests.Session, origin: str, category: str, *, skip: int, show: int) -> ListingPage:
    body = fetch_page(session, origin, category, f"/list/{category}/new?skip={skip}&show={show}")
    return _parse_page(body, category)


def _join(pages: list[ListingPage], category: str, *, is_all: bool) -> Announcement:
    totals = dict.fromkeys(AnnouncementKind, 0)
    for page in pages:
        totals |= page.totals  # a section that goes on names the same total on each of its pages
    seen: dict[ArxivId, tuple[AnnouncementKind, Paper]] = {}
    found = dict.fromkeys(AnnouncementKind, 0)
    for kind, paper in (entry for page in pages for entry in page.entries):
        found[kind] += 1
        seen.setdefault(paper.arxiv_id, (kind, paper))  # sections come strongest kind first
    if is_all and found != totals:
        raise broken_listing(category, f"it should hold {_counts(totals)} entries, but shows {_counts(found)}")
    announced = tuple(Announced(paper=paper, kind=kind, position=at) for at, (kind, paper) in enumerate(seen.values()))
    if is_all:  # a paper that stands in two sections is one paper, and no other one is missing
        totals = {kind: sum(item.kind is kind for item in announced) for kind in AnnouncementKind}
    return Announcement(
        category=category, listed_on=pages[0].listed_on, source=SOURCE, announced=announced, totals=totals
    )


def _counts(counts: dict[AnnouncementKind, int]) -> str:
    return " + ".join(str(counts[kind]) for kind in AnnouncementKind)


def _parse_page(page: str | bytes, category: str) -> ListingPage:
    root = parse_html(page, category)
    listed_on: date | None = None
    shown, totals = dict.fromkeys(AnnouncementKind, 0), dict[AnnouncementKind, int]()
    entries: list[tuple[AnnouncementKind, Paper]] = []
    kind, term = None, None
    for element in root.iter("h3", "dt", "dd"):
        if element.tag == "h3":
            heading = fold(element.text_content())
            listed_on = listed_on or _read_date(heading)
            if section := _SECTION.match(heading):
                kind = _KINDS[section[1].lower()]
                shown[kind], totals[kind] = int(section[2]), int(section[3])
        elif element.tag == "dt":
            term = element
        elif kind is not None and term is not None:
            entries.append((kind, read_entry(term, element, kind, category)))
            term = None
    return _checked(root, category, listed_on, entries, shown, totals)


def _checked(
    root: html.HtmlElement,
    category: str,
    listed_on: date | None,
    entries: list[tuple[AnnouncementKind, Paper]],
    shown: dict[AnnouncementKind, int],
    totals: dict[AnnouncementKind, int],
) -> ListingPage:
    if listed_on is None:
        raise broken_listing(category, "it does not say which day it is for")
    if not totals and "No updates today" not in root.text_content():
        raise broken_listing(category, "it has neither entries nor the words that there are none")
    for kind, expected in shown.items():
        found = sum(known is kind for known, _ in entries)
        if found != expected:
            raise broken_listing(category, f"it says that it shows {expected} {kind} entries, but {found} are there")
    total = read_total(root) or sum(totals.values())
    return ListingPage(listed_on=listed_on, entries=tuple(entries), totals=totals, total=total)


def read_total(root: html.HtmlElement) -> int | None:
    """Return how many entries a listing says it has on all its pages together; None when it does not say."""
    counted = _ALL_ENTRIES.search(root.text_content())
    return int(counted[1]) if counted else None


def parse_html(page: str | bytes, category: str) -> html.HtmlElement:
    """Return a page's root element; raises SourceError (retryable) for an empty one."""
    body = page.encode() if isinstance(page, str) else page
    try:
        return html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8", huge_tree=True))
    except etree.ParserError as error:
        raise broken_listing(category, "it is empty") from error


def _read_date(heading: str) -> date | None:
    match = _DATE.search(heading)
    if not match or match[2].lower() not in _MONTHS.split():
        return None
    try:
        return date(int(match[3]), _MONTHS.split().index(match[2].lower()) + 1, int(match[1]))
    except ValueError:  # 31 February
        return None


def read_entry(term: html.HtmlElement, body: html.HtmlElement, kind: AnnouncementKind, category: str) -> Paper:
    """Read one dt/dd pair. The version shows in the HTML link if there is one; else it is the least it can be."""
    links = [str(link) for link in term.xpath(".//a/@href")]
    address = next((link.partition("/abs/")[2] for link in links if "/abs/" in link), "")
    title = _field(body, "list-title")
    try:
        arxiv_id, _ = parse_arxiv_id(address)
    except InputError as error:
        raise broken_listing(category, f"an entry has no identifier ({address!r})") from error
    if not fold(title):
        raise broken_listing(category, f"the entry {arxiv_id} has no title")
    version = next((int(match[1]) for link in links if (match := _HTML_VERSION.search(link))), _LEAST_VERSION[kind])
    return make_paper(
        arxiv_id,
        version,
        title=title,
        authors=_read_authors(body),
        abstract=next(map(_text, body.iterfind(".//p")), ""),
        categories=list(_read_subjects(body)) or [category],
        comment=_field(body, "list-comments"),
    )


def _read_authors(body: html.HtmlElement) -> list[str]:
    links = body.xpath(".//div[contains(@class, 'list-authors')]//a")
    return [_text(link) for link in links] or _field(body, "list-authors").split(",")


def _read_subjects(body: html.HtmlElement) -> Iterator[str]:
    """Yield the codes of the subjects, the primary one first, the others in the page's order."""
    primary = [_text(span) for span in body.xpath(".//span[contains(@class, 'primary-subject')]")]
    for subject in [*primary, *_field(body, "list-subjects").split(";")]:
        if name := fold(subject):
            code = _CODE.search(name)
            yield code[1] if code else name


def _field(body: html.HtmlElement, name: str) -> str:
    found = body.xpath(".//div[contains(@class, $name)]", name=name)
    return _text(found[0]) if found else ""


def _text(element: html.HtmlElement) -> str:
    """Return the text of an element without its label ("Title:"), with addresses instead of "this https URL"."""
    parts = [element.text or ""]
    for child in element:
        if child.tag == "a" and _LINK_TEXT.match(fold(child.text_content())):
            parts.append(child.get("href", ""))
        elif isinstance(child.tag, str) and child.get("class") != "descriptor":
            parts.append(_text(child))
        parts.append(child.tail or "")
    return "".join(parts)


def broken_listing(category: str, reason: str) -> SourceError:
    """Return the error about a listing page that cannot be used."""
    return SourceError(
        f"arXiv's listing of {category} cannot be used: {reason}. It is usually well again after some minutes.",
        retryable=True,
    )
