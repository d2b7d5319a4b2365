"""What is translated: the title and the abstract of a paper, each by itself."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from newsletter.papers.paper import Paper
from newsletter.translation.checks import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A title or an abstract, or sentences of one.

    The categories of its paper tell what its terms mean, as does the whole text where this is a part of it (`context`).
    """

    text: str
    categories: tuple[str, ...] = ()
    is_title: bool = False
    context: str = ""

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
