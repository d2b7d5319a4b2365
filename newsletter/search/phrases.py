"""Phrases of words, unquoted and quoted, as bounds over one field's runs of words.

A text may write a word as two, *pre-training* for `pretraining`. Only the parts that stand side by side somewhere are looked
for: of a word's many parts nearly none do.
"""

from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product
from math import prod

from newsletter.queries.automaton import loose_paths
from newsletter.queries.plurals import plurals_beyond, singulars_beyond, unfold_plural
from newsletter.queries.query import Phrase
from newsletter.queries.words import FUNCTION_WORDS, Reading, fold, may_join, read_words
from newsletter.search.bounds import Bounds, Known, at_most, either, exactly
from newsletter.search.expressions import NOTHING, Expression, Lexeme, all_of, any_of
from newsletter.search.lexemes import (
    ABSTRACT,
    BOTH,
    EXACT,
    LONGEST_PLAIN_RUN,
    LONGEST_RUN,
    LOOSE,
    TITLE,
    is_long_run,
    kept_joint,
    run_lexeme,
)

_MOST_SPELLINGS = 64
_MOST_HYPHENS = 8  # as the matcher has it

Path = Sequence[tuple[str, str]]
"""Words, each with the joint before it."""


@dataclass(frozen=True, slots=True)
class _Spelling:
    """Words of a text in the singular, each with the joint before it."""

    words: tuple[tuple[str, str], ...]
    is_prefix: bool


@dataclass(frozen=True, slots=True)
class _Part:
    """A word written as two: the second may go on (`is_prefix`)."""

    left: str
    right: str
    lexemes: tuple[Lexeme, ...]
    is_prefix: bool = False
    is_sure: bool = True

    @property
    def expression(self) -> Expression:
        return any_of(self.lexemes)


def loose_phrase(field: str, phrase: Phrase, known: Known) -> Bounds:
    """Return the bounds of an unquoted phrase: each way to write it, words read as one or split in two."""
    paths = [list(path) for path in loose_paths(read_words(phrase.text))]
    whole = [_folded(path, is_prefix=phrase.is_prefix) for path in paths]
    parts = {word: list(_parts(field, word, known)) for word in {fold(word) for path in paths for _, word in path}}
    each = [[parts[fold(word)] for _, word in path] for path in paths]
    if phrase.is_prefix:
        started = {word: list(_started_parts(field, word, known)) for word in {path[-1][1] for path in paths}}
        each = [[*found[:-1], started[path[-1][1]]] for path, found in zip(paths, each, strict=True)]
    plain = (_path(field, one, found, known) for one, found in zip(whole, each, strict=True))
    return either([*plain, *_split(field, whole, each, known)])


def exact_phrase(field: str, text: str, known: Known) -> Bounds:
    """Return the bounds of a quoted phrase; a hyphen may also be a space or nothing."""
    reading = read_words(text)
    joints = [reading.exact_joint(place) for place in range(len(reading.words) - 1)]
    is_flexible = joints.count("-") <= _MOST_HYPHENS
    joined = {
        (start, end)
        for start in range(len(reading.words))
        for end in range(start + 2, len(reading.words) + 1)
        if is_flexible and set(joints[start : end - 1]) == {"-"} and _is_word(field, reading.words[start:end], known)
    }
    return either(_exact_path(field, words, between) for words, between in _joinings(reading.words, joints, joined, 0))


def _is_word(field: str, pieces: Sequence[str], known: Known) -> bool:
    return any(known.has(Lexeme(run_lexeme(field, 1, sort, "".join(pieces)))) for sort in (BOTH, EXACT))


