"""Expressions: what both databases can be asked about sets of lexemes, simplified as they are built."""

from collections.abc import Iterable
from dataclasses import dataclass


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
