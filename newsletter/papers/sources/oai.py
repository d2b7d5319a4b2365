"""arXiv's OAI-PMH service: what was announced, replaced or otherwise changed since a date, each with all its versions.

A record has one datestamp, the day (UTC) of its last change, and being announced is a change on the date of the list. So
a paper with that day's stamp was replaced when its newest version is 2 or more; with version 1 it is new in its primary
category, or a cross-list elsewhere or when it was submitted long before. Two things blur that: a paper changed again has
left the day, and a corrected DOI or journal reference is a change like any other. A day's records are there from about
22:30 US Eastern of the evening before, 02:30 or 03:30 UTC of the day itself; earlier the answer is that there are none.
Sources: https://info.arxiv.org/help/oa/index.html, https://www.openarchives.org/OAI/openarchivesprotocol.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

import requests
from lxml import etree
from lxml.etree import _Element as Element

from newsletter.errors import Fault, InputError, SourceError
from newsletter.papers.paper import ArxivId, parse_arxiv_id
from newsletter.papers.sources.document import Document, fetch_document
from newsletter.papers.sources.record import OaiRecord, OaiVersion, fold, make_paper, split_authors
from newsletter.papers.taxonomy import is_known

BEGAN_ON = date(2005, 9, 16)
"""The earliest datestamp there is; arXiv refuses requests from an earlier day on."""
PREFIX = "oai:arXiv.org:"
_FORMAT = "arXivRaw"
_NAMES = {"oai": "http://www.openarchives.org/OAI/2.0/", "raw": "http://arxiv.org/OAI/arXivRaw/"}
_GROUPS = ("cs", "econ", "eess", "math", "q-bio", "q-fin", "stat")  # of one archive each; all others are in `physics`
_VERSION = re.compile(r"v([1-9][0-9]{0,3})\Z")
_JOINT = re.compile(r",?\s+(?:and|&)\s+|:\s+")
_ET_AL = re.compile(r"et\.?\s+al\b", re.IGNORECASE)
# a text may hold control characters, which XML forbids
_CONTROLS = bytes.maketrans(bytes(set(range(0x20)) - {0x09, 0x0A, 0x0D}), b" " * 29)


class ExpiredTokenError(SourceError):
    """arXiv no longer takes a resumption token (they last until midnight UTC): list again from the last page's date on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OaiPage:
    """One page of a list, in arXiv's order: by datestamp.

    `token` asks for the next page; None when this is the last one that was asked for. `total` and `cursor` (the records in
    the whole list and before this page) are None when arXiv does not say. `deleted` are papers that are no more.
    """

    records: tuple[OaiRecord, ...] = ()
    deleted: tuple[ArxivId, ...] = ()
    token: str | None = None
    token_expires_at: datetime | None = None
    total: int | None = None
    cursor: int | None = None


def set_spec(category: str) -> str:
    """Return the OAI set of an archive or category: `cs`, `cs:cs:AI`, `physics:hep-th`, `physics:astro-ph:GA`.

    The archive `physics` is `physics:physics`: the set `physics` is all archives of physics together. Raises InputError
    for a name that arXiv does not have.
    """
    if not is_known(category):
        raise InputError(
            f"arXiv has no archive or category {category!r}; take one named at https://arxiv.org/category_taxonomy, such "
            "as cs, cs.LG or hep-th."
        )
    if category in _GROUPS:
        return category
    archive = category.partition(".")[0]
    return f"{archive if archive in _GROUPS else 'physics'}:{category.replace('.', ':')}"


