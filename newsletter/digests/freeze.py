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
from newsletter.queries.words import Remembered

_SCORE = '],"score":'
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
MOST_KEPT = 400_000
"""So many papers under keywords are kept written, some 200 MB; then all are forgotten."""


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
        self._papers: dict[str, tuple[str, str]] = {}
        self._sections: dict[int, tuple[ChosenSection, str]] = {}
        self._kept = 0

    def freeze(self, sections: Sequence[ChosenSection], trending: TrendingChoice | None) -> str:
        """Return the sections, and the trending papers behind them, as a JSON list."""
        known = self._sections
        written = [
            kept[1] if (kept := known.get(id(section))) is not None else self._section(section) for section in sections
        ]
        if trending is not None:
            written.append(write_json(freeze_trending(trending)))
        return f"[{','.join(written)}]"

    def _section(self, section: ChosenSection) -> str:
        kind = {"kind": AUTHORS} if section.is_authors else {}
        head = write_json({"keyword": section.keyword, "query": section.query, **kind, "entries": []})
        entries = ",".join(map(self._entry, section.entries))
        written = f"{head.removesuffix(']}')}{entries}]}}"
        if all(len(entry.matched) == 1 for entry in section.entries):  # as other readers are likely to have it
            self._keep(section, written)
        return written

    def _keep(self, section: ChosenSection, written: str) -> None:
        """Remember a section by its identity, which is its own while it is kept: to compare two takes as long as writing."""
        self._kept += len(section.entries) + 1
        if self._kept > MOST_KEPT:
            self._sections.clear()
            self._kept = 0
        self._sections[id(section)] = (section, written)

    def _entry(self, entry: ChosenEntry) -> str:
        before, behind = self._papers.get(entry.arxiv_id) or self._paper(entry.arxiv_id)
        return f"{before}{','.join(map(_KEYWORDS.__getitem__, entry.matched))}{_SCORE}{entry.score!r}{behind}"

    def _paper(self, arxiv_id: str) -> tuple[str, str]:
        """Return what an entry about a paper says, before its keywords and behind its score."""
        facts = self._facts.get(arxiv_id)
        more = {
            **_freeze_late(self._late.get(arxiv_id)),
            **_freeze_change(self._changes.get(arxiv_id)),
            **({} if facts is None else {"facts": format_facts(facts)}),
        }
        whole = write_json({"id": arxiv_id, "kind": self._kinds[arxiv_id], "matched": [], "score": 0, **more})
        before, _, behind = whole.partition(f"{_SCORE}0")
        self._papers[arxiv_id] = found = before, behind
        return found


def write_json(value: Any) -> str:
    """Return a value as it is stored in a digest."""
    return _ENCODER.encode(value)


def _freeze_late(listed_on: date | None) -> dict[str, Any]:
    return {} if listed_on is None else {"listed_on": str(listed_on)}


def _freeze_change(change: VersionChange | None) -> dict[str, Any]:
    if change is None:
        return {}
    parts = {"version": change.version, "version_before": change.before, "comment_change": change.comment}
    return {name: value for name, value in parts.items() if value is not None}


_KEYWORDS = Remembered(write_json)
