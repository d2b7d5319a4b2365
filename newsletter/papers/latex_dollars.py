"""Which dollars are the marks of a formula, and which are money."""

import re
from typing import NamedTuple

_STRONG = re.compile(r"\\[^%$&#_]|[\^_{}=<>≤≥±×→∈√∞Α-Ωα-ωϵϕ]")
_TEX_ONLY = re.compile(r"\\[^%$&#_]|\^")
_OPERATOR = re.compile(r"\s*[-–+/<>=:|~]+\s*\Z")
_PADDED = re.compile(r"\s(?:[A-Za-z]\S*\s|[+-]?[\d.,]+(?:\\?%)?)\Z")
_AMOUNT = re.compile(r"\d\S*\s")
_FIGURE = re.compile(r"(?:[\d\s.,^{}+-]|\\(?:times|cdot|pm|sim|%))+\Z")
_NESTED = re.compile(r"\\[A-Za-z]+|\{[^{}]*\}")
_PROSE = re.compile(r"(?<![^\s(])[A-Za-z]{3,}(?![^\s.,;:)])")
_MOST_WORDS = 4


class Formula(NamedTuple):
    """What stands between two dollars, and the place behind the second."""

    body: str
    end: int


def find_formula(source: str, place: int) -> Formula | None:
    """Return the formula that the dollar at `place` opens, or None when that dollar is money or stands alone."""
    mark = "$$" if source.startswith("$$", place) else "$"
    start = place + len(mark)
    end = _unescaped(source, mark, start)
    if end < 0:
        return None
    body, rest = source[start:end], end + len(mark)
    if not is_formula(body, before=source[max(0, place - 1) : place], after=source[rest : rest + 1]):
        return None
    return Formula(body, rest)


def holds_formula(source: str) -> bool:
    """Tell whether any two dollars hold a formula."""
    place = source.find("$")
    while place >= 0:
        if find_formula(source, place):
            return True
        place = source.find("$", place + 1)
    return False


def is_formula(body: str, *, before: str, after: str) -> bool:
    """Judge whether two dollars hold a formula between them, and not the words between two prices.

    `before` and `after` are the characters around the two dollars, or empty.
    """
    if not body.strip() or "\n\n" in body:
        return False
    words = len(_PROSE.findall(_NESTED.sub(" ", body)))
    is_lopsided = body[-1].isspace() and not body[0].isspace()
    if is_lopsided and not (_FIGURE.match(body) if _AMOUNT.match(body) else _TEX_ONLY.search(body)):
        return False  # `$5 = 4€ and $6`, but not `$x^2 $`
    if _STRONG.search(body) or _OPERATOR.match(body):
        return words <= _MOST_WORDS
    if body[0].isspace() or body[-1].isspace():
        return bool(_PADDED.match(body))
    if (_AMOUNT.match(body) and words) or after.isdigit():
        return False
    return words < 2 and not (before.isalnum() and before.isascii() and words)


def _unescaped(source: str, mark: str, place: int) -> int:
    while (end := source.find(mark, place)) >= 0:
        before = source[place:end]
        if (len(before) - len(before.rstrip("\\"))) % 2 == 0:
            return end
        place = end + 1
    return -1
