"""Replacing a phrase in a text so that the words around it still read on."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

_SHORTEST_ECHO = 2  # characters said twice; one alone may begin the next word (智能体体验)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a form stands in a text, from `start` to before `end`."""

    form: str
    start: int
    end: int


def find_forms(text: str, forms: Sequence[str]) -> list[Place]:
    """Return where the forms stand in the text, the longest first where several begin; letters of ASCII in any case.

    A form that begins or ends with an ASCII letter is a whole word there.
    """
    if not forms:
        return []
    return [Place(found[0], *found.span()) for found in _any_of(tuple(forms)).finditer(text)]


def is_free(place: Place, closed: Iterable[tuple[int, int]]) -> bool:
    """Tell whether a place touches none of the closed stretches."""
    return all(place.end <= start or end <= place.start for start, end in closed)


def put(text: str, place: Place, form: str) -> str:
    """Return the text with the form in the place; what it shares with the words beside it is said once.

    智能代理 becomes 智能体, not 智能智能体; a space is put between the form and a neighbour where both are ASCII words.
    """
    before, after = text[: place.start], text[place.end :]
    shared = _overlap(before, form)
    before = before[: len(before) - shared]
    after = after[_overlap(form, after) :]
    return f"{before}{_gap(before, form)}{form}{_gap(form, after)}{after}"


@lru_cache(maxsize=5_000)
def _any_of(forms: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(set(forms), key=lambda form: (-len(form), form))
    return re.compile("|".join(map(_pattern, longest_first)), re.IGNORECASE)


def _pattern(form: str) -> str:
    first = r"(?<![A-Za-z])" if form[0].isascii() and form[0].isalpha() else ""
    last = r"(?![A-Za-z])" if form[-1].isascii() and form[-1].isalpha() else ""
    return f"{first}{re.escape(form)}{last}"


def _overlap(left: str, right: str) -> int:
    """Return how long the longest end of the left text is that the right text begins with; zero if too short to tell."""
    for length in range(min(len(left), len(right)), _SHORTEST_ECHO - 1, -1):
        if left.endswith(right[:length]):
            return length
    return 0


def _gap(left: str, right: str) -> str:
    return " " if left[-1:].isascii() and left[-1:].isalnum() and right[:1].isascii() and right[:1].isalnum() else ""
