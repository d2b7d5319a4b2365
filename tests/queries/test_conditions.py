from itertools import chain, combinations

from hypothesis import given

from newsletter.queries.conditions import compile_condition, find_guard
from newsletter.queries.language import parse_query
from newsletter.queries.query import Query, Term, holds, list_terms
from tests.queries.strategies import askable_queries, queries


def numbered(query: Query) -> dict[Term, int]:
    return {term: number for number, term in enumerate(list_terms(query))}


def selections(query: Query) -> list[frozenset[int]]:
    numbers = range(len(list_terms(query)))
    rows = chain.from_iterable(combinations(numbers, size) for size in range(len(numbers) + 1))
    return [frozenset(row) for row in rows]


@given(queries())
def test_a_condition_says_what_the_query_says(query: Query) -> None:
    numbers = numbered(query)
    condition = compile_condition(query, numbers)

    for found in selections(query):
        assert condition(found) is holds(query, {term for term in numbers if numbers[term] in found}.__contains__)


@given(askable_queries())
def test_no_paper_matches_without_one_of_the_guards(query: Query) -> None:
    numbers = numbered(query)
    condition = compile_condition(query, numbers)
    guard = find_guard(query, numbers)

    assert guard
    assert all(found & guard for found in selections(query) if condition(found))


def test_the_rarest_required_term_is_the_guard() -> None:
    query = parse_query("cat:cs AND robot AND diffusion policy ANDNOT survey")

    assert [
        term for term, number in numbered(query).items() if number in (find_guard(query, numbered(query)) or ())
    ] == [parse_query("diffusion policy")]


def test_every_alternative_is_guarded() -> None:
    query = parse_query("robot OR (drone AND cat:cs.RO)")

    assert find_guard(query, numbered(query)) == frozenset(
        {numbered(query)[term] for term in list_terms(query) if term != parse_query("cat:cs.RO")}
    )


def test_a_query_that_only_excludes_has_no_guard() -> None:
    query = parse_query("cat:cs ANDNOT survey")

    assert find_guard(query, numbered(query), is_wanted=False) is None
