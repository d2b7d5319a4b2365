"""Passages: the parts of a text in which one of a few phrases may stand, so that the rest need not be read word by word.

Whatever a phrase is spelled like, it begins with the first letters of its first word, or of that word's plural. From each
such place on so many words are read as the longest phrase can have. For a single query that is a fifth of an abstract.
"""

import re
from collections.abc import Iterator, Sequence

from newsletter.queries.plurals import plurals_beyond, unfold_plural
from newsletter.queries.query import Phrase
from newsletter.queries.words import Reading, fold, is_letter, read_words

_LETTERS = 3
_MOST_HEADS = 16
_WHOLE_UNDER = 200  # characters; shorter texts are read as fast as they are searched
_GAP = r"[-\s]*"  # a word may be written as two
_BREAK = "\ud800"  # between passages: half a character, which is in no text and so in no phrase


class Passages:
    """Reads texts as far as the phrases need; all of them where there are many phrases. Chinese phrases are passed over."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        readings = [(phrase, read_words(phrase.text)) for phrase in phrases if not phrase.is_chinese]
        heads: set[str] = set()
        for phrase, reading in readings:
            heads.update(form[:_LETTERS] for form in _first_words(phrase, reading.words))
            if len(heads) > _MOST_HEADS:
                break
        self._heads: re.Pattern[str] | None = None
        if len(heads) <= _MOST_HEADS and all(heads):
            spelled = (_GAP.join(map(re.escape, head)) for head in sorted(heads))
            self._heads = re.compile("|".join(spelled)) if heads else re.compile(r"(?!)")
        # each word may be written as two; two more words may begin within a head, one is dropped, one may be a possessive
        count = 2 * max((len(reading.words) for _, reading in readings), default=0) + 4
        self._words = re.compile(rf"(?:[^\W_]+(?:'s(?![^\W_]))?[\W_]*){{1,{count}}}")

    def read(self, normalised: str) -> Reading:
        """Return the words of the passages; between two of them stands what no phrase has."""
        if self._heads is None or len(normalised) < _WHOLE_UNDER:
            return read_words(normalised)
        words: list[str] = []
        between: list[str] = []
        for start, end in self._spans(normalised):
            reading = read_words(normalised[start:end])
            # the last word may read otherwise without what follows: the star of *a*b* is part of no name
            size = len(reading.words) - (end < len(normalised))
            words += reading.words[:size]
            between += reading.between[:size]
            if size:
                between[-1] = _BREAK
        return Reading(words, between)

    def _spans(self, text: str) -> list[tuple[int, int]]:
        spans: list[tuple[int, int]] = []
        for start in self._starts(text):
            found = self._words.match(text, start)
            end = found.end() if found else len(text)
            if spans and start <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(spans[-1][1], end))
            else:
                spans.append((start, end))
        return spans

    def _starts(self, text: str) -> Iterator[int]:
        """Yield where words begin with a head; in `robot's` the s is no word, so that is read from the r on."""
        search = self._heads.search if self._heads else re.compile("").search
        found = search(text)
        while found:
            start = found.start()
            if not (start and is_letter(text[start - 1])):
                yield _possessor(text, start) if text[start - 1 : start] == "'" else start
            found = search(text, start + 1)


def _possessor(text: str, start: int) -> int:
    place = text.rfind(" ", 0, start) + 1
    return place if place < start else 0


def _first_words(phrase: Phrase, words: Sequence[str]) -> Iterator[str]:
    """Yield every word that a phrase can begin with in a text, but for those that only go on longer."""
    for size in (1, 2):
        joined = "".join(words[:size])
        if phrase.is_exact or (phrase.is_prefix and size >= len(words)):
            yield joined
        if phrase.is_prefix and size >= len(words):
            yield from plurals_beyond(joined)
        elif not phrase.is_exact:
            yield from unfold_plural(fold(joined))
