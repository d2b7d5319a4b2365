"""The papers that trend: which of a day's list a reader is shown, and how the choice is frozen."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from newsletter.papers.hub_facts import TrendingPaper, format_facts
from newsletter.papers.paper import AnnouncementKind
from newsletter.subscribers.subscriber import Preferences, Trending

KIND = "trending"
TITLE = "Trending on Hugging Face"
"""What such a section is called where a keyword's section has its keyword."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendingChoice:
    """A reader's share of a day's list, in its order; `left_out` counts those that would be here but came before."""

    trending_on: date
    papers: tuple[TrendingPaper, ...]
    matched: Mapping[str, Sequence[str]]
    """The reader's keywords that each paper matched, in their order."""
    left_out: int = 0


def choose_trending(
    papers: Sequence[TrendingPaper],
    matched: Mapping[str, Sequence[str]],
    preferences: Preferences,
    *,
    trending_on: date,
    known: Collection[str] = (),
) -> TrendingChoice | None:
    """Return what the reader is shown of a day's list (most votes first), or None when that is nothing.

    The first so many of the day, or of those that match a keyword. What the reader knows already (`known` identifiers) is
    left out and its place not filled: it is the top of the day all the same.
    """
    match preferences.trending:
        case Trending.NONE:
            return None
        case Trending.TOP:
            wanted = list(papers)
        case Trending.MATCHING:
            wanted = [item for item in papers if item.paper.arxiv_id in matched]
    top = wanted[: preferences.trending_count]
    shown = tuple(item for item in top if item.paper.arxiv_id not in known)
    if not shown:
        return None
    return TrendingChoice(trending_on=trending_on, papers=shown, matched=matched, left_out=len(top) - len(shown))


def freeze_trending(choice: TrendingChoice) -> dict[str, Any]:
    """Return the choice as a section of a frozen digest; its scores rank behind those of any keyword's papers."""
    return {
        "kind": KIND,
        "keyword": TITLE,
        "query": "",
        "trending_on": choice.trending_on.isoformat(),
        "left_out": choice.left_out,
        "entries": [
            {
                "id": item.paper.arxiv_id,
                "kind": AnnouncementKind.NEW,
                "matched": list(choice.matched.get(item.paper.arxiv_id, ())),
                "score": -1.0 - place,
                "facts": format_facts(item.facts),
            }
            for place, item in enumerate(choice.papers)
        ],
    }
