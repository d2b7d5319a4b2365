"""Freezing: from what was chosen to the JSON that a digest is stored as.

A paper under one keyword reads the same in the digests of all its readers, so it is written once, and a digest is joined of
what is written already.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from newsletter.digests.choose import AUTHORS, ChosenEntry, ChosenSection
from newsletter.digests.trending import TrendingChoice, freeze_trending
from newsletter.papers.hub_facts import HubFacts, format_facts
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.versions import VersionChange

MOST_KEPT = 400_000
"""So many papers under keywords are kept written, some 100 MB; then all are forgotten."""


class Freezer:
    """Writes the digests of one edition as `load_digests` reads them.

    `late` has the list's date of papers that came late, `changes` what replaced papers changed, `facts` what Hugging Face
    knows; of other papers the entries say nothing about that.
    """

    def __init__(
        self,
        kinds: Mapping[str, AnnouncementKind],
        *,
        late: Mapping[str, date],
        changes: Mapping[str, VersionChange],
        facts: Mapping[str, HubFacts],
    ) -> None:
        self._kinds = kinds
        self._late = late
        self._changes = changes
        self._facts = facts
        self._entries: dict[ChosenEntry, str] = {}
        self._heads: dict[tuple[str, str, bool], str] = {}

    def freeze(self, sections: Sequence[ChosenSection], trending: TrendingChoice | None) -> str:
        """Return the sections, and the trending papers behind them, as a JSON list."""
        written = [self._section(section) for section in sections]
        if trending is not None:
            written.append(write_json(freeze_trending(trending)))
        return f"[{','.join(written)}]"

    def _section(self, section: ChosenSection) -> str:
        known = self._entries
        entries = [known.get(entry) or self._entry(entry) for entry in section.entries]
        key = (section.keyword, section.query, section.is_authors)
        head = self._heads.get(key) or self._head(section)
        return f"{head}{','.join(entries)}]}}"

    def _head(self, section: ChosenSection) -> str:
        """Return how a section begins, up to its first entry."""
        if len(self._heads) >= MOST_KEPT:
            self._heads.clear()
        found = {
            "keyword": section.keyword,
            "query": section.query,
            **({"kind": AUTHORS} if section.is_authors else {}),
        }
        written = write_json(found | {"entries": []}).removesuffix("]}")
        self._heads[section.keyword, section.query, section.is_authors] = written
        return written

    def _entry(self, entry: ChosenEntry) -> str:
        if len(self._entries) >= MOST_KEPT:
            self._entries.clear()
        arxiv_id = entry.arxiv_id
        facts = self._facts.get(arxiv_id)
        found = {
            "id": arxiv_id,
            "kind": self._kinds[arxiv_id],
            "matched": entry.matched,
            "score": entry.score,
            **_freeze_late(self._late.get(arxiv_id)),
            **_freeze_change(self._changes.get(arxiv_id)),
            **({} if facts is None else {"facts": format_facts(facts)}),
        }
        self._entries[entry] = written = write_json(found)
        return written


def write_json(value: Any) -> str:
    """Return a value as it is stored in a digest."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _freeze_late(listed_on: date | None) -> dict[str, Any]:
    return {} if listed_on is None else {"listed_on": str(listed_on)}


def _freeze_change(change: VersionChange | None) -> dict[str, Any]:
    if change is None:
        return {}
    parts = {"version": change.version, "version_before": change.before, "comment_change": change.comment}
    return {name: value for name, value in parts.items() if value is not None}