def _joinings(
    words: Sequence[str], joints: Sequence[str], joined: Container[tuple[int, int]], start: int
) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the words from `start` on with the joints between them, some joined to one where such a word is known."""
    for end in range(start + 1, len(words) + 1):
        if end > start + 1 and (start, end) not in joined:
            continue
        word = "".join(words[start:end])
        if end == len(words):
            yield [word], []
            continue
        for others, between in _joinings(words, joints, joined, end):
            yield [word, *others], [joints[end - 1], *between]


def text_pair(guess: Lexeme) -> tuple[str, ...] | None:
    """Return the words, in the singular, that a guess at two words in title or abstract needs; None for another guess."""
    if guess.text[:1] not in (TITLE, ABSTRACT) or guess.text[1:2] != "2":
        return None
    words = read_words(guess.text[len(run_lexeme(TITLE, 2, BOTH, "")) :]).folded
    return (words[0],) if guess.is_prefix else tuple(words)


def _folded(path: Path, *, is_prefix: bool) -> _Spelling:
    words = [(joint, fold(word)) for joint, word in path]
    return _Spelling((*words[:-1], path[-1]) if is_prefix else tuple(words), is_prefix)


def _path(field: str, plain: _Spelling, parts: Sequence[Sequence[_Part]], known: Known) -> Bounds:
    """Return the bounds of words in a row; of one alone, or with too many ways to split them, also as they may be split."""
    bounds = _spelled(field, plain, known)
    if len(plain.words) == 1:
        return either([bounds, *(_single(part) for part in parts[0])])
    if not _is_few(parts):
        each = (_word(field, word, found, plain.is_prefix) for (_, word), found in zip(plain.words, parts, strict=True))
        return either([bounds, at_most(all_of(each))])
    return bounds


def _split(
    field: str, whole: Sequence[_Spelling], parts: Sequence[Sequence[Sequence[_Part]]], known: Known
) -> Iterator[Bounds]:
    """Yield the bounds of words in a row of which some are written as two: of each spelling once, whatever is split."""
    found: defaultdict[_Spelling, set[frozenset[Expression]]] = defaultdict(set)
    for plain, each in zip(whole, parts, strict=True):
        if len(plain.words) > 1 and _is_few(each):
            for spelling, also in _spellings(plain, each):
                found[spelling].add(also)
    for spelling, ways in found.items():
        if spelling in whole:
            continue
        least = [also for also in ways if not any(other < also for other in ways)]
        yield at_most(all_of([_spelled(field, spelling, known).upper, any_of(map(all_of, least))]))


def _is_few(parts: Sequence[Sequence[_Part]]) -> bool:
    return prod(len(found) + 1 for found in parts) <= _MOST_SPELLINGS


def _single(part: _Part) -> Bounds:
    return exactly(part.expression) if part.is_sure else at_most(part.expression)


def _word(field: str, word: str, parts: Sequence[_Part], is_prefix: bool) -> Expression:
    """Return what a word's place needs at least, however it is written."""
    sorts = (BOTH, LOOSE, EXACT) if is_prefix else (BOTH, LOOSE)
    whole = (Lexeme(run_lexeme(field, 1, sort, word), is_prefix) for sort in sorts)
    return any_of([*whole, *(part.expression for part in parts)])


def _parts(field: str, word: str, known: Known) -> Iterator[_Part]:
    """Yield the two words, side by side somewhere, that a word or its plural is written as."""
    for form in unfold_plural(word):
        for place in range(1, len(form)):
            left, right = form[:place], form[place:]
            for joint in ("-", " ") if may_join(left, right) else ("-",):
                lexeme = _exact_run(field, (left, right), (joint,))
                if known.has(lexeme):
                    yield _Part(left, fold(right), (lexeme,))


def _started_parts(field: str, beginning: str, known: Known) -> Iterator[_Part]:
    """Yield the same of words that begin so, or whose singular does."""
    for place in range(1, len(beginning)):
        left, right = beginning[:place], beginning[place:]
        for joint in ("-",) if left in FUNCTION_WORDS else ("-", " "):
            for sort in (BOTH, EXACT):
                lexeme = Lexeme(run_lexeme(field, 2, sort, left + joint + right), is_prefix=True)
                if known.has(lexeme):
                    yield _Part(left, right, (lexeme,), is_prefix=True, is_sure=joint == "-")
    for form in plurals_beyond(beginning):
        yield from _parts(field, fold(form), known)


def _spellings(plain: _Spelling, parts: Sequence[Sequence[_Part]]) -> Iterator[tuple[_Spelling, frozenset[Expression]]]:
    """Yield the words with some of them split, and what must be in the field then, too."""
    for chosen in product(*([None, *found] for found in parts)):
        spelt: list[tuple[str, str]] = []
        for (joint, word), part in zip(plain.words, chosen, strict=True):
            spelt += [(joint, word)] if part is None else [(joint, fold(part.left)), (" ", part.right)]
        last = chosen[-1]
        also = frozenset(part.expression for part in chosen if part is not None)
        yield _Spelling(tuple(spelt), is_prefix=plain.is_prefix if last is None else last.is_prefix), also


def _spelled(field: str, spelling: _Spelling, known: Known) -> Bounds:
    """Return the bounds of words in a row; a mark between two may also be one that ends a clause, which no run crosses."""
    words, is_prefix = spelling.words, spelling.is_prefix
    is_plain = all(joint == " " for joint, _ in words[1:])
    is_run = len(words) <= LONGEST_RUN or (not is_prefix and _is_long_run([word for _, word in words]))
    lower = _lower_window(field, words, is_prefix, known) if is_run else NOTHING
    if lower != NOTHING and is_plain and (len(words) == 1 or not is_prefix):
        return exactly(lower)
    upper = [
        _window(field, tuple(run), is_prefix=is_prefix and run[-1] is words[-1], is_lower=False)
        for segment in _segments(words)
        for run in _runs(segment, is_prefix and segment[-1] is words[-1])
    ]
    return Bounds(lower, all_of(upper))


