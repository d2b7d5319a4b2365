"""A feed as a plain value, and as an Atom document (RFC 4287)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from itertools import islice
from urllib.parse import urlsplit

from markupsafe import Markup

MEDIA_TYPE = "application/atom+xml"
NAME = "Chenbao 晨报"
ARXIV_SCHEME = "http://arxiv.org/schemas/atom"
"""The scheme that arXiv's own feeds give for their categories."""
_ATOM = "http://www.w3.org/2005/Atom"
_ENTRIES_A_PIECE = 50
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
    """A feed with its entries, the newest first, which may be made while it is written; `updated_at` is the newest one's."""

    id: str
    title: str
    subtitle: str
    self_url: str
    page_url: str
    updated_at: datetime
    entries: Iterable[FeedEntry] = field(default=())


def tag_uri(public_url: str, *parts: str) -> str:
    """Return an identifier that stays the same wherever the page moves: ``tag:host,2026:paper/2603.18074`` (RFC 4151)."""
    host = urlsplit(public_url).hostname or "localhost"
    return f"tag:{'localhost' if ':' in host else host},{_SINCE}:{'/'.join(parts)}"


def legal_text(text: str) -> str:
    """Return a text with what XML 1.0 cannot hold, such as control characters, replaced by U+FFFD."""
    return text if text.isprintable() else _ILLEGAL.sub("\ufffd", text)


def write_atom(feed: Feed) -> Iterator[bytes]:
    """Yield the feed as an Atom document in UTF-8, piece by piece."""
    head = [
        _element("id", feed.id),
        _element("title", feed.title),
        _element("subtitle", feed.subtitle),
        _element("updated", feed.updated_at.isoformat()),
        _author(NAME),
        _element("generator", "Chenbao"),
        _link(Link(href=feed.self_url, rel="self", type=MEDIA_TYPE)),
        _link(Link(href=feed.page_url)),
    ]
    yield f"<?xml version='1.0' encoding='utf-8'?>\n<feed xmlns=\"{_ATOM}\">{''.join(head)}".encode()
    entries = iter(feed.entries)
    while written := "".join(map(_entry, islice(entries, _ENTRIES_A_PIECE))):
        yield written.encode()
    yield b"</feed>"


def _entry(entry: FeedEntry) -> str:
    parts = [
        _element("id", entry.id),
        _element("title", entry.title),
        _element("updated", entry.updated_at.isoformat()),
        *map(_author, entry.authors),
        *map(_link, entry.links),
        *(_empty("category", term=term, scheme=ARXIV_SCHEME, label=label) for term, label in entry.categories),
        f'<content type="html">{_written(str(entry.content))}</content>',
    ]
    return f"<entry>{''.join(parts)}</entry>"


def _author(name: str) -> str:
    return f"<author>{_element('name', name)}</author>"


def _link(link: Link) -> str:
    title = {"title": link.title} if link.title else {}
    return _empty("link", href=link.href, rel=link.rel, type=link.type, **title)


def _element(name: str, text: str) -> str:
    return f"<{name}>{_written(text)}</{name}>"


def _empty(name: str, **attributes: str) -> str:
    written = "".join(f' {key}="{_written(value)}"' for key, value in attributes.items())
    return f"<{name}{written}/>"


def _written(text: str) -> str:
    """Return a text, or some HTML, as XML holds it; `html.escape` says nothing that XML does not know."""
    return escape(legal_text(text))
