"""The matcher: all distinct queries against a day's papers, each paper read once.

Every distinct term of every query has a number. A paper is read once per field, and the automaton yields the terms that are
in it. Then each query is answered from the sets of papers that have its terms. So the time grows with what is found, not with
queries × papers.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import NamedTuple

from newsletter.papers.taxonomy import list_codes
from newsletter.queries.authors import AuthorIndex
from newsletter.queries.automaton import PhraseAutomaton, SubstringAutomaton
from newsletter.queries.conditions import Holders, find_places
from newsletter.queries.language import parse_query
from newsletter.queries.passages import Passages
from newsletter.queries.query import Category, Field, Phrase, Query, Term, list_terms, list_wanted_terms
from newsletter.queries.words import Remembered, normalise, squeeze


@dataclass(frozen=True, slots=True, kw_only=True)
class Matchable:
    """What of a paper can be searched: readable Unicode; the Chinese texts are empty before they are translated."""

    arxiv_id: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    comment: str
    title_translated: str = ""
    abstract_translated: str = ""


class Match(NamedTuple):
    """A paper that a query found. `score` is its relevance; only comparable within one query and day.

    A named tuple is made in a third of the time of a frozen dataclass; a morning has a hundred thousand of them.
    """

    arxiv_id: str
    score: float


_TITLE_WEIGHT = 3.0
_WEIGHT = 1.0
_COMMENT_WEIGHT = 0.5
_CATEGORY_WEIGHT = 0.1
_TITLE_FIELDS = (Field.TEXT, Field.TITLE, Field.EVERYWHERE)
_ABSTRACT_FIELDS = (Field.TEXT, Field.ABSTRACT, Field.EVERYWHERE)
_COMMENT_FIELDS = (Field.COMMENT, Field.EVERYWHERE)
_AUTHOR_FIELDS = (Field.AUTHOR, Field.EVERYWHERE)

Found = dict[int, float]
"""A paper's terms by number, with how strongly each is there."""


class Matcher:
    """Queries in canonical form, made ready to be matched against papers; `read` says what each of them asks for."""

    def __init__(self, queries: Iterable[str], *, read: Callable[[str], Query] = parse_query) -> None:
        self._queries = {text: read(text) for text in queries}
        self._terms = _Terms(term for query in self._queries.values() for term in list_terms(query))

    def match(
        self, papers: Sequence[Matchable], *, rarity: Mapping[Term, float] | None = None
    ) -> dict[str, list[Match]]:
        """Return for every query the papers that match, in the papers' order.

        A term counts for more the rarer it is among `papers`, in the title more than in the abstract, and each further
        time less; the score of a query is the sum over its terms. Where the papers are a part of many, `rarity` says what
        each term counts for (see `rarity_of`); terms that are not in it count for nothing.
        """
        holders = self._find_holders(papers, rarity)
        everywhere = frozenset(range(len(papers)))
        ids = [paper.arxiv_id for paper in papers]
        return {
            text: _score(query, sorted(places), holders, ids)
            if (places := find_places(query, holders, everywhere))
            else []
            for text, query in self._queries.items()
        }

    def _find_holders(self, papers: Sequence[Matchable], rarity: Mapping[Term, float] | None) -> Holders:
        """Return which papers have each term, with its weight by its rarity."""
        strengths: defaultdict[int, dict[int, float]] = defaultdict(dict)
        for place, paper in enumerate(papers):
            for number, strength in self._terms.find(paper).items():
                strengths[number][place] = strength
        holders = {}
        for term, number in self._terms.numbers.items():
            if number in strengths:
                found = strengths[number]
                weight = rarity_of(len(found), len(papers)) if rarity is None else rarity.get(term, 0.0)
                holders[term] = {place: strength * weight for place, strength in found.items()}
        return holders


def _score(query: Query, places: Sequence[int], holders: Holders, ids: Sequence[str]) -> list[Match]:
    """Return the matches at some places: what all the terms that speak for a paper say together."""
    wanted = [holders[term] for term in list_wanted_terms(query) if term in holders]
    matches = []
    for place in places:
        score = 0.0
        for found in wanted:
            score += found.get(place, 0.0)
        matches.append(Match(ids[place], score))
    return matches