def list_changed(
    session: requests.Session,
    origin: str,
    category: str,
    *,
    since: date,
    until: date | None = None,
    token: str | None = None,
) -> Iterator[OaiPage]:
    """Yield the records of an archive or category with datestamps from `since` to `until`, page by page, oldest first.

    A page is asked for when the one before has been used: store each, with its token, and a broken-off run goes on from
    there by giving `token` with the same other arguments. No records are no pages. `until` is applied here, not by arXiv,
    which refuses a `since` after today (UTC).
    Raises InputError for an unknown category or a range that ends before it begins; while being read, SourceError when
    arXiv does not give a whole page, and of its kind ExpiredTokenError when it no longer takes the token.
    """
    if until is not None and until < since:
        raise InputError(f"The range ends ({until}) before it begins ({since}); swap the two dates.")
    begin = {"metadataPrefix": _FORMAT, "set": set_spec(category), "from": max(since, BEGAN_ON).isoformat()}
    return _read_pages(session, origin, begin if token is None else {"resumptionToken": token}, until)


def find_record(session: requests.Session, origin: str, arxiv_id: ArxivId) -> OaiRecord | None:
    """Return a paper's record; None when arXiv does not know the paper, or no longer.

    Raises SourceError when arXiv does not give a whole answer.
    """
    url = _url(origin, {"verb": "GetRecord", "identifier": PREFIX + arxiv_id, "metadataPrefix": _FORMAT})
    root = _open(fetch_document(session, url, expect=Document.OAI))
    if root is None:
        return None
    found = root.find("oai:GetRecord/oai:record", _NAMES)
    if found is None:
        raise _broken(f"the answer about {arxiv_id} has no record")
    return None if _is_deleted(found) else _read_record(found)


def parse_page(body: bytes) -> OaiPage:
    """Read one page of records; arXiv's answer that there are none is a page without records.

    Raises ExpiredTokenError; SourceError for anything that is not a whole page of whole records (retryable), and for
    every other error that arXiv reports (not retryable).
    """
    root = _open(body)
    if root is None:
        return OaiPage()
    elements = root.findall("oai:ListRecords/oai:record", _NAMES)
    if not elements:
        raise _broken("it has neither records nor the words that there are none")
    page = OaiPage(
        records=tuple(_read_record(element) for element in elements if not _is_deleted(element)),
        deleted=tuple(_read_id(element) for element in elements if _is_deleted(element)),
    )
    token = root.find("oai:ListRecords/oai:resumptionToken", _NAMES)
    return page if token is None else _with_token(page, token)


def _read_pages(
    session: requests.Session, origin: str, arguments: Mapping[str, str], until: date | None
) -> Iterator[OaiPage]:
    tokens: set[str] = set()
    while True:
        url = _url(origin, {"verb": "ListRecords", **arguments})
        page = parse_page(fetch_document(session, url, expect=Document.OAI))
        if not page.records and not page.deleted:
            return
        if until is not None:
            page = _cut(page, until)
        yield page
        if page.token is None:
            return
        if page.token in tokens:
            raise _broken("its list goes round in circles")
        tokens.add(page.token)
        arguments = {"resumptionToken": page.token}


def _cut(page: OaiPage, until: date) -> OaiPage:
    """Leave out what is later. When the page goes beyond `until` nothing further matters: arXiv lists by datestamp.

    OAI-PMH itself promises no order, so a page that is not in order ends nothing.
    """
    days = [record.datestamp for record in page.records]
    kept = replace(page, records=tuple(record for record in page.records if record.datestamp <= until))
    is_last = bool(days) and days[-1] > until and days == sorted(days)
    return replace(kept, token=None, token_expires_at=None) if is_last else kept


def _url(origin: str, arguments: Mapping[str, str]) -> str:
    return f"{origin}/oai?{urlencode(arguments)}"


