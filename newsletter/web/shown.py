"""Papers as the pages show them: numbered, with the words that were asked for marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from urllib.parse import quote

from markupsafe import Markup, escape

from newsletter.digests.digest import ShownPaper, in_order
from newsletter.digests.facts import Fact, list_facts
from newsletter.digests.prose import first_sentences
from newsletter.digests.wording import kind_in_words, late_in_words
from newsletter.queries.highlight import find_spans
from newsletter.queries.query import Query
from newsletter.translation.language import load_language, tag_of

FIRST_AUTHORS = 6
_LEAD_SENTENCES = 2
_BEFORE_FOUND = 120
"""Characters of a long sentence that are shown before the words that were asked for."""
_ENDS = (". ", "? ", "! ", "。", "？", "！", "；")
_Field = Literal["title", "abstract"]
_Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedPaper:
    """A paper with its number on the page, the queries whose words are marked, and the keywords that found it too."""

    number: int
    paper: ShownPaper
    queries: tuple[Query, ...] = ()
    also: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    """The reader's keywords that a trending paper matched."""
    listed_on: date | None = None
    """The date of its first list, where papers of many days stand together."""

    @property
    def address(self) -> str:
        """The path of the paper's own page."""
        return paper_path(self.paper.arxiv_id)

    @property
    def is_at_arxiv(self) -> bool:
        """Whether arXiv has the paper; those of the sample edition are nowhere but here."""
        return self.paper.abs_url.startswith("https://arxiv.org/")

    def titles(self, codes: Sequence[str]) -> list[tuple[str, Markup]]:
        """Return (language tag, title) in the reader's languages; the original where none of them is there."""
        return [
            (tag_of(code), marked(text, find_spans(self.queries, text, field="title")))
            for code, text in in_order(self.paper.titles, codes)
        ]

    def abstracts(self, codes: Sequence[str]) -> list[tuple[str, Markup]]:
        """Return (language tag, abstract) in the reader's languages; the original where none of them is there."""
        return [
            (tag_of(code), marked(text, find_spans(self.queries, text, field="abstract")))
            for code, text in self._abstracts(codes)
        ]

    def leads(self, codes: Sequence[str]) -> list[tuple[str, Markup]]:
        """Return (language tag, two sentences of the abstract): those with the words that were asked for, or the first."""
        return [
            (
                tag_of(code),
                excerpt(text, find_spans(self.queries, text, field="abstract"), load_language(code).lead),
            )
            for code, text in self._abstracts(codes)
        ]

    def remarks(self, code: str) -> list[str]:
        """What is said of a paper that came late or was replaced."""
        found = [late_in_words] if self.paper.late_from else []
        if self.paper.change:
            found.append(kind_in_words)
        return [words(self.paper, code) for words in found]

    @property
    def first_authors(self) -> tuple[str, ...]:
        return self.paper.authors[:FIRST_AUTHORS]

    @property
    def further_authors(self) -> tuple[str, ...]:
        return self.paper.authors[FIRST_AUTHORS:]

    def facts(self, code: str) -> list[Fact]:
        """Return what Hugging Face says of the paper, in English or Chinese."""
        return list_facts(self.paper, code)

    def _abstracts(self, codes: Sequence[str]) -> list[tuple[str, str]]:
        return in_order(self.paper.abstracts, codes)


def paper_path(arxiv_id: str) -> str:
    """Return the path of a paper's own page; old identifiers have a slash in them."""
    return f"/paper/{quote(arxiv_id)}"


def marked(text: str, spans: Sequence[_Span]) -> Markup:
    """Return the text escaped, with `mark` around the spans, which are half-open, sorted and apart."""
    pieces, end = list[str](), 0
    for start, stop in spans:
        pieces += (escape(text[end:start]), "<mark>", escape(text[start:stop]), "</mark>")
        end = stop
    return Markup("".join([*pieces, escape(text[end:])]))  # noqa: S704  every piece of text is escaped


def excerpt(text: str, spans: Sequence[_Span], length: int) -> Markup:
    """Return two sentences of a text, at most `length` characters: its first, or those from the first span on."""
    lead = first_sentences(text, count=_LEAD_SENTENCES, length=length)
    start = 0 if not spans or spans[0][1] < len(lead) else _sentence_start(text, spans[0][0])
    piece = first_sentences(text[start:], count=_LEAD_SENTENCES, length=length)
    end = len(piece) - piece.endswith("…")
    inside = [(max(first - start, 0), min(behind - start, end)) for first, behind in spans if behind > start]
    return escape("… " if start else "") + marked(piece, [span for span in inside if span[0] < span[1]])


def _sentence_start(text: str, place: int) -> int:
    """Return where the sentence with a place begins; in a very long one, a word not too far before."""
    start = max((found + len(mark) for mark in _ENDS if (found := text.rfind(mark, 0, place)) >= 0), default=0)
    if place - start <= _BEFORE_FOUND:
        return start
    blank = text.find(" ", place - _BEFORE_FOUND, place)
    return blank + 1 if blank >= 0 else place - _BEFORE_FOUND // 4
