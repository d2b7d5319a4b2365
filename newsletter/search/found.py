"""What a search, a preview and a suggestion answer, as plain values."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from math import ceil

from newsletter.papers.paper import Paper
from newsletter.queries.query import Query
from newsletter.translation.keywords import read_keyword

TOO_MANY_A_DAY = 50
"""A keyword that brings more papers a day than this is worth a warning."""


class SearchOrder(StrEnum):
    """How the papers found are ordered."""

    RELEVANCE = "relevance"
    DATE = "date"


class PreviewWarning(StrEnum):
    """Why a keyword may not be what its reader wants."""

    TOO_MANY = "too_many"
    NOTHING = "nothing"


class SuggestionKind(StrEnum):
    """What is suggested."""

    PHRASE = "phrase"
    AUTHOR = "author"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPaper:
    """A stored paper that was found: readable Unicode in both languages, None where there is no translation.

    `listed_on` is the date of the first stored list that has it, None for a paper of no list. `score` is its relevance
    (or likeness, 0 to 1); only comparable within one answer; 0 where the order is another.
    """

    paper: Paper
    title_translated: str | None
    abstract_translated: str | None
    listed_on: date | None
    score: float = 0.0


@dataclass(frozen=True, kw_only=True)
class SearchPage:
    """One page of what a search found; `page` counts from 1, `total` counts all papers that match.

    `unread`: so many older papers might match, too, but only reading each would tell. 0 but for phrases of common words with
    marks between them. `categories` are those of the newest papers found, `counted` of them, the commonest first; none for a
    search of one page.
    """

    query: str
    order: SearchOrder
    page: int
    per_page: int
    total: int
    found: tuple[FoundPaper, ...]
    unread: int = 0
    counted: int = 0
    categories: tuple[tuple[str, int], ...] = ()

    @property
    def pages(self) -> int:
        """How many pages there are; 1 when nothing was found."""
        return max(1, ceil(self.total / self.per_page))

    @cached_property
    def parsed(self) -> Query:
        """The query, to highlight its words with `queries.highlight.find_spans`."""
        return read_keyword(self.query)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """How many papers of one edition a query finds, by kind of announcement."""

    edition_on: date
    new: int = 0
    cross: int = 0
    replaced: int = 0


@dataclass(frozen=True, kw_only=True)
class QueryPreview:
    """What a keyword would have brought: `query` in canonical form, `days` oldest first (the stored editions only).

    `mean` is papers a day of the kinds that `wants_cross_lists` and `wants_replacements` choose; `newest` are the newest of
    those, with the edition they were in as `listed_on`. `needs_translation`: a Chinese phrase is asked for, and only
    `translated_count` of the `paper_count` papers are in Chinese yet.
    """

    query: str
    days: tuple[DayCount, ...]
    newest: tuple[FoundPaper, ...]
    wants_cross_lists: bool
    wants_replacements: bool
    needs_translation: bool
    paper_count: int
    translated_count: int

    def count(self, day: DayCount) -> int:
        """Return a day's papers of the kinds that are wanted."""
        return day.new + day.cross * self.wants_cross_lists + day.replaced * self.wants_replacements

    @property
    def total(self) -> int:
        return sum(map(self.count, self.days))

    @property
    def mean(self) -> float:
        return self.total / len(self.days) if self.days else 0.0

    @property
    def warning(self) -> PreviewWarning | None:
        """Whether it brings more than a reader can read, or nothing; None when no edition is stored."""
        if not self.days:
            return None
        if not self.total:
            return PreviewWarning.NOTHING
        return PreviewWarning.TOO_MANY if self.mean > TOO_MANY_A_DAY else None

    @cached_property
    def parsed(self) -> Query:
        """The query, to highlight its words with `queries.highlight.find_spans`."""
        return read_keyword(self.query)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What the reader may mean: `text` is the whole keyword with it, `label` what to show.

    `paper_count`: papers among the newest ones looked at that have it; None where it was not counted.
    """

    kind: SuggestionKind
    text: str
    label: str
    paper_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexState:
    """How far the index is: papers that can be found, and papers that wait to be read (again)."""

    indexed: int
    waiting: int
