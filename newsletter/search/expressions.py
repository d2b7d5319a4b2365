"""Expressions: what both databases can be asked about sets of lexemes, simplified as they are built."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A paper that has this lexeme, or one that begins so."""

    text: str
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """What matches every operand: two or more, none an AllOf."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """What matches one operand or more: two or more, none an AnyOf; no operands match nothing."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """What does not match the operand."""

    operand: "Expression"


Expression = Lexeme | AllOf | AnyOf | NoneOf

NOTHING = AnyOf(())
EVERYTHING = NoneOf(NOTHING)


def all_of(operands: Iterable[Expression]) -> Expression:
    """Join by AND."""
    flat: list[Expression] = []
    for operand in operands:
        flat.extend(operand.operands if isinstance(operand, AllOf) else [operand])
    if NOTHING in flat:
        return NOTHING
    unique = tuple(operand for operand in dict.fromkeys(flat) if operand != EVERYTHING)
    if not unique:
        return EVERYTHING
    return unique[0] if len(unique) == 1 else AllOf(unique)


def any_of(operands: Iterable[Expression]) -> Expression:
    """Join by OR; of nothing it is nothing."""
    flat: list[Expression] = []
    for operand in operands:
        flat.extend(operand.operands if isinstance(operand, AnyOf) else [operand])
    if EVERYTHING in flat:
        return EVERYTHING
    unique = tuple(dict.fromkeys(flat))
    return unique[0] if len(unique) == 1 else AnyOf(unique)


def none_of(operand: Expression) -> Expression:
    """Exclude an expression."""
    return operand.operand if isinstance(operand, NoneOf) else NoneOf(operand)


def list_plain_lexemes(expression: Expression) -> Iterator[Lexeme]:
    """Yield the lexemes of an expression."""
    match expression:
        case Lexeme():
            yield expression
        case AllOf() | AnyOf():
            for operand in expression.operands:
                yield from list_plain_lexemes(operand)
        case NoneOf():
            yield from list_plain_lexemes(expression.operand)
        case _:
            assert_never(expression)


def holds(expression: Expression, lexemes: set[str]) -> bool:
    """Tell whether a paper with these lexemes matches."""
    match expression:
        case Lexeme():
            if not expression.is_prefix:
                return expression.text in lexemes
            return any(lexeme.startswith(expression.text) for lexeme in lexemes)
        case AllOf():
            return all(holds(operand, lexemes) for operand in expression.operands)
        case AnyOf():
            return any(holds(operand, lexemes) for operand in expression.operands)
        case NoneOf():
            return not holds(expression.operand, lexemes)
        case _:
            assert_never(expression)