def _open(body: bytes) -> Element | None:
    """Parse an answer; None when it says that there is no such thing."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(body.translate(_CONTROLS), parser)
    except etree.XMLSyntaxError as error:
        raise _broken("it is not well-formed XML") from error
    if root.tag != f"{{{_NAMES['oai']}}}OAI-PMH" or root.getroottree().docinfo.doctype:
        raise _broken("it is not an answer of OAI-PMH")
    problem = root.find("oai:error", _NAMES)
    if problem is None:
        return root
    code, said = problem.get("code", "error"), fold(problem.text or "") or "no reason given"
    if code in ("noRecordsMatch", "idDoesNotExist"):
        return None
    if code == "badResumptionToken":
        raise ExpiredTokenError(
            f"arXiv's OAI-PMH service no longer takes this resumption token ({said}); list again from its date on.",
            retryable=True,
        )
    raise SourceError(
        f"arXiv's OAI-PMH service refused the request ({code}: {said}).", retryable=False, fault=Fault.REFUSED
    )


def _with_token(page: OaiPage, element: Element) -> OaiPage:
    expires = element.get("expirationDate") or element.get("expires")  # arXiv has sent both
    try:
        expires_at = datetime.strptime(expires, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if expires else None
    except ValueError as error:
        raise _broken(f"its resumption token expires at {expires!r}") from error
    return replace(
        page,
        token=(element.text or "").strip() or None,
        token_expires_at=expires_at,
        total=_read_count(element.get("completeListSize")),
        cursor=_read_count(element.get("cursor")),
    )


def _read_count(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def _is_deleted(record: Element) -> bool:
    header = record.find("oai:header", _NAMES)
    return header is not None and header.get("status") == "deleted"


def _read_id(record: Element) -> ArxivId:
    name = record.findtext("oai:header/oai:identifier", "", _NAMES).strip()
    try:
        return parse_arxiv_id(name.removeprefix(PREFIX))[0]
    except InputError as error:
        raise _broken(f"a record has no identifier ({name!r})") from error


def _read_record(record: Element) -> OaiRecord:
    arxiv_id = _read_id(record)
    texts = {
        name: record.findtext(f"oai:metadata/raw:arXivRaw/raw:{name}", "", _NAMES).strip()
        for name in ("title", "authors", "categories", "comments", "abstract")
    }
    if missing := [name for name in ("title", "authors", "categories") if not texts[name]]:
        raise _broken(f"the record {arxiv_id} has no {' and no '.join(missing)}")
    datestamp, versions = _read_dates(record, arxiv_id)
    paper = make_paper(
        arxiv_id,
        versions[-1].number,
        title=texts["title"],
        authors=_split_authors(texts["authors"]),
        abstract=texts["abstract"],
        categories=texts["categories"].split(),
        comment=texts["comments"],
    )
    return OaiRecord(paper=paper, datestamp=datestamp, versions=versions)


def _read_dates(record: Element, arxiv_id: ArxivId) -> tuple[date, tuple[OaiVersion, ...]]:
    versions = record.iterfind("oai:metadata/raw:arXivRaw/raw:version", _NAMES)
    try:
        datestamp = date.fromisoformat(record.findtext("oai:header/oai:datestamp", "", _NAMES).strip())
        found = sorted((_read_version(version) for version in versions), key=lambda version: version.number)
    except (ValueError, OverflowError) as error:
        raise _broken(f"the record {arxiv_id} has an unreadable date or version ({error})") from error
    if not found:
        raise _broken(f"the record {arxiv_id} has no version")
    return datestamp, tuple(found)


def _read_version(version: Element) -> OaiVersion:
    number = _VERSION.match(version.get("version", ""))
    at = parsedate_to_datetime(version.findtext("raw:date", "", _NAMES))
    if number is None or at.tzinfo is None:
        raise ValueError(f"version {version.get('version')!r} of {at}")
    return OaiVersion(number=int(number[1]), submitted_at=at.astimezone(UTC))


def _split_authors(text: str) -> list[str]:
    """Split the line as it was typed in; arXiv's other sources send names that it has split in the same way."""
    return [name for name in split_authors(_JOINT.sub(", ", fold(text))) if not _ET_AL.match(name)]


def _broken(reason: str) -> SourceError:
    return SourceError(
        f"An answer of arXiv's OAI-PMH service cannot be used: {reason}. It is usually well again soon.", retryable=True
    )
