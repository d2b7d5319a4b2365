from collections.abc import Mapping
from itertools import product

from hypothesis import given

from newsletter.queries.conditions import Holders, Places, find_places
from newsletter.queries.language import parse_query
from newsletter.queries.query import Phrase, Query, Term, holds, list_terms
from tests.queries.strategies import queries

ROBOT, DRONE, SURVEY = Phrase(text="robot"), Phrase(text="drone"), Phrase(text="survey")


def all_papers(terms: list[Term]) -> list[Mapping[Term, bool]]:
    """One paper for each choice of terms that it may have."""
    return [dict(zip(terms, choice, strict=True)) for choice in product((False, True), repeat=len(terms))]


def holders_of(papers: list[Mapping[Term, bool]]) -> Holders:
    found: dict[Term, dict[int, float]] = {}
    for place, paper in enumerate(papers):
        for term in (term for term, is_there in paper.items() if is_there):
            found.setdefault(term, {})[place] = 1.0
    return found


def places_of(query: Query, papers: list[Mapping[Term, bool]]) -> Places:
    return find_places(query, holders_of(papers), frozenset(range(len(papers))))


@given(queries())
def test_the_papers_are_those_that_the_query_describes(query: Query) -> None:
    papers = all_papers(list_terms(query))

    assert places_of(query, papers) == {place for place, paper in enumerate(papers) if holds(query, paper.__getitem__)}


def test_what_no_paper_has_is_found_nowhere() -> None:
    papers: list[Mapping[Term, bool]] = [{ROBOT: True, DRONE: False}, {ROBOT: True, DRONE: False}]

    assert places_of(parse_query("robot AND drone"), papers) == set()
    assert places_of(parse_query("robot OR drone"), papers) == {0, 1}
    assert places_of(parse_query("robot ANDNOT drone"), papers) == {0, 1}


def test_an_exclusion_may_be_one_of_several_choices() -> None:
    papers: list[Mapping[Term, bool]] = [
        {ROBOT: True, SURVEY: True},
        {ROBOT: False, SURVEY: True},
        {ROBOT: False, SURVEY: False},
    ]

    assert places_of(parse_query("(robot OR NOT survey) AND (robot OR survey)"), papers) == {0}


def test_finding_changes_nothing_in_what_it_is_told() -> None:
    query = parse_query("robot OR drone")
    holders = holders_of(all_papers(list_terms(query)))

    first = find_places(query, holders, frozenset(range(4)))

    assert find_places(query, holders, frozenset(range(4))) == first
    assert [len(found) for found in holders.values()] == [2, 2]
