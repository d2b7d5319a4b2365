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
    places = [(offsets[token.start], offsets[token.end], _KINDS[token.kind]) for token in tokens]
    for number, token in enumerate(tokens[:-1]):
        if token.kind is Kind.PREFIX and token.text == CATEGORY_PREFIX:
            start, end, _ = places[number + 1]
            places[number + 1] = (start, end, "category")
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
