"""Sentences: where they end, and which sentence of a translation says which of its source.

The marks of a language's own script (。！？) end a sentence wherever they stand; the ASCII marks `.!?` when white space
follows, unless an abbreviation, an initial or a list marker stands before them or a small letter after. Nothing ends
inside a formula, an address or code. Aligning follows Gale and Church, A Program for Aligning Sentences in Bilingual
Corpora (1993): the cheapest way through both texts by the lengths of their sentences, and by the numbers, names and
formulas they share.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

from newsletter.translation.language import Language

_WHOLE = re.compile(  # nothing ends inside these
    r"\\\$|\$\$.+?\$\$|\$[^$]{1,400}\$|\\\(.+?\\\)|\\\[.+?\\\]|`[^`']{1,200}`|https?://[^\s\u3000-\u9fff\uff00-\uffef]*[\w/]"
)
_CLOSERS = r"""["'”’)\]}»›）」』】〉》*_]"""
_OPENERS = "\"'“‘([{`«*_「『（【〈《"
_WORD = re.compile(r"[^\W_](?:[\w.\-]*[^\W_])?$")
_LISTED = re.compile(r"(?:^|[:;,：；，]\s*)\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})$")
_STARTER = re.compile(r"\w{1,3}\b|Th")  # after "type A." a sentence begins with We, The, In, This; a name is longer
_ODD_NAME = re.compile(r"[a-z]+[A-Z0-9]")  # iCaRL, vLLM, k2: a small letter that may begin a sentence
_LONGEST_WORD = 40

_ANCHOR = re.compile(r"\$[^$]+\$|\d+(?:[.,]\d+)*|[A-Za-z]*[A-Z][a-z]*[A-Z0-9][A-Za-z0-9]*|[A-Za-z]+\d\w*")
_STEPS = {  # sentences of the source and of the target that say the same, and what such a step costs beforehand
    (1, 1): 0.1, (1, 2): 2.3, (2, 1): 2.3, (1, 3): 4.5, (3, 1): 4.5, (2, 2): 4.5, (1, 0): 6.0, (0, 1): 6.0,
}  # fmt: skip
_VARIANCE = 3.0  # of the difference in length, in characters of English for each character of English
_SHARED, _ALONE = 1.0, 1.0  # what an anchor saves that both have, and costs that only one has
_BAND = 3  # so many sentences may one text be ahead of the other
_MOST_ANCHORS = 4
_LIKELY = 3.0  # a one-to-one pair that costs no more needs no second look


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Sentences of a source and the sentences of its translation that say the same; one side may be empty.

    `sources` and `targets` are as `split_sentences` gives them.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]

    @property
    def source(self) -> str:
        return "".join(self.sources)

    @property
    def target(self) -> str:
        return "".join(self.targets)


def split_sentences(text: str, language: Language) -> list[str]:
    """Return the sentences of the text, each with the white space after it: joined, they are the text again."""
    pieces, start = [], 0
    for end in _ends(text, language):
        pieces.append(text[start:end])
        start = end
    if start < len(text):
        pieces.append(text[start:])
    return pieces


def join_sentences(sentences: Sequence[str], language: Language) -> str:
    """Return one text of sentences that were translated one by one, with spaces between them where that is the custom."""
    gap = " " if language.is_spaced else ""
    return gap.join(stripped for sentence in sentences if (stripped := sentence.strip()))


@cache
def _marks(language: Language) -> re.Pattern[str]:
    return re.compile(f"(?P<mark>[.!?…{re.escape(language.sentence_ends)}]+)(?P<closers>{_CLOSERS}*)(?P<gap>\\s*)")


def _ends(text: str, language: Language) -> list[int]:
    whole = [found.span() for found in _WHOLE.finditer(text)]
    ends, start = [], 0
    for found in _marks(language).finditer(text):
        if any(first < found.start() < last for first, last in whole):
            continue
        if _is_end(text, start, found, language):
            ends.append(found.end())
            start = found.end()
    return ends


