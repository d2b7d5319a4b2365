"""What is translated: the title and the abstract of a paper, each by itself."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from newsletter.papers.paper import Paper
from newsletter.translation.checks import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A title or an abstract: its text, and the categories of its paper, which tell what its terms mean."""

    text: str
    categories: tuple[str, ...] = ()
    is_title: bool = False

    def folded(self) -> "Passage":
        """Return the passage as it is hashed and sent."""
        return replace(self, text=fold(self.text))


def list_passages(papers: Iterable[Paper]) -> list[Passage]:
    """Return the title and the abstract of each paper."""
    return [
        Passage(text=text, categories=paper.categories, is_title=is_title)
        for paper in papers
        for text, is_title in ((paper.title_source, True), (paper.abstract_source, False))
    ]
