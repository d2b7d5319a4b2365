"""Conditions: a query's boolean part, made ready to be tested against the terms that were found in a paper."""

from collections.abc import Callable, Container, Mapping, Sequence
from typing import assert_never

from newsletter.queries.query import And, Category, Not, Or, Phrase, Query, Term

Condition = Callable[[Container[int]], bool]
"""Tells whether a paper matches, from the numbers of the terms found in it."""

Guard = frozenset[int]
"""Terms of which every matching paper has at least one."""


def compile_condition(query: Query, numbers: Mapping[Term, int]) -> Condition:
    """Make a function of the query."""
    match query:
        case Phrase() | Category():
            number = numbers[query]
            return lambda found: number in found
        case Not():
            excluded = compile_condition(query.operand, numbers)
            return lambda found: not excluded(found)
        case And():
            return _all_of([compile_condition(operand, numbers) for operand in query.operands])
        case Or():
            return _any_of([compile_condition(operand, numbers) for operand in query.operands])
        case _:
            assert_never(query)


def _all_of(required: Sequence[Condition]) -> Condition:
    def is_met(found: Container[int]) -> bool:
        for condition in required:  # noqa: SIM110  `all` takes twice as long, a hundred thousand times a morning
            if not condition(found):
                return False
        return True

    return is_met


def _any_of(allowed: Sequence[Condition]) -> Condition:
    def is_met(found: Container[int]) -> bool:
        for condition in allowed:  # noqa: SIM110  as above
            if condition(found):
                return True
        return False

    return is_met


def find_guard(query: Query, numbers: Mapping[Term, int], *, is_wanted: bool = True) -> Guard | None:
    """Choose the cheapest guard, so that few papers are looked at for the query; None where a paper needs no term.

    With `is_wanted` false it guards the query's opposite.
    """
    match query:
        case Phrase() | Category():
            return frozenset({numbers[query]}) if is_wanted else None
        case Not():
            return find_guard(query.operand, numbers, is_wanted=not is_wanted)
        case And() | Or():
            guards = [(find_guard(operand, numbers, is_wanted=is_wanted), operand) for operand in query.operands]
            if isinstance(query, And) is is_wanted:
                present = [(guard, operand) for guard, operand in guards if guard is not None]
                return min(present, key=lambda pair: _commonness(pair[1]))[0] if present else None
            return _union([guard for guard, _ in guards])
        case _:
            assert_never(query)


def _union(guards: list[Guard | None]) -> Guard | None:
    """All operands may let a paper through, so all their guards must be watched."""
    found: Guard = frozenset()
    for guard in guards:
        if guard is None:
            return None
        found |= guard
    return found


def _commonness(query: Query) -> int:
    """Estimate how many papers have the terms: archives and categories most, single words more than phrases."""
    match query:
        case Category():
            return 100 if "." in query.name else 1000
        case Phrase():
            return 1 if " " in query.text or query.is_chinese else 3
        case Not():
            return _commonness(query.operand)
        case And():
            return min(map(_commonness, query.operands))
        case Or():
            return sum(map(_commonness, query.operands))
        case _:
            assert_never(query)
