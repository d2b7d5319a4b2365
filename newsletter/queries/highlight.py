"""Highlighting: where a query's words stand in the text that is shown."""

from array import array
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Literal

from newsletter.queries.automaton import PhraseAutomaton, SubstringAutomaton
from newsletter.queries.query import Field, Phrase, Query, list_wanted_terms
from newsletter.queries.words import (
    find_words,
    normalise,
    normalise_with_offsets,
    read_words,
    squeeze_with_offsets,
)

_FIELDS = {
    "title": (Field.TEXT, Field.TITLE, Field.EVERYWHERE),
    "abstract": (Field.TEXT, Field.ABSTRACT, Field.EVERYWHERE),
}
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def find_spans(queries: Sequence[Query], text: str, *, field: Literal["title", "abstract"]) -> list[tuple[int, int]]:
    """Return the places in a shown title or abstract, in either language, that the queries' phrases match.

    Whole words, from the first character up to, not including, the last; in order, and merged where they meet. Phrases
    that a query excludes, and those for other fields, are left out.
    """
    terms = dict.fromkeys(term for query in queries for term in list_wanted_terms(query))
    phrases = tuple(term for term in terms if isinstance(term, Phrase) and term.field in _FIELDS[field])
    if not phrases or not text:
        return []
    words, substrings = _automata(phrases)
    shown = _read(text)
    spans = [shown.words(first, behind) for _, first, behind in words.find(shown.reading)]
    if any(phrase.is_chinese for phrase in phrases):
        spans += [shown.characters(first, behind) for _, first, behind in substrings.find(shown.squeezed[0])]
    return _merge([(start, _behind_bracket(text, start, end)) for start, end in spans])


class _Shown:
    """A text made ready to be searched; where its words stand is found out when one of them is to be marked."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._normalised = normalise(text)
        self.reading = read_words(self._normalised)

    def words(self, first: int, behind: int) -> tuple[int, int]:
        """Return where some words of the reading stand in the text itself."""
        return self._source(self._places[first][0], self._places[behind - 1][1])

    def characters(self, first: int, behind: int) -> tuple[int, int]:
        """Return where some characters of the squeezed text stand in the text itself."""
        kept = self.squeezed[1]
        return self._source(kept[first], kept[behind - 1] + 1)

    @cached_property
    def squeezed(self) -> tuple[str, Sequence[int]]:
        """The squeezed text, and each character's index in the normalised one."""
        return squeeze_with_offsets(self._normalised)

    @cached_property
    def _places(self) -> Sequence[tuple[int, int]]:
        return find_words(self._normalised)

    @cached_property
    def _offsets(self) -> Sequence[int]:
        """For each normalised character the index of its source character, and the text's length."""
        if self._text.isascii():
            return range(len(self._text) + 1)
        return array("I", [*normalise_with_offsets(self._text)[1], len(self._text)])

    def _source(self, start: int, end: int) -> tuple[int, int]:
        """Return what part of the text a normalised part comes from.

        A combining accent is dropped from the normalised text, but goes with its letter in the shown one.
        """
        return self._offsets[start], max(self._offsets[end - 1] + 1, self._offsets[end])


@lru_cache(maxsize=4096)  # titles and abstracts of a day in two languages, some 40 MB
def _read(text: str) -> _Shown:
    """Read a text; the same papers are shown to many readers, one after the other."""
    return _Shown(text)


@lru_cache(maxsize=1024)
def _automata(phrases: tuple[Phrase, ...]) -> tuple[PhraseAutomaton, SubstringAutomaton]:
    """Prepare a reader's phrases, which are looked for in many papers, one after the other."""
    return PhraseAutomaton(phrases), SubstringAutomaton(phrases)


def _behind_bracket(text: str, start: int, end: int) -> int:
    """Take in the closing bracket of one that was opened within the span, as in `SE(3)`."""
    opened = [character for character in text[start:end] if character in _CLOSING]
    is_open = bool(opened) and _CLOSING[opened[-1]] not in text[start:end]
    return end + 1 if is_open and text[end : end + 1] == _CLOSING[opened[-1]] else end


def _merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
