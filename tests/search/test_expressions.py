from hypothesis import given
from hypothesis import strategies as st

from newsletter.search.expressions import (
    NOTHING,
    AllOf,
    AnyOf,
    Expression,
    Lexeme,
    NoneOf,
    all_of,
    any_of,
    none_of,
    within,
    without,
)

A, B, C, D = map(Lexeme, "abcd")
PAPERS = [{letter for place, letter in enumerate("abcd") if number >> place & 1} for number in range(16)]
"""Every paper that has some of four lexemes."""

expressions = st.recursive(
    st.sampled_from([A, B, C, D, NOTHING]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(all_of),
        st.lists(inner, min_size=1, max_size=3).map(any_of),
        inner.map(none_of),
    ),
    max_leaves=8,
)


def found(expression: Expression) -> list[set[str]]:
    return [paper for paper in PAPERS if _is_in(expression, paper)]


def _is_in(expression: Expression, paper: set[str]) -> bool:
    match expression:
        case Lexeme():
            return expression.text in paper
        case AllOf():
            return all(_is_in(operand, paper) for operand in expression.operands)
        case AnyOf():
            return any(_is_in(operand, paper) for operand in expression.operands)
        case NoneOf():
            return not _is_in(expression.operand, paper)


@given(expressions, expressions)
def test_a_part_is_what_matches_both(whole: Expression, part: Expression) -> None:
    assert found(within(whole, part)) == [paper for paper in found(whole) if paper in found(part)]


@given(expressions, expressions)
def test_the_rest_is_what_matches_one_and_not_the_other(whole: Expression, part: Expression) -> None:
    assert found(without(whole, part)) == [paper for paper in found(whole) if paper not in found(part)]


def test_what_both_have_is_not_asked_for_again() -> None:
    assert within(any_of([A, B, C]), any_of([C, A])) == any_of([C, A])
    assert without(any_of([A, B, C]), any_of([C, A])) == all_of([B, none_of(any_of([C, A]))])
    assert without(all_of([A, any_of([B, C])]), all_of([A, B])) == all_of([A, C, none_of(B)])
    assert without(all_of([A, B]), all_of([B, A])) == NOTHING
