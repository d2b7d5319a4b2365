"""One paper as a source sent it, made readable: the same folding and the same TeX reading for every source."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from newsletter.papers.latex import to_unicode
from newsletter.papers.paper import ArxivId, Paper

_CONTROLS = dict.fromkeys((*range(0x20), 0x7F), " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class OaiVersion:
    """One version of a paper, and when it was submitted (UTC)."""

    number: int
    submitted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OaiRecord:
    """A paper in its newest version, the day (UTC) of its last change, and its versions from the first to the newest."""

    paper: Paper
    datestamp: date
    versions: tuple[OaiVersion, ...]

    @property
    def submitted_at(self) -> datetime:
        """When the first version was submitted (UTC)."""
        return self.versions[0].submitted_at


def make_paper(
    arxiv_id: ArxivId,
    version: int,
    *,
    title: str,
    authors: Sequence[str],
    abstract: str,
    categories: Sequence[str],
    comment: str | None,
) -> Paper:
    """Build a Paper from what a source sent; `categories` has the primary one first.

    Texts are folded first, so that one abstract is one text (and one translation) whichever source it came from.
    """
    names = tuple(name for name in map(fold, authors) if name)
    title, abstract, comment = fold(title), fold(abstract), fold(comment or "") or None
    return Paper(
        arxiv_id=arxiv_id,
        version=version,
        title=to_unicode(title),
        authors=tuple(to_unicode(name) for name in names),
        abstract=to_unicode(abstract),
        categories=tuple(dict.fromkeys(categories)),
        comment=to_unicode(comment) if comment else None,
        title_source=title,
        authors_source=names,
        abstract_source=abstract,
        comment_source=comment,
    )


def fold(text: str) -> str:
    """Return the text on one line: runs of white space become one space, control characters none.

    PostgreSQL refuses NUL, and sources wrap their lines differently.
    """
    return " ".join(text.translate(_CONTROLS).split())


def split_authors(text: str) -> list[str]:
    r"""Split an author line as the feeds send it: ``Andr\'e Roux, Fran\c{c}ois Li (ENS, Paris), Sam Ray, Jr.``

    Commas inside braces and parentheses do not part names, affiliations in parentheses are dropped, and a suffix such
    as Jr. stays with its name.
    """
    names: list[str] = []
    for part in _split_outside_brackets(fold(text)):
        name = fold(_AFFILIATION.sub(" ", part))
        if not name:
            continue
        if names and _SUFFIX.match(name):
            names[-1] = f"{names[-1]}, {name}"
        else:
            names.append(name)
    return names


_AFFILIATION = re.compile(r"\((?:[^()]|\([^()]*\))*\)")
_SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV|Ph\.?D|M\.?D)\.?\Z", re.IGNORECASE)


def _split_outside_brackets(text: str) -> list[str]:
    """Split at commas outside brackets; at every comma when the brackets do not close, rather than joining names."""
    parts, depth, begin = [], 0, 0
    for position, char in enumerate(text):
        if char in "{(":
            depth += 1
        elif char in "})":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[begin:position])
            begin = position + 1
        if depth < 0:
            break
    return [*parts, text[begin:]] if depth == 0 else text.split(",")