def _is_long_run(folded: Sequence[str]) -> bool:
    return len(folded) == LONGEST_RUN + 1 and is_long_run(folded[0], folded[-1])


def _segments(words: Sequence[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Cut words where a mark stands between them."""
    found: list[list[tuple[str, str]]] = []
    for pair in words:
        if not found or pair[0] != " ":
            found.append([])
        found[-1].append(pair)
    return found


def _runs(words: Sequence[tuple[str, str]], is_prefix: bool) -> list[Sequence[tuple[str, str]]]:
    """Return the longest runs that are lexemes; of a word's beginning only the pair, since a drawer has no order."""
    if is_prefix and len(words) > LONGEST_PLAIN_RUN:
        return [*_runs(words[:-1], is_prefix=False), words[-LONGEST_PLAIN_RUN:]]
    return [words[place : place + LONGEST_RUN] for place in range(max(1, len(words) - LONGEST_RUN + 1))]


def _lower_window(field: str, words: Sequence[tuple[str, str]], is_prefix: bool, known: Known) -> Expression:
    """Return the lexemes of one run; of a beginning in a long one, those of the commonest words that begin so."""
    if not is_prefix or len(words) <= LONGEST_PLAIN_RUN:
        return _window(field, tuple(words), is_prefix=is_prefix, is_lower=True)
    *before, (joint, begun) = words
    return any_of(
        _window(field, (*before, (joint, word)), is_prefix=False, is_lower=True) for word in known.begun(begun)
    )


@lru_cache(maxsize=20_000)
def _window(field: str, words: tuple[tuple[str, str], ...], *, is_prefix: bool, is_lower: bool) -> Expression:
    """Return the lexemes of one run; of a beginning also those of words that begin so only as they are, or only folded."""
    size = len(words)
    text = words[0][1] + "".join(joint + word for joint, word in words[1:])
    found = [Lexeme(run_lexeme(field, size, sort, text), is_prefix) for sort in (BOTH, LOOSE)]
    if is_prefix and (is_lower or size == 1):
        found.append(Lexeme(run_lexeme(field, size, EXACT, text), is_prefix=True))
    if is_prefix and not is_lower and size > 1:
        last = words[-1][1]
        begun = (text.removesuffix(last) + singular for singular in singulars_beyond(last))
        found += [Lexeme(run_lexeme(field, size, sort, other)) for other in begun for sort in (BOTH, LOOSE)]
    pairs = pairwise(words) if size > LONGEST_PLAIN_RUN else ()
    return all_of([any_of(found), *(_window(field, pair, is_prefix=False, is_lower=is_lower) for pair in pairs)])


def _exact_path(field: str, spelt: Sequence[str], between: Sequence[str]) -> Bounds:
    if _is_long_run(list(map(fold, spelt))) and all(kept_joint(joint, plain=" -") is not None for joint in between):
        return exactly(_exact_window(field, spelt, between))
    breaks = [place for place, joint in enumerate(between) if kept_joint(joint, plain=" -") is None]
    edges = [0, *(place + 1 for place in breaks), len(spelt)]
    found = [
        _exact_window(field, spelt[place:end], between[place : end - 1])
        for start, stop in pairwise(edges)
        for place, end in _places(start, stop)
    ]
    return exactly(found[0]) if len(found) == 1 else at_most(all_of(found))


def _places(start: int, stop: int) -> list[tuple[int, int]]:
    last = max(start, stop - LONGEST_RUN)
    return [(place, min(place + LONGEST_RUN, stop)) for place in range(start, last + 1)]


def _exact_window(field: str, words: Sequence[str], joints: Sequence[str]) -> Expression:
    choices = [("-", " ") if joint == "-" else (joint,) for joint in joints]
    found = any_of(_exact_run(field, tuple(words), chosen) for chosen in product(*choices))
    if len(words) <= LONGEST_PLAIN_RUN:
        return found
    pairs = (_exact_window(field, words[place : place + 2], [joint]) for place, joint in enumerate(joints))
    return all_of([found, *pairs])


@lru_cache(maxsize=20_000)  # of one query's phrases each is asked for several times
def _exact_run(field: str, words: tuple[str, ...], joints: tuple[str, ...]) -> Lexeme:
    """Return the lexeme of words as they are."""
    reading = Reading(words, [*joints, ""])
    exact = words[0] + "".join(joint + word for joint, word in zip(joints, words[1:], strict=True))
    loose = reading.folded[0]
    for place, word in enumerate(reading.folded[1:]):
        loose += reading.loose_joint(place) + word
    return Lexeme(run_lexeme(field, len(words), BOTH if loose == exact else EXACT, exact))
