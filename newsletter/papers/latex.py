"""TeX in titles, authors, abstracts and comments becomes readable Unicode."""

import re
import unicodedata

from newsletter.papers.latex_dollars import holds_formula
from newsletter.papers.latex_maths import as_script
from newsletter.papers.latex_reader import TexReader

_LOOSE = re.compile(  # x^{-6}, 1{,}500, Nešet{ř}il and {G}aussian in text without any other TeX
    r"([\^_])\{([^{}]*)\}|(?<=\d)\{(,)\}(?=\d)|\{([À-ɏ])\}|\{([A-Z])\}(?=[a-z]{2})"
)
_QUOTES = re.compile(
    r"(?<!`)``(?P<quoted>[^`\"]{1,300}?)(?:''|\")"
    r"|(?P<opener>(?<!`)``(?!`))"
    r"|(?<![\w`])`(?P<single>[^`'\s][^`']{0,80}?)'(?!\w)"
)
_JOINS = re.compile(
    r"https?://\S+"
    r"|(?P<tie>(?<![\s(\[/=<>≈])(?<!^)~)"
    r"|(?<!-)(?P<dash>---)(?!-)"
    r"|(?<!-)(?P<range>--)(?!-)"
)
_UNSEEN = frozenset(  # they split words, turn lines round, or have no place in XML
    "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\ufffe\uffff"
)


def to_unicode(source: str) -> str:
    r"""Turn the TeX in `source` into plain Unicode text on one line.

    Accents, styles, links, quotes and formulas become what a reader would see: `$O(1/\sqrt{N})$` is ``O(1/√N)``. Dollars
    that are money stay. Unknown commands give way to their arguments, or to their name when they have none. Text without
    TeX stays as it is, but for white space, which is folded, and control characters, which vanish. Never raises, and never
    leaves a backslash.
    """
    if "\\" in source or holds_formula(source):
        source = TexReader(source).text()
    elif "{" in source:
        source = _LOOSE.sub(_loose, source)
    if "`" in source:
        source = _QUOTES.sub(_quote, source)
    if "~" in source or "--" in source:
        source = _JOINS.sub(_join, source)
    if not source.isprintable():
        source = "".join(sign for sign in source if sign.isspace() or not _is_unseen(sign))
    return " ".join(source.split())


def _is_unseen(sign: str) -> bool:
    return sign in _UNSEEN or unicodedata.category(sign) in ("Cc", "Cs")


def _loose(found: re.Match[str]) -> str:
    return found[3] or found[4] or found[5] or as_script(found[1], found[2])


def _quote(found: re.Match[str]) -> str:
    if found["opener"]:
        return "“"
    return f"“{found['quoted']}”" if found["quoted"] else f"‘{found['single']}’"


def _join(found: re.Match[str]) -> str:
    before, after = found.string[max(0, found.start() - 1) : found.start()], found.string[found.end() : found.end() + 1]
    match found.lastgroup:
        case "tie":  # a tie is a space, but 5~10 is a range
            return "~" if before.isdigit() and after.isdigit() else " "
        case "dash":
            return "—"
        case "range":  # `git log --grep` names an option
            is_option = (not before or before.isspace()) and after.isascii() and after.islower()
            return "--" if is_option else "–"
    return found[0]