def _is_end(text: str, start: int, found: re.Match[str], language: Language) -> bool:
    before, mark, after = (
        text[max(start, found.start() - _LONGEST_WORD) : found.start()],
        found["mark"],
        text[found.end() :],
    )
    if not before.strip():
        return False
    if any(sign in language.sentence_ends for sign in mark):
        is_quoted = found["closers"] and not found["gap"] and mark[-1] in "？！"  # “为什么？”的问题
        return not (is_quoted and after and language.script.match(after))
    if not found["gap"]:
        return not language.is_spaced and not found["closers"] and _stands_between(language, before, after)
    return _is_ascii_end(before, mark, after.lstrip(_OPENERS), language) if after else True


def _stands_between(language: Language, before: str, after: str) -> bool:
    return language.script.match(before[-1]) is not None and language.script.match(after) is not None


def _is_ascii_end(before: str, mark: str, after: str, language: Language) -> bool:
    if after[:1].islower() and not _ODD_NAME.match(after):
        return False
    if mark != ".":
        return mark.strip("….") != "" or after[:1].isupper()
    word = found[0] if (found := _WORD.search(before)) else ""
    if _LISTED.search(before) or word.lower() in language.abbreviations:
        return False
    if word.lower() in language.numbered_abbreviations:
        return after[:1].isalpha()
    if word.lower() in language.doubtful_abbreviations:
        return after[:1].isupper()
    is_initial = len(word) == 1 and word.isupper() and after[:1].isupper()
    return not is_initial or _STARTER.match(after) is not None


def align(source: str, target: str, source_language: Language, target_language: Language) -> list[Pair]:
    """Return the pairs of sentences in order: their sources, joined, are the source, and their targets the target.

    A sentence that was left out makes a pair without target, an added one a pair without source; a translation may merge
    up to three sentences or split one into three.
    """
    left = [_measure(piece, source_language) for piece in split_sentences(source, source_language)]
    right = [_measure(piece, target_language) for piece in split_sentences(target, target_language)]
    if len(left) == len(right) and all(_cost([a], [b]) <= _LIKELY for a, b in zip(left, right, strict=True)):
        return [Pair(sources=(a.text,), targets=(b.text,)) for a, b in zip(left, right, strict=True)]
    pairs, i, j = [], len(left), len(right)
    best = _cheapest(left, right)
    while i or j:
        more, many = best[i, j][1]
        pairs.append(
            Pair(
                sources=tuple(piece.text for piece in left[i - more : i]),
                targets=tuple(piece.text for piece in right[j - many : j]),
            )
        )
        i, j = i - more, j - many
    return pairs[::-1]


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    size: float
    anchors: frozenset[str]


def _measure(text: str, language: Language) -> _Piece:
    return _Piece(text, language.size(text.strip()), frozenset(_ANCHOR.findall(text)))


def _cheapest(left: list[_Piece], right: list[_Piece]) -> dict[tuple[int, int], tuple[float, tuple[int, int]]]:
    """Return for each place in both texts what it costs to get there, and by which last step."""
    best: dict[tuple[int, int], tuple[float, tuple[int, int]]] = {(0, 0): (0.0, (0, 0))}
    width = _BAND * max(len(left), len(right))
    for i, j in product(range(len(left) + 1), range(len(right) + 1)):
        if abs(i * len(right) - j * len(left)) > width:
            continue
        ways = [
            (best[i - more, j - many][0] + cost + _cost(left[i - more : i], right[j - many : j]), (more, many))
            for (more, many), cost in _STEPS.items()
            if (i - more, j - many) in best
        ]
        if ways:
            best[i, j] = min(ways)
    return best


def _cost(left: list[_Piece], right: list[_Piece]) -> float:
    if not (left and right):
        return 0.0
    size, other = sum(piece.size for piece in left), sum(piece.size for piece in right)
    mean = (size + other) / 2
    distance = abs(size - other) / math.sqrt(_VARIANCE * mean) if mean else 0.0
    unlikely = -math.log(max(math.erfc(distance / math.sqrt(2)), 1e-12))
    mine = left[0].anchors.union(*(piece.anchors for piece in left[1:]))
    theirs = right[0].anchors.union(*(piece.anchors for piece in right[1:]))
    shared, alone = min(len(mine & theirs), _MOST_ANCHORS), min(len(mine ^ theirs), _MOST_ANCHORS)
    return unlikely - _SHARED * shared + _ALONE * alone
