"""arXiv's Atom feeds: the day's announcement as rebuilt at midnight US Eastern, with versions, without comments.

Source: https://info.arxiv.org/help/rss_specifications.html. A feed holds at most 2000 items and drops *new* ones first,
and has been seen to serve yesterday's items under today's date: only comparing it with a listing tells.
"""

import io
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import feedparser
import requests

from newsletter.errors import Fault, InputError, SourceError
from newsletter.papers.deadlines import eastern_date
from newsletter.papers.paper import Announced, Announcement, AnnouncementKind, ArxivId, Paper, parse_arxiv_id
from newsletter.papers.sources.document import Document, RefusedError, fetch_document
from newsletter.papers.sources.record import make_paper, split_authors

SOURCE = "feed"
MAX_ITEMS = 2000

_ABSTRACT = re.compile(r"\A.*?Announce Type:.*?Abstract:\s*", re.DOTALL)
_KINDS = {
    "new": AnnouncementKind.NEW,
    "cross": AnnouncementKind.CROSS,
    "replace": AnnouncementKind.REPLACE,
    "replace-cross": AnnouncementKind.REPLACE,
}


def fetch_feed(session: requests.Session, origin: str, category: str) -> Announcement:
    """Return what the feed of an archive or category shows; see `parse_feed` for the errors."""
    try:
        body = fetch_document(session, f"{origin}/atom/{category}", expect=Document.FEED)
    except RefusedError as error:
        if error.status not in (requests.codes.bad_request, requests.codes.not_found):
            raise
        raise SourceError(
            f"arXiv has no feed of {category!r}; set NEWSLETTER_CATEGORIES to archives or categories named at "
            "https://arxiv.org/category_taxonomy, such as cs or cs.LG,cs.RO.",
            retryable=False,
            fault=Fault.REFUSED,
        ) from error
    return parse_feed(body, category)


def parse_feed(body: bytes, category: str) -> Announcement:
    """Read an Atom feed of arXiv as an announcement in the order new, cross, replace.

    A feed without items (weekends, holidays) gives an announcement with none under the date the feed was built: that day
    has no list. Raises SourceError (retryable) for anything that is not a whole feed.
    """
    # as a stream: feedparser would take a text for a file name; with a content type, or it would guess one
    found = feedparser.parse(io.BytesIO(body), response_headers={"content-type": "application/atom+xml; charset=utf-8"})
    if found.bozo or not found.get("version"):
        raise _broken(category, f"it is not a whole feed ({found.get('bozo_exception', 'no root element')})")
    seen: dict[ArxivId, tuple[AnnouncementKind, Paper]] = {}
    for kind, paper in sorted((_read_entry(entry, category) for entry in found.entries), key=_rank):
        seen.setdefault(paper.arxiv_id, (kind, paper))
    return Announcement(
        category=category,
        listed_on=_read_date(found, category),
        source=SOURCE,
        announced=tuple(Announced(paper=p, kind=k, position=at) for at, (k, p) in enumerate(seen.values())),
    )


def _rank(item: tuple[AnnouncementKind, Paper]) -> int:
    return list(AnnouncementKind).index(item[0])


def _read_date(found: Mapping[str, Any], category: str) -> date:
    """Return the Eastern date of the items, or of the feed when it has none."""
    texts = {entry.get("published", "") for entry in found["entries"]} or {found["feed"].get("updated", "")}
    try:
        days = {eastern_date(datetime.fromisoformat(text)) for text in texts}
    except ValueError as error:
        raise _broken(category, "it does not say which day it is for") from error
    if len(days) != 1:
        raise _broken(category, f"its items are of {len(days)} different days")
    return days.pop()


def _read_entry(entry: Mapping[str, Any], category: str) -> tuple[AnnouncementKind, Paper]:
    try:
        arxiv_id, version = parse_arxiv_id(entry.get("id", "").removeprefix("oai:arXiv.org:"))
        kind = _KINDS[entry["arxiv_announce_type"]]
    except (InputError, KeyError) as error:
        raise _broken(category, f"an item has no identifier or announce type ({entry.get('id')!r})") from error
    return kind, make_paper(
        arxiv_id,
        version or 1,
        title=entry.get("title", ""),
        authors=split_authors(entry.get("author", "")),
        abstract=_ABSTRACT.sub("", entry.get("summary", ""), count=1),
        categories=[tag["term"] for tag in entry.get("tags", [])] or [category],
        comment=None,
    )


def _broken(category: str, reason: str) -> SourceError:
    return SourceError(
        f"arXiv's feed of {category} cannot be used: {reason}. It is usually well again after some minutes.",
        retryable=True,
    )
