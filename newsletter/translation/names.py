"""Which Latin tokens are names of models, data sets and methods, and which are acronyms that a language may say otherwise.

A name has a capital after a small letter (ImageNet, iCaRL), a digit (Qwen2.5-VL-3B, COVID-19), or three capitals or more
(GRPO). An acronym is one of two capitals, or one that languages replace as often as not (`names.toml`; the recorded
translations keep AI in 59 %, RL in 67 % and UAV in 27 % of their places, but GNN in 99 %), or a word with odd capitals that
spells an acronym out (eXplainable). Ordinary words in a title's capitals, with or without hyphens, are neither.
"""

import re
import tomllib
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

PATTERN = r"(?:\d{1,2}(?=[A-Z]{2}))?[A-Za-z][A-Za-z0-9]*(?:(?:[-_]|\.(?=\d))[A-Za-z0-9]+)*(?:\+{1,2}(?![A-Za-z0-9]))?"
"""One token that may be, or hold, a name."""

_LISTS = tomllib.loads(Path(__file__).with_name("names.toml").read_text("utf-8"))
_ORDINARY, _COUNTED = frozenset(_LISTS["ordinary"].split()), frozenset(_LISTS["counted"].split())
_HYPHEN = re.compile(r"[-_]")
_CAPITALS = re.compile(r"[A-Z]{2,}s?")
_MIXED = re.compile(  # ImageNet, iCaRL; GPTuner; LLMx, but not LLMs
    r"[A-Za-z]*[a-z][A-Z]|[A-Z]{2,}[a-z]{2}|[A-Z]{2,}[a-rt-z]"
)
_SPELT = re.compile(  # REtrieval, eXplainable, latEnt, strategY: words with the capitals of an acronym
    r"(?:[A-Z]{2,}|[a-z][A-Z])[a-z]{6,}|[a-z]{2,}[A-Z]{1,3}[a-z]{2,}|[A-Z]?[a-z]{3,}[A-Z]|[a-z]{3,}[A-Z][a-z]"
)
_SHORTEST_SPELT = 6
_WITH_DIGIT = re.compile(r"[A-Za-z]+\d|\d+[A-Z]{2}")
_NUMBERED = re.compile(r"([A-Za-z][a-z]*)-\d+")
_SMALL = frozenset({"to", "and", "in", "of", "as", "for", "vs", "or", "on", "with"})
_ROMAN = re.compile(r"[IVX]+")

_BRACKET = re.compile(r"\(\s*(?:i\.e\.,?\s*|a\.k\.a\.\s*)?([A-Za-z][A-Za-z0-9-]*?)s?\s*[,;)]")
_SEPARATOR = re.compile(r"[^\w'’/]+")
_LONGEST_EXPLANATION = 120


class Naming(StrEnum):
    """What a token is."""

    NAME = "name"
    ACRONYM = "acronym"


@lru_cache(maxsize=4096)
def find_name(token: str) -> tuple[int, int, Naming] | None:
    """Return where in the token the name or acronym begins and ends, and which it is; None for an ordinary word.

    `LLM-based` holds the acronym LLM, `GRPO-style` the name GRPO; `SLEA-RL`, `GPT-4o` and `t-SNE` are names as a whole.
    """
    parts = _split(token)
    marked = [place for place in range(len(parts)) if _is_marked([part for _, part in parts], place)]
    if not marked or _is_counted(token):
        return None
    first = marked[0]
    small = [place for place, (_, part) in enumerate(parts) if place > first and part in _SMALL]
    last = max(place for place in marked if not small or place < small[0])
    while first and (len(parts[first - 1][1]) == 1 or parts[first][1][:1].isdigit()):
        first -= 1  # t-SNE, Llama-3
    (start, _), (offset, part) = parts[first], parts[last]
    end = len(token) if last == len(parts) - 1 else offset + len(part)
    return start, end, _naming([part for _, part in parts[first : last + 1]])


def _split(token: str) -> list[tuple[int, str]]:
    parts, start = [], 0
    for found in _HYPHEN.finditer(token):
        parts.append((start, token[start : found.start()]))
        start = found.end()
    return [*parts, (start, token[start:])]


def _is_marked(parts: list[str], place: int) -> bool:
    part = parts[place]
    if place and part[:1].isdigit():
        return not parts[place - 1].islower()  # Llama-3, but not text-to-3D
    if part in _ORDINARY or _CAPITALS.fullmatch(part):
        return not _ROMAN.fullmatch(part)
    return bool(_MIXED.match(part) or _WITH_DIGIT.match(part))


def _is_counted(token: str) -> bool:
    """Tell whether it is a counted thing: Top-1, Level-3, top-5."""
    found = _NUMBERED.fullmatch(token)
    return found is not None and (found[1].islower() or found[1] in _COUNTED)


def _naming(parts: list[str]) -> Naming:
    if len(parts) == 1:
        is_spelt = len(parts[0]) >= _SHORTEST_SPELT and _SPELT.fullmatch(parts[0])
        return Naming.ACRONYM if is_spelt or _is_acronym(parts[0]) else Naming.NAME
    return Naming.ACRONYM if all(_is_ordinary(part) for part in parts) else Naming.NAME


def _is_acronym(part: str) -> bool:
    return _is_ordinary(part) or re.fullmatch(r"[A-Z]{2}s?", part) is not None


def _is_ordinary(part: str) -> bool:
    return part in _ORDINARY or part.removesuffix("s") in _ORDINARY


def find_explained(text: str) -> set[str]:
    """Return the acronyms that the text itself explains, `Software Testing (ST)`: a language may say the long form only."""
    found = set()
    for match in _BRACKET.finditer(text):
        letters = [sign.lower() for sign in match[1] if sign.isalnum()]
        before = text[max(0, match.start() - _LONGEST_EXPLANATION) : match.start()].lower()
        signs = iter(" ".join(_SEPARATOR.split(before)[-len(letters) - 4 :]))
        if all(letter in signs for letter in letters):  # each after the one before it
            found.add(match[1])
    return found
