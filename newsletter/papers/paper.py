"""A paper, its identifier, and its place in an announcement."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NewType

from newsletter.errors import InputError

ArxivId = NewType("ArxivId", str)
"""A paper's base identifier without version: `2603.18074` or `math/0601001`."""

SAMPLE_PREFIX = "0000."  # no real identifier starts with year 00, month 00
_IDENTIFIER = re.compile(
    r"(?:arXiv:)?(?P<base>[0-9]{4}\.[0-9]{4,5}|[a-z-]+(?:\.[A-Z]{2})?/[0-9]{7})(?:v(?P<version>[1-9][0-9]*))?\Z",
    re.IGNORECASE,
)


class AnnouncementKind(StrEnum):
    """How a paper appears in an announcement, relative to the category that was asked for."""

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One work by base identifier, with the metadata of its newest known version.

    `title`, `authors`, `abstract` and `comment` are readable Unicode; the `*_source` fields keep what arXiv sent.
    `categories` holds the primary one first; it is empty only while no record by arXiv is known.
    """

    arxiv_id: ArxivId
    version: int
    title: str
    authors: tuple[str, ...]
    abstract: str
    categories: tuple[str, ...]
    comment: str | None
    title_source: str
    authors_source: tuple[str, ...]
    abstract_source: str
    comment_source: str | None

    @property
    def primary_category(self) -> str:
        """The first category; empty when none is known."""
        return self.categories[0] if self.categories else ""

    @property
    def is_sample(self) -> bool:
        """Whether the paper was written for the bundled sample edition."""
        return self.arxiv_id.startswith(SAMPLE_PREFIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A paper's place in one announcement list; `position` is its 0-based place in that list."""

    paper: Paper
    kind: AnnouncementKind
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One category's (or archive's) announcement list of one day, as one source showed it.

    `totals` is what the source says the list holds, by kind ("showing X of Y"), or None when it does not say.
    """

    category: str
    listed_on: date
    source: str
    announced: tuple[Announced, ...]
    totals: dict[AnnouncementKind, int] | None = None

    def count(self, kind: AnnouncementKind) -> int:
        return sum(item.kind is kind for item in self.announced)


def parse_arxiv_id(text: str) -> tuple[ArxivId, int | None]:
    """Read `2603.18074`, `2603.18074v2`, `arXiv:2603.18074` or `math/0601001v1` as (base identifier, version or None).

    Raises InputError for anything else. Source: https://info.arxiv.org/help/arxiv_identifier.html
    """
    match = _IDENTIFIER.match(text.strip())
    if not match:
        raise InputError(f"{text!r} is not an arXiv identifier; write one like 2603.18074 or math/0601001.")
    version = match["version"]
    return ArxivId(match["base"]), int(version) if version else None


def abs_url(arxiv_id: str) -> str:
    """Return the address of the paper's abstract page at arXiv."""
    return f"https://arxiv.org/abs/{arxiv_id}"


def pdf_url(arxiv_id: str) -> str:
    """Return the address of the paper's PDF at arXiv (linked, never served by us)."""
    return f"https://arxiv.org/pdf/{arxiv_id}"


def merge_announcements(announcements: Sequence[Announcement]) -> list[Announced]:
    """Join the lists of several categories into one day's list: each paper once, under its strongest kind.

    New comes before cross-lists, cross-lists before replacements; within a kind the order of the lists is kept. The
    positions are renumbered from 0.
    """
    rank = {kind: number for number, kind in enumerate(AnnouncementKind)}
    best: dict[ArxivId, Announced] = {}
    for item in (item for announcement in announcements for item in announcement.announced):
        known = best.get(item.paper.arxiv_id)
        if known is None or rank[item.kind] < rank[known.kind]:
            best.pop(item.paper.arxiv_id, None)
            best[item.paper.arxiv_id] = item
    ordered = sorted(best.values(), key=lambda item: rank[item.kind])
    return [Announced(paper=item.paper, kind=item.kind, position=place) for place, item in enumerate(ordered)]
