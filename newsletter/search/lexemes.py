"""Lexemes: a paper as a set of strings, so that a full-text index of sets can answer what the matcher would.

A lexeme is a field, a size and a sort (a letter or digit each) and then the words. Runs of up to three words are lexemes, and
those of four that neither begin nor end with a function word: in the singular with their loose joints (what an unquoted
keyword is compared with), and as they are with their exact joints (what a quoted one is); where both are the same string they
are one lexeme. So most phrases are one look-up, however common their words are, and neither database needs the words' places.
A mark with a space beside it ends a sentence or a clause, and no run goes across it. Chinese is split into characters and
whole words of other letters.

Nearly every run of three or more stands in one paper only, and a key of its own would cost more than all else. Those share
some million drawers. A run is looked up by its drawer together with its pairs, so that another one in the same drawer is
mistaken for it only where all its pairs are in the paper as well.
"""

import re
from collections.abc import Iterator, Sequence
from zlib import crc32

from newsletter.papers.taxonomy import list_codes
from newsletter.queries.matcher import Matchable
from newsletter.queries.words import FUNCTION_WORDS, Reading, has_han, is_letter, normalise, read_words, squeeze

TITLE, ABSTRACT, COMMENT, AUTHORS = "tacu"
BOTH, LOOSE, EXACT = "blx"
"""What a run of words is: the same string to quoted and unquoted keywords, or for one of them only."""
LONGEST_RUN = 3
LONGEST_PLAIN_RUN = 2
"""Longer runs share drawers."""
CHINESE = "h"
LONGEST_CHINESE_RUN = 6
EVERY = "z"
"""The lexeme that every paper has."""
UNREAD = "y"
"""The lexeme of a paper that has more than an index can hold, so that only the matcher knows what is in it."""
LONGEST_LEXEME = 400
MOST_BYTES = 900_000
"""PostgreSQL holds a megabyte of lexemes a paper; some collaborations have five thousand authors."""

_WORD_END = "|"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_FIRST = "0123456789bdefghijlmopqrsvwx"  # what no other lexeme begins with
_HEADS = [first + second for first in _FIRST for second in _DIGITS]
_TAILS = [third + fourth for third in _DIGITS for fourth in _DIGITS]
DRAWERS = len(_HEADS) * len(_TAILS)
_SPACE = re.compile(r"\s")


def list_lexemes(paper: Matchable) -> set[str]:
    """Return everything by which a paper can be found."""
    found: set[str] = {EVERY}
    for field, text in _texts(paper):
        found.update(_list_runs(field, read_words(normalise(text))))
    for field, text in _chinese_texts(paper):
        found.update(_list_chinese(field, text))
    for name in paper.authors:
        found.update(_list_names(read_words(normalise(name)).words))
    found.update(category_lexeme(code) for category in paper.categories for code in list_codes(category))
    return _bounded(found)


def list_text_words(paper: Matchable) -> set[str]:
    """Return the distinct words of title and abstract in the singular."""
    return {word for text in (paper.title, paper.abstract) for word in read_words(normalise(text)).folded}


def run_lexeme(field: str, size: int, sort: str, text: str) -> str:
    """Return the lexeme of a run of `size` words."""
    run = f"{field}{size}{sort}{text}"
    return run if size <= LONGEST_PLAIN_RUN else drawer(run)


def name_lexeme(*words: str) -> str:
    """Return the lexeme of a name's word, or of two that come in this order; the first may be an initial."""
    return f"n{len(words)}{' '.join(words)}"


def category_lexeme(code: str) -> str:
    """Return the lexeme of a category or an archive."""
    return f"k{code}"


def chinese_lexeme(field: str, units: Sequence[str]) -> str:
    """Return the lexeme of some characters and words side by side; one alone is the beginning of a pair's."""
    size = max(LONGEST_PLAIN_RUN, len(units))
    run = f"{field}{CHINESE}{size}{''.join(units)}"
    return run if size <= LONGEST_PLAIN_RUN else drawer(run)


def drawer(run: str) -> str:
    """Return the drawer that a run shares with others: four letters."""
    head, tail = divmod(crc32(run.encode()) % DRAWERS, len(_TAILS))
    return _HEADS[head] + _TAILS[tail]


def split_chinese(squeezed: str) -> list[str]:
    """Split squeezed text into its units: whole words, which end in a mark of their own, and single other characters."""
    units: list[str] = []
    word = ""
    for character in squeezed:
        if is_letter(character):
            word += character
            continue
        if word:
            units.append(word + _WORD_END)
            word = ""
        units.append(character)
    return [*units, word + _WORD_END] if word else units


