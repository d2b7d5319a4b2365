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


def within(whole: Expression, part: Expression) -> Expression:
    """Return what matches both; of a part whose alternatives are all the whole's own, the part alone."""
    return part if set(_alternatives(part)) <= set(_alternatives(whole)) else all_of([whole, part])


def without(whole: Expression, part: Expression) -> Expression:
    """Return what matches the whole and not the part: what both demand is asked for once, what both offer not at all."""
    if whole == part:
        return NOTHING
    common = set(_demands(whole)) & set(_demands(part))
    if common:
        rest, excluded = ([one for one in _demands(each) if one not in common] for each in (whole, part))
        return all_of([*(one for one in _demands(whole) if one in common), without(all_of(rest), all_of(excluded))])
    offered = set(_alternatives(part))
    return all_of([any_of(one for one in _alternatives(whole) if one not in offered), none_of(part)])


def _demands(expression: Expression) -> tuple[Expression, ...]:
    return expression.operands if isinstance(expression, AllOf) else (expression,)


def _alternatives(expression: Expression) -> tuple[Expression, ...]:
    return expression.operands if isinstance(expression, AnyOf) else (expression,)
