"""A paper as a BibTeX entry, with the fields of arXiv's own export."""

import re
import unicodedata
from itertools import accumulate

from newsletter.papers.latex import to_unicode
from newsletter.papers.latex_dollars import find_formula
from newsletter.papers.paper import Paper, abs_url

_WORD = re.compile(r"[a-z0-9]+")
_SMALL_WORDS = frozenset((
    "a", "an", "the", "on", "of", "for", "in", "to", "with", "from", "by", "and", "or", "at", "as", "is", "are", "do", "does",
    "towards", "toward", "via",
))  # fmt: skip
_SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv"))
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"})
_GROUP = re.compile(r",|\band\b|\b(?:team|group|collaboration|consortium|project|lab|labs)\b", re.IGNORECASE)
_ESCAPED = {
    "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_", "^": r"\^{}", "$": r"\$",
}  # fmt: skip
_BRACES = {"{": r"\textbraceleft{}", "}": r"\textbraceright{}", "\\": r"\textbackslash{}", "~": r"\textasciitilde{}"}
_OLDEST_YEAR = 91  # arXiv began in 1991; identifiers without a dot have two digits of the year


def format_bibtex(paper: Paper) -> str:
    r"""Return the entry, ended by a line break.

    Formulas and TeX accents stay as arXiv sent them, other special characters are escaped, so that an entry compiles and
    its braces are balanced whatever the metadata hold; the title keeps its capitals.
    """
    fields = {
        "title": f"{{{_as_tex(paper.title_source or paper.title)}}}",
        "author": " and ".join(map(_name, paper.authors_source)),
        "year": str(_year(paper.arxiv_id)),
        "eprint": paper.arxiv_id,
        "archivePrefix": "arXiv",
        "primaryClass": paper.primary_category,
        "url": abs_url(paper.arxiv_id),
    }
    lines = [f"  {name:<13} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{bibtex_key(paper)},", *lines, "}"]) + "\n"


def bibtex_key(paper: Paper) -> str:
    """Return the key that most people would give: `vaswani2017attention`."""
    name = _surname(paper.authors[0]) if paper.authors else ""
    words = [word for word in _WORD.findall(_plain(paper.title)) if word not in _SMALL_WORDS]
    digits = "".join(_WORD.findall(paper.arxiv_id.lower()))
    key = f"{name}{_year(paper.arxiv_id)}{words[0] if words else ''}"
    return key if name else f"arxiv{digits}"


def _surname(name: str) -> str:
    words = _WORD.findall(_plain(name.replace("-", "").replace("'", "").replace("’", "")))
    while len(words) > 1 and words[-1] in _SUFFIXES:
        words.pop()
    return words[0 if _GROUP.search(name) else -1] if words else ""


def _plain(text: str) -> str:
    """Return the text in lower case without accents, as far as its letters have a Latin base."""
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def _year(arxiv_id: str) -> int:
    """Return the year of the identifier, in which the first version was submitted."""
    _, _, number = arxiv_id.rpartition("/")
    year = int(number[:2])
    return 1900 + year if "/" in arxiv_id and year >= _OLDEST_YEAR else 2000 + year


def _name(source: str) -> str:
    text = _as_tex(source)
    return f"{{{text}}}" if _GROUP.search(source) else text


def _as_tex(source: str) -> str:
    line = " ".join("".join(sign for sign in source if sign.isprintable() or sign.isspace()).split())
    found = _escape(line)
    return found if _is_balanced(found) else "".join(map(_escape_sign, to_unicode(line)))


def _escape(source: str) -> str:
    pieces, place = [], 0
    while place < len(source):
        sign = source[place]
        if sign == "\\" and place + 1 < len(source):
            pieces.append(source[place : place + 2])
            place += 2
        elif sign == "$" and (formula := find_formula(source, place)):
            pieces.append(source[place : formula.end])
            place = formula.end
        else:
            pieces.append(_BRACES["\\"] if sign == "\\" else _ESCAPED.get(sign, sign))
            place += 1
    return "".join(pieces)


def _escape_sign(sign: str) -> str:
    return _ESCAPED.get(sign) or _BRACES.get(sign, sign)


def _is_balanced(text: str) -> bool:
    """Tell whether the braces are, as BibTeX counts them: escaped ones too."""
    depths = list(accumulate({"{": 1, "}": -1}.get(sign, 0) for sign in text))
    return not depths or (min(depths) >= 0 and depths[-1] == 0)
