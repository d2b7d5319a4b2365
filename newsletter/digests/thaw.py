"""Stored sections as their readers are shown them: each is read once, however many share it."""

import marshal
from collections.abc import Mapping
from datetime import date
from typing import Any

from newsletter.digests.choose import AUTHORS
from newsletter.digests.digest import Entry, Section, ShownPaper
from newsletter.digests.shown_papers import ShownPapers
from newsletter.papers.hub_facts import HubFacts, parse_facts
from newsletter.papers.paper import AnnouncementKind, ArxivId
from newsletter.papers.versions import CommentChange, VersionChange

MOST_KEPT = 4096
"""So many sections are kept, some 10 MB; then all are forgotten."""

_KINDS = {kind.value: kind for kind in AnnouncementKind}
_PLAIN = 4  # an entry of the number, the kind, the keywords and the score says nothing else
_BY_VALUE = 2  # the version of marshal that writes equal values alike, whoever else holds them

_Said = tuple[bytes, date, date | None]


class ShownSections:
    """Makes each section's shown form once, of papers as `papers` shows them; safe to share between threads.

    What equals one of `interned` is that one: to compare two sections takes as long as to make them.
    """

    def __init__(self, papers: ShownPapers, *, interned: dict[Section, Section]) -> None:
        self._papers = papers
        self._interned = interned
        self._made: dict[_Said, Section] = {}

    def section(self, stored: dict[str, Any], edition_on: date, since_on: date | None) -> Section:
        """Return a stored section of a digest (see `DigestRow`); those that say the same are the same."""
        key = marshal.dumps(stored, _BY_VALUE), edition_on, since_on
        found = self._made.get(key)
        if found is None:
            if len(self._made) >= MOST_KEPT:
                self._made = {}
            made = self._make(stored, edition_on, since_on)
            found = self._made[key] = self._interned.setdefault(made, made)
        return found

    def _make(self, stored: Mapping[str, Any], edition_on: date, since_on: date | None) -> Section:
        trending_on = stored.get("trending_on")
        entries = [
            Entry(paper=self._paper(entry, edition_on, since_on), matched=tuple(entry["matched"]), score=entry["score"])
            for entry in stored["entries"]
        ]
        return Section(
            keyword=stored["keyword"],
            query=stored["query"],
            entries=tuple(entries),
            trending_on=date.fromisoformat(trending_on) if trending_on else None,
            left_out=stored.get("left_out", 0),
            is_authors=stored.get("kind") == AUTHORS,
        )

    def _paper(self, entry: Mapping[str, Any], edition_on: date, since_on: date | None) -> ShownPaper:
        kind = _KINDS[entry["kind"]]
        if len(entry) == _PLAIN:
            return self._papers.paper(entry["id"], kind, edition_on)
        listed_on = date.fromisoformat(entry["listed_on"]) if "listed_on" in entry else None
        is_late = listed_on is not None and (since_on is None or listed_on < since_on)
        return self._papers.paper(
            ArxivId(entry["id"]),
            kind,
            edition_on,
            late_from=listed_on if is_late else None,
            change=thaw_change(entry),
            facts=_thaw_facts(entry),
        )


def thaw_change(entry: Mapping[str, Any]) -> VersionChange | None:
    """Return what a stored entry says about a replaced paper, None for any other."""
    if "version" not in entry:
        return None
    comment = entry.get("comment_change")
    return VersionChange(
        version=entry["version"],
        before=entry.get("version_before"),
        comment=None if comment is None else CommentChange(comment),
    )


def _thaw_facts(entry: Mapping[str, Any]) -> HubFacts | None:
    return parse_facts(entry["facts"]) if "facts" in entry else None
