"""A query in its colours: each piece of what was typed, and what it is understood as."""

from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.queries.scanner import CATEGORY_PREFIX, Kind, UnreadableError, clean, scan

_KINDS = {
    Kind.WORD: "word",
    Kind.QUOTED: "exact",
    Kind.OPEN: "bracket",
    Kind.CLOSE: "bracket",
    Kind.PREFIX: "prefix",
    Kind.AND: "operator",
    Kind.OR: "operator",
    Kind.NOT: "operator",
    Kind.ANDNOT: "operator",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a query; `kind` is word, exact, prefix, category, operator, bracket, or empty for what is between."""

    text: str
    kind: str = ""


def colour_query(typed: str) -> list[Piece]:
    """Return the pieces, which make up the whole text; one piece of no kind where it cannot be read."""
    cleaned, offsets = clean(typed)
    try:
        tokens = scan(cleaned)
    except UnreadableError:
        return [Piece(text=typed)]
    places: list[tuple[int, int, str]] = []
    for token in tokens:
        start, end, kind = offsets[token.start], offsets[token.end], _KINDS[token.kind]
        before = places[-1] if places else (0, 0, "")
        if kind == "word" and typed[before[0] : before[1]].lower() == f"{CATEGORY_PREFIX}:":
            kind = "category"
        if kind == "word" == before[2]:  # words side by side are one phrase
            start = places.pop()[0]
        places.append((start, end, kind))
    return list(_pieces(typed, places))


def _pieces(typed: str, places: list[tuple[int, int, str]]) -> Iterator[Piece]:
    end = 0
    for start, behind, kind in places:
        if start > end:
            yield Piece(text=typed[end:start])
        yield Piece(text=typed[start:behind], kind=kind)
        end = behind
    if end < len(typed):
        yield Piece(text=typed[end:])
