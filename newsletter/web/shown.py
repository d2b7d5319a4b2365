"""Papers as the pages show them: numbered, with the words that were asked for marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup, escape

from newsletter.digests.digest import ShownPaper
from newsletter.digests.facts import Fact, list_facts
from newsletter.digests.prose import first_sentences
from newsletter.digests.wording import kind_in_words, late_in_words
from newsletter.queries.highlight import find_spans
from newsletter.queries.query import Query

FIRST_AUTHORS = 6
_TAGS = {"en": "en", "zh": "zh-Hans"}
_LEAD_SENTENCES = 2
_LEAD_CHARACTERS = 320


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedPaper:
    """A paper with its number on the page, the queries whose words are marked, and the keywords that found it too."""

    number: int
    paper: ShownPaper
    queries: tuple[Query, ...] = ()
    also: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    """The reader's keywords that a trending paper matched."""

    def titles(self, codes: Sequence[str]) -> list[tuple[str, Markup]]:
        """Return (language tag, title) in the reader's languages; the original where none of them is there."""
        return self._in(codes, {"en": self.paper.title, "zh": self.paper.title_zh}, "title")

    def abstracts(self, codes: Sequence[str]) -> list[tuple[str, Markup]]:
        """Return (language tag, abstract) in the reader's languages; the original where none of them is there."""
        return self._in(codes, {"en": self.paper.abstract, "zh": self.paper.abstract_zh}, "abstract")

    @property
    def lead(self) -> str:
        """The abstract's first two sentences."""
        return first_sentences(self.paper.abstract, count=_LEAD_SENTENCES, length=_LEAD_CHARACTERS)

    @property
    def remarks(self) -> list[tuple[str, str]]:
        """What is said of a paper that came late or was replaced, each in English and Chinese."""
        found = [late_in_words] if self.paper.late_from else []
        if self.paper.change:
            found.append(kind_in_words)
        return [(words(self.paper, "en"), words(self.paper, "zh")) for words in found]

    @property
    def first_authors(self) -> tuple[str, ...]:
        return self.paper.authors[:FIRST_AUTHORS]

    @property
    def further_authors(self) -> tuple[str, ...]:
        return self.paper.authors[FIRST_AUTHORS:]

    def facts(self, code: str) -> list[Fact]:
        """Return what Hugging Face says of the paper, in English or Chinese."""
        return list_facts(self.paper, code)

    def _in(
        self, codes: Sequence[str], texts: Mapping[str, str | None], field: Literal["title", "abstract"]
    ) -> list[tuple[str, Markup]]:
        known = [(code, text) for code in codes if (text := texts.get(code)) is not None]
        chosen = known or [("en", texts["en"] or "")]
        return [(_TAGS[code], marked(text, find_spans(self.queries, text, field=field))) for code, text in chosen]


def marked(text: str, spans: Sequence[tuple[int, int]]) -> Markup:
    """Return the text escaped, with `mark` around the spans, which are half-open, sorted and apart."""
    pieces, end = [], 0
    for start, stop in spans:
        pieces.append(escape(text[end:start]) + Markup("<mark>{}</mark>").format(text[start:stop]))
        end = stop
    return Markup("").join([*pieces, escape(text[end:])])
