"""A query as plain values: what a reader asks for, once it has been understood."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from newsletter.queries.words import has_han


class Field(StrEnum):
    """Where a phrase is searched; the value is arXiv's prefix, empty for title and abstract."""

    TEXT = ""
    TITLE = "ti"
    ABSTRACT = "abs"
    AUTHOR = "au"
    COMMENT = "co"
    EVERYWHERE = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words that stand side by side in a field; `text` is normalised as `language.parse_query` does it.

    `is_exact`: it was quoted. `is_prefix`: the last word may go on (a trailing `*`).
    """

    text: str
    field: Field = Field.TEXT
    is_exact: bool = False
    is_prefix: bool = False

    def __hash__(self) -> int:
        """Return the text's hash: few texts are asked for in two ways, and a morning looks up fifty thousand phrases."""
        return hash(self.text)

    @property
    def is_chinese(self) -> bool:
        """Whether the phrase is looked for in the Chinese texts, character by character."""
        return has_han(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A paper in this category (`cs.LG`), or in any category of this archive (`cs`)."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """Whatever does not match the operand."""

    operand: "Query"


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """Whatever matches all operands: two or more, none an And, the exclusions last. Built by `conjunction`."""

    operands: tuple["Query", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    """Whatever matches any operand: two or more, none an Or. Built by `disjunction`."""

    operands: tuple["Query", ...]


Term = Phrase | Category
Query = Term | And | Or | Not


def conjunction(operands: Iterable[Query]) -> Query:
    """Join by AND: nested Ands are flattened, repeats dropped, exclusions put last."""
    flat: list[Query] = []
    for operand in operands:
        flat.extend(operand.operands if isinstance(operand, And) else [operand])
    if len(flat) == 1:
        return flat[0]
    unique = list(dict.fromkeys(flat))
    ordered = tuple(sorted(unique, key=lambda operand: isinstance(operand, Not)))
    return ordered[0] if len(ordered) == 1 else And(operands=ordered)


def disjunction(operands: Iterable[Query]) -> Query:
    """Join by OR: nested Ors are flattened and repeats dropped."""
    flat: list[Query] = []
    for operand in operands:
        flat.extend(operand.operands if isinstance(operand, Or) else [operand])
    if len(flat) == 1:
        return flat[0]
    unique = tuple(dict.fromkeys(flat))
    return unique[0] if len(unique) == 1 else Or(operands=unique)


def negation(operand: Query) -> Query:
    """Exclude the operand; to exclude an exclusion is to ask for it."""
    return operand.operand if isinstance(operand, Not) else Not(operand=operand)


def list_terms(query: Query) -> list[Term]:
    """Return the distinct terms, in the order they are written."""
    found: dict[Term, None] = {}
    _collect(query, found, found)
    return list(found)


def list_wanted_terms(query: Query) -> list[Term]:
    """Return the distinct terms that speak for a paper, not those that exclude it."""
    found: dict[Term, None] = {}
    _collect(query, found, {})
    return list(found)


def _collect(query: Query, wanted: dict[Term, None], excluded: dict[Term, None]) -> None:
    match query:
        case Phrase() | Category():
            wanted[query] = None
        case Not():
            _collect(query.operand, excluded, wanted)
        case And() | Or():
            for operand in query.operands:
                _collect(operand, wanted, excluded)
        case _:
            assert_never(query)


def holds(query: Query, is_found: Callable[[Term], bool]) -> bool:
    """Tell whether a paper in which `is_found` finds the terms matches the query."""
    match query:
        case Phrase() | Category():
            return is_found(query)
        case Not():
            return not holds(query.operand, is_found)
        case And():
            return all(holds(operand, is_found) for operand in query.operands)
        case Or():
            return any(holds(operand, is_found) for operand in query.operands)
        case _:
            assert_never(query)


def only_excludes(query: Query) -> bool:
    """Tell whether a paper without any of the terms would match, so that nearly every paper does."""
    return holds(query, lambda _: False)
