"""The bundled sample edition: invented papers in both languages, for a newsletter that cannot or need not reach arXiv.

Its papers were written for this product. Their identifiers begin with `0000.`, which arXiv cannot give, and their comments
say that they are samples.
"""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypedDict

from newsletter.papers.paper import Announced, Announcement, AnnouncementKind, ArxivId
from newsletter.papers.sources.record import make_paper

SAMPLE_CATEGORY = "sample"
_FILE = Path(__file__).with_name("sample_edition.json")


class _Entry(TypedDict):
    """One paper as the file holds it: TeX as arXiv would send it, and the Chinese with the same formulas."""

    id: str
    version: int
    kind: str
    categories: list[str]
    title: str
    title_zh: str
    authors: list[str]
    abstract: str
    abstract_zh: str
    comment: str


def sample_announcement(listed_on: date) -> Announcement:
    """Return the sample papers as the announcement of category and source `sample` on that date, with its totals."""
    announced = tuple(_announce(entry, position) for position, entry in enumerate(_entries()))
    totals = {kind: sum(item.kind is kind for item in announced) for kind in AnnouncementKind}
    return Announcement(
        category=SAMPLE_CATEGORY, listed_on=listed_on, source=SAMPLE_CATEGORY, announced=announced, totals=totals
    )


def sample_translations() -> dict[str, str]:
    """Return the Chinese of every sample title and abstract by its source text; formulas are still TeX."""
    papers = [_announce(entry, 0).paper for entry in _entries()]
    titles = {paper.title_source: entry["title_zh"] for paper, entry in zip(papers, _entries(), strict=True)}
    abstracts = {paper.abstract_source: entry["abstract_zh"] for paper, entry in zip(papers, _entries(), strict=True)}
    return titles | abstracts


def _announce(entry: _Entry, position: int) -> Announced:
    paper = make_paper(
        ArxivId(entry["id"]),
        entry["version"],
        title=entry["title"],
        authors=entry["authors"],
        abstract=entry["abstract"],
        categories=entry["categories"],
        comment=entry["comment"],
    )
    return Announced(paper=paper, kind=AnnouncementKind(entry["kind"]), position=position)


@cache
def _entries() -> tuple[_Entry, ...]:
    return tuple(json.loads(_FILE.read_text("utf-8")))
