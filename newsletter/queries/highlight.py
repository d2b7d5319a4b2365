"""Highlighting: where a query's words stand in the text that is shown."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from newsletter.queries.automaton import PhraseAutomaton, SubstringAutomaton
from newsletter.queries.query import Field, Phrase, Query, list_wanted_terms
from newsletter.queries.words import Reading, find_words, normalise_with_offsets, read_words, squeeze_with_offsets

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
    spans = [(shown.starts[first], shown.ends[behind - 1]) for _, first, behind in words.find(shown.reading)]
    for _, first, behind in substrings.find(shown.squeezed):
        spans.append((shown.squeezed_starts[first], shown.squeezed_ends[behind - 1]))
    return _merge([(start, _behind_bracket(text, start, end)) for start, end in spans])


@dataclass(frozen=True, slots=True)
class _Shown:
    """A text made ready to be searched; starts and ends are those of its words and characters in the text itself."""

    reading: Reading
    starts: Sequence[int]
    ends: Sequence[int]
    squeezed: str
    squeezed_starts: Sequence[int]
    squeezed_ends: Sequence[int]


@lru_cache(maxsize=4096)  # titles and abstracts of a day in two languages, some 40 MB
def _read(text: str) -> _Shown:
    """Read a text; the same papers are shown to many readers, one after the other."""
    normalised, offsets = normalise_with_offsets(text)
    # a combining accent is dropped from the normalised text, but goes with its letter in the shown one
    ends = [max(here + 1, following) for here, following in zip(offsets, [*offsets, len(text)][1:], strict=True)]
    places = find_words(normalised)
    squeezed, kept = squeeze_with_offsets(normalised)
    return _Shown(
        reading=read_words(normalised),
        starts=array("I", [offsets[start] for start, _ in places]),
        ends=array("I", [ends[end - 1] for _, end in places]),
        squeezed=squeezed,
        squeezed_starts=array("I", [offsets[index] for index in kept]),
        squeezed_ends=array("I", [ends[index] for index in kept]),
    )


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
