from hypothesis import given

from newsletter.queries.query import (
    And,
    Category,
    Field,
    Not,
    Or,
    Phrase,
    Query,
    conjunction,
    disjunction,
    holds,
    list_terms,
    list_wanted_terms,
    negation,
    only_excludes,
)
from tests.queries.strategies import queries

ROBOT = Phrase(text="robot")
DRONE = Phrase(text="drone")
SURVEY = Phrase(text="survey")
LEARNING = Category(name="cs.LG")


def test_conditions_within_conditions_become_one_row() -> None:
    assert conjunction([conjunction([ROBOT, DRONE]), LEARNING]) == And(operands=(ROBOT, DRONE, LEARNING))
    assert disjunction([ROBOT, disjunction([DRONE, LEARNING])]) == Or(operands=(ROBOT, DRONE, LEARNING))


def test_what_is_said_twice_counts_once() -> None:
    assert conjunction([ROBOT, ROBOT]) == ROBOT
    assert disjunction([ROBOT, DRONE, ROBOT]) == Or(operands=(ROBOT, DRONE))


def test_exclusions_stand_last_and_the_rest_keeps_its_order() -> None:
    assert conjunction([negation(SURVEY), ROBOT, DRONE]) == And(operands=(ROBOT, DRONE, Not(operand=SURVEY)))


def test_to_exclude_an_exclusion_is_to_ask_for_it() -> None:
    assert negation(negation(ROBOT)) == ROBOT


def test_terms_are_listed_once_each_in_their_order() -> None:
    query = conjunction([disjunction([ROBOT, DRONE]), negation(SURVEY), ROBOT])

    assert list_terms(query) == [ROBOT, DRONE, SURVEY]
    assert list_wanted_terms(query) == [ROBOT, DRONE]


def test_a_term_under_two_exclusions_is_wanted() -> None:
    query = conjunction([ROBOT, negation(disjunction([DRONE, negation(SURVEY)]))])

    assert list_wanted_terms(query) == [ROBOT, SURVEY]


def test_a_query_holds_by_the_rules_of_logic() -> None:
    query = conjunction([disjunction([ROBOT, DRONE]), negation(SURVEY)])

    assert holds(query, {ROBOT}.__contains__)
    assert holds(query, {DRONE, LEARNING}.__contains__)
    assert not holds(query, {DRONE, SURVEY}.__contains__)
    assert not holds(query, {LEARNING}.__contains__)


def test_a_query_that_a_paper_without_its_terms_would_match_only_excludes() -> None:
    assert only_excludes(negation(SURVEY))
    assert only_excludes(disjunction([ROBOT, negation(SURVEY)]))
    assert not only_excludes(conjunction([ROBOT, negation(SURVEY)]))
    assert not only_excludes(conjunction([LEARNING, disjunction([ROBOT, negation(SURVEY)])]))


@given(queries())
def test_excluding_a_query_turns_its_answer_round(query: Query) -> None:
    for found in (set(), set(list_terms(query)), set(list_terms(query)[:1])):
        assert holds(negation(query), found.__contains__) is not holds(query, found.__contains__)


def test_a_phrase_knows_that_it_is_chinese() -> None:
    assert Phrase(text="强化学习", field=Field.TITLE).is_chinese
    assert Phrase(text="llm智能体").is_chinese
    assert not ROBOT.is_chinese
