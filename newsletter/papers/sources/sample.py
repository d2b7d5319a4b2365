"""The bundled sample edition: invented papers in both languages, for a newsletter that cannot or need not reach arXiv.

Its papers were written for this product. Their identifiers begin with `0000.`, which arXiv cannot give, and their comments
say that they are samples.
"""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from newsletter.papers.paper import Announced, Announcement, AnnouncementKind, ArxivId
from newsletter.papers.sources.record import make_paper

SAMPLE_CATEGORY = "sample"
_FILE = Path(__file__).with_name("sample_edition.json")


_Entry = Mapping[str, Any]
"""One paper as the file holds it: TeX as arXiv would send it, and translations (`title_<code>`) with the same formulas."""


def sample_announcement(listed_on: date) -> Announcement:
    """Return the sample papers as the announcement of category and source `sample` on that date, with its totals."""
    announced = tuple(_announce(entry, position) for position, entry in enumerate(_entries()))
    totals = {kind: sum(item.kind is kind for item in announced) for kind in AnnouncementKind}
    return Announcement(
        category=SAMPLE_CATEGORY, listed_on=listed_on, source=SAMPLE_CATEGORY, announced=announced, totals=totals
    )


def sample_translations(language: str) -> dict[str, str]:
    """Return what the file has in a language: titles and abstracts by their source texts; formulas are still TeX."""
    found: dict[str, str] = {}
    for entry in _entries():
        if f"title_{language}" in entry:
            paper = _announce(entry, 0).paper
            found[paper.title_source] = entry[f"title_{language}"]
            found[paper.abstract_source] = entry[f"abstract_{language}"]
    return found


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