def is_long_run(first: str, last: str) -> bool:
    """Tell whether four words are a lexeme, too, by the first and the last in the singular: *state of the art*."""
    return first not in FUNCTION_WORDS and last not in FUNCTION_WORDS


def kept_joint(joint: str, *, plain: Sequence[str]) -> str | None:
    """Return the joint, or None where it ends a clause and runs do not go across it."""
    return joint if joint in plain or not _SPACE.search(joint) else None


def _texts(paper: Matchable) -> Iterator[tuple[str, str]]:
    yield TITLE, paper.title
    yield ABSTRACT, paper.abstract
    yield COMMENT, paper.comment
    yield AUTHORS, "; ".join(paper.authors)


def _chinese_texts(paper: Matchable) -> Iterator[tuple[str, str]]:
    yield TITLE, paper.title_translated
    yield ABSTRACT, paper.abstract_translated
    for field, text in ((COMMENT, paper.comment), (AUTHORS, "; ".join(paper.authors))):
        if has_han(normalise(text)):
            yield field, text


def _list_runs(field: str, reading: Reading) -> Iterator[str]:
    words, folded = list(reading.words), reading.folded
    loose_joints = [_loose_joint(reading, place) for place in range(len(words) - 1)]
    exact_joints = [kept_joint(reading.exact_joint(place), plain=" -") for place in range(len(words) - 1)]
    loose: list[str | None] = [*folded]
    exact: list[str | None] = [*words]
    for size in range(1, LONGEST_RUN + 1):
        if size > 1:
            loose = _longer(loose, loose_joints[size - 2 :], folded[size - 1 :])
            exact = _longer(exact, exact_joints[size - 2 :], words[size - 1 :])
        yield from _sorts(field, size, loose, exact)
    size = LONGEST_RUN + 1
    loose = _longer(loose, loose_joints[size - 2 :], folded[size - 1 :])
    exact = _longer(exact, exact_joints[size - 2 :], words[size - 1 :])
    kept = [place for place in range(len(loose)) if is_long_run(folded[place], folded[place + size - 1])]
    yield from _sorts(field, size, [loose[place] for place in kept], [exact[place] for place in kept])


def _loose_joint(reading: Reading, place: int) -> str | None:
    joint = reading.loose_joint(place)
    return joint if joint == " " or not _SPACE.search(reading.between[place]) else None


def _longer(runs: Sequence[str | None], joints: Sequence[str | None], words: Sequence[str]) -> list[str | None]:
    """Return each run with the word behind it; the last one has none."""
    return [
        None if run is None or joint is None else run + joint + word
        for run, joint, word in zip(runs, joints, words, strict=False)
    ]


def _sorts(field: str, size: int, loose: Sequence[str | None], exact: Sequence[str | None]) -> Iterator[str]:
    for one, other in zip(loose, exact, strict=True):
        if one == other:
            if one is not None:
                yield run_lexeme(field, size, BOTH, one)
            continue
        if one is not None:
            yield run_lexeme(field, size, LOOSE, one)
        if other is not None:
            yield run_lexeme(field, size, EXACT, other)


def _list_chinese(field: str, text: str) -> Iterator[str]:
    """Yield each run of two units to six, and the last one alone, so that any unit is the beginning of a pair."""
    units = split_chinese(squeeze(normalise(text)))
    if units:
        yield chinese_lexeme(field, units[-1:])
    for size in range(2, LONGEST_CHINESE_RUN + 1):
        for place in range(len(units) - size + 1):
            yield chinese_lexeme(field, units[place : place + size])


def _list_names(words: Sequence[str]) -> Iterator[str]:
    for place, last in enumerate(words):
        yield name_lexeme(last)
        for given in words[:place]:
            yield name_lexeme(given, last)
            yield name_lexeme(given[0], last)


def _bounded(lexemes: set[str]) -> set[str]:
    """Leave out what an index cannot hold, and say so."""
    longest = max(map(len, lexemes))
    if longest * 4 <= LONGEST_LEXEME and longest * len(lexemes) * 4 <= MOST_BYTES:
        return lexemes
    kept = {lexeme for lexeme in lexemes if len(lexeme.encode()) <= LONGEST_LEXEME}
    if len(kept) == len(lexemes) and sum(len(lexeme.encode()) for lexeme in kept) <= MOST_BYTES:
        return kept
    total = 0
    chosen = {EVERY, UNREAD}
    for lexeme in sorted(kept):
        total += len(lexeme.encode())
        if total > MOST_BYTES:
            break
        chosen.add(lexeme)
    return chosen
