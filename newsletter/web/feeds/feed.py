"""A feed as a plain value, and as an Atom document (RFC 4287)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from lxml import etree
from markupsafe import Markup

MEDIA_TYPE = "application/atom+xml"
NAME = "Chenbao 晨报"
ARXIV_SCHEME = "http://arxiv.org/schemas/atom"
"""The scheme that arXiv's own feeds give for their categories."""
_ATOM = "http://www.w3.org/2005/Atom"
_SINCE = "2026"  # tags are minted from that year on (RFC 4151): whoever had the host before is somebody else
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link of an entry or a feed."""

    href: str
    rel: str = "alternate"
    type: str = "text/html"
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One entry; `categories` are (term, label), `content` is HTML."""

    id: str
    title: str
    updated_at: datetime
    content: Markup
    links: Sequence[Link]
    authors: Sequence[str] = ()
    categories: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed with its entries, the newest first; `updated_at` stands for the newest of them while there is none."""

    id: str
    title: str
    subtitle: str
    self_url: str
    page_url: str
    updated_at: datetime
    entries: Sequence[FeedEntry] = field(default=())

    @property
    def changed_at(self) -> datetime:
        """When the newest entry was made."""
        return max((entry.updated_at for entry in self.entries), default=self.updated_at)


def tag_uri(public_url: str, *parts: str) -> str:
    """Return an identifier that stays the same wherever the page moves: ``tag:host,2026:paper/2603.18074`` (RFC 4151)."""
    host = urlsplit(public_url).hostname or "localhost"
    return f"tag:{'localhost' if ':' in host else host},{_SINCE}:{'/'.join(parts)}"


def legal_text(text: str) -> str:
    """Return a text with what XML 1.0 cannot hold, such as control characters, replaced by U+FFFD."""
    return _ILLEGAL.sub("\ufffd", text)


def write_atom(feed: Feed) -> bytes:
    """Return the feed as an Atom document in UTF-8."""
    root = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})
    _text(root, "id", feed.id)
    _text(root, "title", feed.title)
    _text(root, "subtitle", feed.subtitle)
    _text(root, "updated", feed.changed_at.isoformat())
    _text(_text(root, "author"), "name", NAME)
    _text(root, "generator", "Chenbao")
    _link(root, Link(href=feed.self_url, rel="self", type=MEDIA_TYPE))
    _link(root, Link(href=feed.page_url))
    for entry in feed.entries:
        _add(root, entry)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _add(root: etree._Element, entry: FeedEntry) -> None:
    found = _text(root, "entry")
    _text(found, "id", entry.id)
    _text(found, "title", entry.title)
    _text(found, "updated", entry.updated_at.isoformat())
    for author in entry.authors:
        _text(_text(found, "author"), "name", author)
    for link in entry.links:
        _link(found, link)
    for term, label in entry.categories:
        _text(found, "category", term=term, scheme=ARXIV_SCHEME, label=label)
    _text(found, "content", str(entry.content), type="html")


def _link(parent: etree._Element, link: Link) -> None:
    _text(parent, "link", href=link.href, rel=link.rel, type=link.type, **({"title": link.title} if link.title else {}))


def _text(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    legal = {key: legal_text(value) for key, value in attributes.items()}
    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}", legal)
    element.text = None if text is None else legal_text(text)
    return element
