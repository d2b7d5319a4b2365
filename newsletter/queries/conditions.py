"""Conditions: a query's boolean part, as an operation on the sets of papers that have its terms."""

from collections.abc import Mapping, Set
from typing import assert_never

from newsletter.queries.query import And, Category, Not, Or, Phrase, Query, Term

Places = Set[int]
"""Papers, by their place among those that are searched."""

Holders = Mapping[Term, Mapping[int, float]]
"""For every term that was found the papers that have it, with what it says for each."""

_NOWHERE: Places = frozenset()


def find_places(query: Query, holders: Holders, everywhere: Places) -> Places:
    """Return the papers that match; most queries have a term that no paper has, and then nothing else is looked at."""
    match query:
        case Phrase() | Category():
            found = holders.get(query)
            return found.keys() if found else _NOWHERE
        case And():
            return _meet_all(query, holders, everywhere)
        case Or():
            return frozenset().union(*[find_places(operand, holders, everywhere) for operand in query.operands])
        case Not():
            return everywhere - find_places(query.operand, holders, everywhere)
        case _:
            assert_never(query)


def _meet_all(query: And, holders: Holders, everywhere: Places) -> Places:
    found = everywhere
    for operand in query.operands:
        if isinstance(operand, Not):
            found = found - find_places(operand.operand, holders, everywhere)
        else:
            places = find_places(operand, holders, everywhere)
            found = places if found is everywhere else found & places
        if not found:
            return _NOWHERE
    return found
