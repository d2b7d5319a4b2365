"""Formulas as MathML: what authors wrote in TeX, set by the browser.

Titles and abstracts are text with formulas in them. Each formula that latex2mathml understands becomes a `math` element,
built anew from a list of allowed elements and attributes; whatever it does not understand stays the readable Unicode that
mails show. Everything else is text, escaped.
"""

import html
import re
import unicodedata
from functools import lru_cache
from xml.etree.ElementTree import Element

from latex2mathml import exceptions
from latex2mathml.converter import convert_to_element
from markupsafe import Markup, escape

from newsletter.papers.latex import to_unicode
from newsletter.papers.latex_dollars import find_formula
from newsletter.web.mathml_letters import restyle

LONGEST_FORMULA = 400
"""Characters of TeX; what is longer is no formula in a line of text."""
LONGEST_PIECE = 22
"""Characters of a formula that browsers cannot break; the narrowest phone's line has about as many."""

_FIRST_MARK = 0x100000  # the last private plane, which no text uses; stands for a formula while the text is read
_MOST_MARKS = 0xFFFD
_CHILDREN = {
    "mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3,
}  # fmt: skip
"""Elements that need just so many."""
_ELEMENTS = frozenset((
    "mrow", "mi", "mn", "mo", "mtext", "mspace", "msqrt", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom", *_CHILDREN,
))  # fmt: skip
_ATTRIBUTES = frozenset((
    "stretchy", "fence", "form", "accent", "accentunder", "linethickness", "displaystyle", "scriptlevel", "movablelimits",
    "width", "columnalign",
))  # fmt: skip
_OPENED, _CLOSED = re.compile(r"(?<!\\)\{"), re.compile(r"(?<!\\)\}")
_VALUE = re.compile(r"[A-Za-z0-9.+\- ]{1,24}\Z")
_RELATIONS = frozenset("=<>≤≥∈∉∼≈≃≅≡≠→←↔↦⇒⇐⇔⊂⊆⊃⊇∝≪≫≔")
_BINARY = frozenset("+−±∓·⋅×∪∩⊕⊗∘∧∨")
_OPENING, _CLOSING = frozenset("([{⌈⌊⟨"), frozenset(")]}⌉⌋⟩")
_OPERATOR_CATEGORIES = ("Sm", "Ps", "Pe", "So", "Pd")
_LETTERLIKE = "∞∅∂∇′"
_SPELT = {"~": "∼", "^": "^", "-": "−", "*": "∗"}
"""Signs that latex2mathml takes from the keyboard where mathematics has its own."""


class _UnsettableError(Exception):
    """A formula has a part that must not, or cannot, be shown as MathML."""


_REFUSALS: tuple[type[Exception], ...] = (
    _UnsettableError,
    *(error for error in vars(exceptions).values() if isinstance(error, type) and issubclass(error, Exception)),
    # it indexes and unpacks what malformed TeX does not have
    AttributeError, IndexError, KeyError, RecursionError, StopIteration, TypeError, ValueError,
)  # fmt: skip


def show_tex(source: str) -> Markup:
    """Return text with TeX in it as safe HTML: formulas as MathML, everything else as readable, escaped text."""
    if not any(sign in source for sign in ("$", "\\(", "\\[")) or _has_marks(source):
        return escape(to_unicode(source))
    marked, formulas = _take_out(source)
    pieces = [
        formulas[ord(sign) - _FIRST_MARK] if _is_mark(sign) else escape(sign)
        for sign in re.split(f"([{chr(_FIRST_MARK)}-{chr(_FIRST_MARK + _MOST_MARKS)}])", to_unicode(marked))
    ]
    return Markup("").join(pieces)


@lru_cache(maxsize=8192)
def show_formula(body: str) -> Markup | None:
    """Return a formula, without its dollars, as MathML; None when it cannot be set."""
    if len(body) > LONGEST_FORMULA or len(_OPENED.findall(body)) != len(_CLOSED.findall(body)):
        return None
    try:
        root = convert_to_element(body)
        rows = _break(list(root[0]) if len(root) == 1 and root[0].tag == "mrow" else list(root))
        return Markup("").join(_math(row) for row in rows)
    except _REFUSALS:
        return None


