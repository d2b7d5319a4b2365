from itertools import pairwise

import pytest
from hypothesis import given

from newsletter.queries.scanner import Kind, Span, UnreadableError, clean, scan
from tests.queries.strategies import typed_texts


def kinds(text: str) -> list[tuple[Kind, str]]:
    return [(token.kind, token.text) for token in scan(text)]


def test_a_query_is_taken_apart_into_words_and_marks() -> None:
    assert kinds('ti:(robot arm OR "x y") ANDNOT -z') == [
        (Kind.PREFIX, "ti"),
        (Kind.OPEN, "("),
        (Kind.WORD, "robot"),
        (Kind.WORD, "arm"),
        (Kind.OR, "OR"),
        (Kind.QUOTED, "x y"),
        (Kind.CLOSE, ")"),
        (Kind.ANDNOT, "ANDNOT"),
        (Kind.NOT, "-"),
        (Kind.WORD, "z"),
    ]


@pytest.mark.parametrize("word", ["SE(3)", "SE(3)-equivariant", "GPT-4o", "C++", "A*", "0/1", "2:4", "pass@k", "O(n)"])
def test_marks_within_a_word_belong_to_it(word: str) -> None:
    assert kinds(word) == [(Kind.WORD, word)]


def test_brackets_with_spaces_are_brackets_even_behind_a_word() -> None:
    assert [kind for kind, _ in kinds("robot(arm OR leg)")] == [
        Kind.WORD,
        Kind.OPEN,
        Kind.WORD,
        Kind.OR,
        Kind.WORD,
        Kind.CLOSE,
    ]


def test_an_operator_needs_no_space_before_a_bracket() -> None:
    assert [kind for kind, _ in kinds("AND(b)")] == [Kind.AND, Kind.OPEN, Kind.WORD, Kind.CLOSE]


@pytest.mark.parametrize("word", ["and", "or", "not", "And", "ANDY", "ORB", "NOTE"])
def test_only_whole_words_in_capitals_are_operators(word: str) -> None:
    assert kinds(word) == [(Kind.WORD, word)]


def test_a_dash_between_spaces_is_no_minus() -> None:
    assert [kind for kind, _ in kinds("robot - arm -")] == [Kind.WORD, Kind.WORD]


def test_a_prefix_is_known_in_any_case_and_with_a_space_behind_it() -> None:
    assert kinds("Au: hinton") == [(Kind.PREFIX, "au"), (Kind.WORD, "hinton")]


@pytest.mark.parametrize(
    ("typed", "first"), [("abstract:x", "abs:x"), ("kategory:x", "cat:x"), ("categories:x", "cat:x")]
)
def test_an_unknown_prefix_is_refused_with_the_one_that_was_meant(typed: str, first: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        scan(typed)
    assert caught.value.repairs[0] == first


def test_a_lone_quotation_mark_is_refused_where_it_stands() -> None:
    with pytest.raises(UnreadableError) as caught:
        scan('robot "arm')
    assert caught.value.position == 6
    assert caught.value.repairs == ('robot "arm"', "robot  arm")


@given(typed_texts)
def test_every_cleaned_character_knows_where_it_was_typed(typed: str) -> None:
    cleaned, offsets = clean(typed)

    assert len(offsets) == len(cleaned) + 1
    assert offsets == sorted(offsets)
    assert offsets[-1] == len(typed)


def test_lookalikes_become_the_signs_of_the_language() -> None:
    assert clean("（ti：“ａ” －b）\t—c\u200b")[0] == '(ti:"a" -b) -c'


@given(typed_texts)
def test_tokens_stand_one_after_the_other(typed: str) -> None:
    cleaned, _ = clean(typed.replace('"', "").replace("“", "").replace(":", "").replace("：", ""))
    cleaned = cleaned.replace('"', "").replace(":", "")

    tokens = scan(cleaned)

    assert all(one.end <= other.start for one, other in pairwise(tokens))
    assert all(cleaned[token.start : token.end].strip("-") == token.text.strip("-") for token in tokens)


def test_a_span_can_be_replaced_in_its_place() -> None:
    span = Span("robot and drone", 6, 9)

    assert span.typed == "and"
    assert span.replaced("AND") == "robot AND drone"
