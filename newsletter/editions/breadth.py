"""Categories that a reader keeps to: what their keywords find elsewhere is left out."""

from collections.abc import Mapping, Sequence

from newsletter.editions.day import Day
from newsletter.papers.taxonomy import canonical
from newsletter.queries.matcher import Match
from newsletter.subscribers.subscriber import Preferences


class Breadth:
    """Knows which of a day's papers are in which categories; each choice of categories is worked out once."""

    def __init__(self, day: Day) -> None:
        self._day = day
        self._known: dict[tuple[frozenset[str], bool], frozenset[str]] = {}

    def narrow(self, matches: Mapping[str, list[Match]], preferences: Preferences) -> Mapping[str, list[Match]]:
        """Return the matches in the reader's categories; all of them when they chose none."""
        inside = self.find_inside(preferences)
        if inside is None:
            return matches
        return {query: [match for match in found if match.arxiv_id in inside] for query, found in matches.items()}

    def find_inside(self, preferences: Preferences) -> frozenset[str] | None:
        """Return the papers in the reader's categories; None when they chose none and get them all.

        Whoever wants no cross-lists gets a paper only where its first category is one of theirs.
        """
        if not preferences.categories:
            return None
        wanted, is_first_only = frozenset(preferences.categories), not preferences.wants_cross_lists
        key = (wanted, is_first_only)
        if key not in self._known:
            papers = (item.paper for item in self._day.announced)
            self._known[key] = frozenset(
                paper.arxiv_id
                for paper in papers
                if is_within(paper.categories[:1] if is_first_only else paper.categories, wanted)
            )
        return self._known[key]


def is_within(categories: Sequence[str], wanted: frozenset[str]) -> bool:
    """Tell whether one of a paper's categories is wanted, by its own code or by its archive's."""
    codes = (canonical(category) for category in categories)
    return any(code in wanted or code.partition(".")[0] in wanted for code in codes)