def _take_out(source: str) -> tuple[str, list[Markup]]:
    """Put a mark in the place of each formula outside braces that can be set."""
    pieces: list[str] = []
    formulas: list[Markup] = []
    place = depth = 0
    while place < len(source):
        body, end = _formula_at(source, place) if not depth else (None, place)
        shown = None if body is None or len(formulas) > _MOST_MARKS else show_formula(body.strip())
        if shown is not None:
            pieces.append(chr(_FIRST_MARK + len(formulas)))
            formulas.append(shown)
        else:
            end = max(end, place + (2 if source[place] == "\\" else 1))
            pieces.append(source[place:end])
            depth = max(0, depth + (source[place] == "{") - (source[place] == "}"))
        place = end
    return "".join(pieces), formulas


def _formula_at(source: str, place: int) -> tuple[str | None, int]:
    """Return the formula that begins here, and the place behind it."""
    if source[place] == "$":
        found = find_formula(source, place)
        return (None, place) if found is None else (found.body, found.end)
    for opener, closer in (("\\(", "\\)"), ("\\[", "\\]")):
        if source.startswith(opener, place) and (end := source.find(closer, place)) >= 0:
            return source[place + 2 : end], end + 2
    return None, place


def _break(parts: list[Element]) -> list[list[Element]]:
    """Part a long formula where TeX would break the line: behind relations, operators and commas outside brackets.

    A browser breaks a line between formulas only, and never within one.
    """
    if _length(parts) <= LONGEST_PIECE:
        return [parts]
    rows: list[list[Element]] = [[]]
    depth = 0
    for part in parts:
        sign = _sign(part)
        depth += (sign in _OPENING) - (sign in _CLOSING)
        rows[-1].append(part)
        if sign in _RELATIONS or (not depth and (sign == "," or sign in _BINARY)):
            part.set("form", "infix")  # at the end of its piece it would be taken for a postfix sign
            rows.append([])
    rows = [row for row in rows if row]
    if any(_length(row) > LONGEST_PIECE for row in rows):
        raise _UnsettableError
    return rows


def _length(parts: list[Element]) -> int:
    return sum(len(html.unescape(text)) for part in parts for text in part.itertext())


def _sign(part: Element) -> str:
    text = html.unescape(part.text or "").strip() if len(part) == 0 else ""
    return _SPELT.get(text, text) if len(text) == 1 else ""


def _math(parts: list[Element]) -> Markup:
    return Markup("<math><mrow>{}</mrow></math>").format(Markup("").join(map(_element, parts)))


def _element(part: Element) -> Markup:
    name = _name(part)
    if name not in _ELEMENTS or len(part) != _CHILDREN.get(name, len(part)) or (part.tail or "").strip():
        raise _UnsettableError
    attributes = Markup("").join(
        Markup(' {}="{}"').format(key, value)
        for key, value in part.attrib.items()
        if key in _ATTRIBUTES and _VALUE.match(value)
    )
    inside = Markup("").join(map(_element, part)) if len(part) else escape(_text(part))
    upright = Markup(' mathvariant="normal"') if name == "mi" and part.get("mathvariant") == "normal" else ""
    return Markup("<{0}{1}{2}>{3}</{0}>").format(name, attributes, upright, inside)


def _name(part: Element) -> str:
    """Return the element's name; operators that latex2mathml takes for letters are called operators."""
    sign = _sign(part)
    is_operator = part.tag == "mi" and sign and unicodedata.category(sign) in _OPERATOR_CATEGORIES
    return "mo" if is_operator and sign not in _LETTERLIKE else str(part.tag)


def _text(part: Element) -> str:
    text = html.unescape(part.text or "")
    if "\\" in text or not all(sign.isprintable() or sign.isspace() for sign in text):
        raise _UnsettableError  # a command that it does not know
    if part.tag in ("mo", "mi"):
        text = _SPELT.get(text, text)
    return restyle(text, part.get("mathvariant", ""))


def _has_marks(text: str) -> bool:
    return any(map(_is_mark, text))


def _is_mark(text: str) -> bool:
    return len(text) == 1 and _FIRST_MARK <= ord(text) <= _FIRST_MARK + _MOST_MARKS