class _Terms:
    """All distinct terms, numbered, and what finds them in a paper."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self.numbers = {term: number for number, term in enumerate(dict.fromkeys(terms))}
        phrases = [term for term in self.numbers if isinstance(term, Phrase)]
        self._names = [phrase for phrase in phrases if _is_name(phrase)]
        self._authors = AuthorIndex(self._names)
        wordings = {phrase: _wording(phrase) for phrase in phrases if not _is_name(phrase)}
        distinct = list(dict.fromkeys(wordings.values()))
        self._automaton = PhraseAutomaton(distinct)
        self._passages = Passages(distinct)
        self._substrings = SubstringAutomaton(distinct)
        self._has_chinese = any(wording.is_chinese for wording in distinct)
        self._category_terms = Remembered(self._list_categories)
        asked = self._asked_for(wordings, distinct)
        self._title = _merged(asked, _TITLE_FIELDS)
        self._abstract = _merged(asked, _ABSTRACT_FIELDS)
        self._comment = _merged(asked, _COMMENT_FIELDS)
        self._author_texts = _merged(asked, _AUTHOR_FIELDS)

    def _asked_for(self, wordings: Mapping[Phrase, Phrase], distinct: Iterable[Phrase]) -> dict[Field, dict[int, int]]:
        """Map for each field the wordings that are asked for in it, by their place, to the numbers of those terms."""
        places = {wording: place for place, wording in enumerate(distinct)}
        found: dict[Field, dict[int, int]] = {field: {} for field in Field}
        for phrase, wording in wordings.items():
            found[phrase.field][places[wording]] = self.numbers[phrase]
        return found

    def find(self, paper: Matchable) -> Found:
        """Read a paper once."""
        found: Found = {}
        authors = "; ".join(paper.authors)
        self._read(paper.title, self._title, _TITLE_WEIGHT, found)
        self._read(paper.abstract, self._abstract, _WEIGHT, found)
        self._read(paper.comment, self._comment, _COMMENT_WEIGHT, found)
        self._read(authors, self._author_texts, _WEIGHT, found)
        if self._has_chinese:
            self._read_chinese(paper.title_translated, self._title, _TITLE_WEIGHT, found)
            self._read_chinese(paper.abstract_translated, self._abstract, _WEIGHT, found)
            self._read_chinese(paper.comment, self._comment, _COMMENT_WEIGHT, found)
            self._read_chinese(authors, self._author_texts, _WEIGHT, found)
        for place, count in self._authors.find(paper.authors).items():
            _add(found, self.numbers[self._names[place]], _WEIGHT, count)
        for name in paper.categories:
            found.update(dict.fromkeys(self._category_terms[name], _CATEGORY_WEIGHT))
        return found

    def _read(self, text: str, asked: Mapping[int, list[int]], weight: float, found: Found) -> None:
        if text and asked:
            places = self._automaton.find(self._passages.read(normalise(text)))
            _add_all(found, asked, weight, [wording for wording, _, _ in places])

    def _read_chinese(self, text: str, asked: Mapping[int, list[int]], weight: float, found: Found) -> None:
        if text and asked:
            places = self._substrings.find(squeeze(normalise(text)))
            _add_all(found, asked, weight, [wording for wording, _, _ in places])

    def _list_categories(self, name: str) -> list[int]:
        """Return the category terms that a paper's category meets: itself, its other name, and the archives of both."""
        wanted = (Category(name=code) for code in list_codes(name))
        return [self.numbers[term] for term in wanted if term in self.numbers]


def _is_name(phrase: Phrase) -> bool:
    return phrase.field is Field.AUTHOR and not phrase.is_chinese


def _wording(phrase: Phrase) -> Phrase:
    """Return what is looked for, wherever that is."""
    if phrase.field is Field.TEXT:
        return phrase
    return Phrase(text=phrase.text, is_exact=phrase.is_exact, is_prefix=phrase.is_prefix)


def _merged(asked: Mapping[Field, Mapping[int, int]], fields: Iterable[Field]) -> dict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for field in fields:
        for wording, number in asked[field].items():
            found[wording].append(number)
    return dict(found)


def _add_all(found: Found, asked: Mapping[int, list[int]], weight: float, wordings: Iterable[int]) -> None:
    counts: dict[int, int] = {}
    for wording in wordings:
        counts[wording] = counts.get(wording, 0) + 1
    for wording, count in counts.items():
        for number in asked.get(wording, ()):
            _add(found, number, weight, count)


def _add(found: Found, number: int, weight: float, count: int) -> None:
    """Add what a field says; the second time a phrase is there says less than the first (BM25's saturation)."""
    found[number] = found.get(number, 0.0) + weight * count / (count + 1)


def rarity_of(count: int, total: int) -> float:
    """Return what a term counts for that `count` of `total` papers have (BM25's inverse document frequency)."""
    return log(1 + (total - count + 0.5) / (count + 0.5))
