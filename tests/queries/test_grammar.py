import pytest

from newsletter.queries.grammar import read_query
from newsletter.queries.query import Field, Phrase, conjunction, disjunction, negation
from newsletter.queries.scanner import UnreadableError

A, B, C = (Phrase(text=letter * 3) for letter in "abc")


def test_and_and_andnot_are_joined_from_left_to_right() -> None:
    assert read_query("aaa AND bbb ANDNOT ccc") == conjunction([A, B, negation(C)])


def test_operands_side_by_side_are_all_required() -> None:
    assert read_query('"aaa" bbb') == conjunction([Phrase(text="aaa", is_exact=True), B])
    assert read_query("(aaa) (bbb)ccc") == conjunction([A, B, C])


def test_or_binds_loosest() -> None:
    assert read_query("aaa bbb OR ccc") == disjunction([Phrase(text="aaa bbb"), C])
    assert read_query("(aaa) bbb OR ccc") == disjunction([conjunction([A, B]), C])


def test_a_prefix_ends_where_its_phrase_ends() -> None:
    assert read_query("ti:aaa bbb AND ccc") == conjunction([Phrase(text="aaa bbb", field=Field.TITLE), C])


def test_a_minus_may_stand_behind_a_prefix() -> None:
    assert read_query("aaa ti:-bbb") == conjunction([A, negation(Phrase(text="bbb", field=Field.TITLE))])


def test_a_small_operator_is_a_word_within_a_phrase_and_refused_beside_an_operand() -> None:
    assert read_query("aaa and bbb") == Phrase(text="aaa and bbb")
    assert read_query("and AND aaa") == conjunction([Phrase(text="and"), A])
    with pytest.raises(UnreadableError, match="capitals: OR"):
        read_query("aaa or (bbb)")
    with pytest.raises(UnreadableError, match="capitals: AND"):
        read_query("cat:cs.LG and aaa")


def test_twenty_brackets_within_brackets_are_read_and_one_more_is_refused() -> None:
    assert read_query("(" * 20 + "aaa" + ")" * 20) == A
    with pytest.raises(UnreadableError, match="brackets"):
        read_query("(" * 21 + "aaa" + ")" * 21)
    assert read_query(" OR ".join(["(aaa)", *["(bbb)"] * 30])) == disjunction([A, B])
