"""What is translated: the title and the abstract of a paper, each by itself."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from newsletter.papers.paper import Paper
from newsletter.translation.checks import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A title or an abstract, or sentences of one.

    The categories of its paper tell what its terms mean, as does the text around it (`context`): of a title its abstract, of
    a part (`is_part`) the whole.
    """

    text: str
    categories: tuple[str, ...] = ()
    is_title: bool = False
    context: str = ""
    is_part: bool = False

    def folded(self) -> "Passage":
        """Return the passage as it is hashed and sent."""
        return replace(self, text=fold(self.text))


def list_passages(papers: Iterable[Paper]) -> list[Passage]:
    """Return the title and the abstract of each paper."""
    found = []
    for paper in papers:
        title, abstract, categories = paper.title_source, paper.abstract_source, paper.categories
        found.append(Passage(text=title, categories=categories, is_title=True, context=f"{title}\n{abstract}"))
        found.append(Passage(text=abstract, categories=categories))
    return found
