"""How the parts of a formula are set in one line of plain text."""

import re
from collections.abc import Sequence
from enum import Enum, auto
from typing import NamedTuple

from newsletter.papers import latex_symbols as symbols

_WORD = re.compile(r"[\w.√]+[′*]*|\([^()]*\)|\w+\([^()]*\)|\|[^|]*\||[^\w\s]")
_ORDINAL = re.compile(r"(?:st|nd|rd|th)")
_OPENERS = "([{⟨⌈⌊|‖,/^_"
_CLINGING = "∂∇∀∃∄¬√"
_LONGEST_SCRIPT = 6


class Kind(Enum):
    """How a part of a formula keeps its distance."""

    PLAIN = auto()
    LETTER = auto()
    SPACE = auto()
    OPERATOR = auto()
    RELATION = auto()
    FUNCTION = auto()
    SCRIPT = auto()


class Shown(NamedTuple):
    """What a command becomes."""

    kind: Kind
    text: str


class Atom(NamedTuple):
    """A part of a formula; `gap`: the author left a space before it."""

    kind: Kind
    text: str
    gap: bool


SHOWN = {
    name: Shown(kind, text)
    for table, kind in (
        (symbols.GREEK, Kind.LETTER),
        (symbols.SYMBOLS, Kind.PLAIN),
        (symbols.OPERATORS, Kind.OPERATOR),
        (symbols.RELATIONS, Kind.RELATION),
        ({name: name for name in symbols.FUNCTIONS}, Kind.FUNCTION),
        ({"|": "‖", **dict.fromkeys("!-/@()[]+", "")}, Kind.PLAIN),
        (dict.fromkeys([*symbols.SPACES, ",", ";", ":", ">", "\\", ""], ""), Kind.SPACE),
    )
    for name, text in table.items()
}
"""Every command that becomes the same sign wherever it stands."""


def join_atoms(atoms: Sequence[Atom]) -> str:
    """Set the parts side by side, with the spaces that a reader expects and not those that TeX needs."""
    line = ""
    previous = Atom(Kind.PLAIN, "", gap=False)
    atoms = [atom for atom in atoms if atom.text or atom.kind is Kind.SPACE]
    for place, atom in enumerate(atoms):
        is_last = place == len(atoms) - 1
        line += " " * _has_space(line, previous, atom, is_last=is_last) + atom.text
        if atom.kind is not Kind.SCRIPT:  # log₂ n keeps its distance as log n does
            previous = atom
    return " ".join(line.split())


def _has_space(line: str, previous: Atom, atom: Atom, *, is_last: bool) -> bool:
    """Decide whether a space stands between the line so far, which ends with `previous`, and the next part."""
    if not line or atom.kind is Kind.SCRIPT:
        return False
    if atom.kind is Kind.RELATION:
        return line[-1] not in _OPENERS
    if atom.kind is Kind.OPERATOR:
        return atom.gap and not is_last and line[-1] not in _OPENERS
    if previous.kind is Kind.RELATION:
        return line != previous.text  # ≤5 at the beginning, x ≤ 5 elsewhere
    if previous.kind is Kind.OPERATOR:
        return line.removesuffix(previous.text).endswith(" ")
    if atom.kind is Kind.FUNCTION:
        return line[-1] not in _OPENERS and (atom.gap or line[-1].isalnum() or line[-1] in ")]")
    return _is_apart(line, previous, atom)


def _is_apart(line: str, previous: Atom, atom: Atom) -> bool:
    first = atom.text[:1]
    if previous.kind is Kind.FUNCTION:
        return first.isalnum() or first in _CLINGING or (atom.gap and first in "+-=<>|")
    is_touching = first.isalnum() or first in "([{"
    return atom.gap and not (is_touching and (previous.kind is Kind.LETTER or line[-1] in _CLINGING))


def as_script(mark: str, body: str) -> str:
    """Set `body` raised (`^`) or lowered (`_`), in Unicode's own signs where all of it has one and it stays readable.

    Words and long formulas stay on the line: `L_reg`, `x^(n+1/2)`.
    """
    body = body.strip()
    if not body or (mark == "^" and _ORDINAL.fullmatch(body)):
        return body
    table = symbols.SUPERSCRIPTS if mark == "^" else symbols.SUBSCRIPTS
    tight = body.replace(" ", "")
    letters = sum(sign.isalpha() for sign in tight)
    if letters <= 2 and len(tight) <= _LONGEST_SCRIPT and all(sign in table for sign in tight):
        return "".join(table[sign] for sign in tight)
    return mark + (body if _WORD.fullmatch(body) else f"({body})")


def parenthesised(body: str) -> str:
    """Return `body`, in parentheses unless it is one thing."""
    return body if not body or _WORD.fullmatch(body) or re.fullmatch(r"\w+[₀-₉ᵢⱼₙ⁰¹²³ⁿ]*", body) else f"({body})"


def fraction(above: str, below: str) -> str:
    """Set a fraction on the line: `1/2`, `(a+b)/√N`."""
    return f"{parenthesised(above)}/{parenthesised(below)}"
