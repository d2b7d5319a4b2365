"""Slots are found in templates, never in what fills them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.digests.slots import Fragment, cut_fragments, is_short, join_fragments, join_slots, parse_slots
from newsletter.lines import are_plain


@given(st.text(max_size=80), st.text(max_size=80))
def test_what_fills_a_slot_is_left_as_it_is(title: str, name: str) -> None:
    slots = parse_slots("<b>__title__</b> __first_name__ __title__")
    assert slots.fill({"title": title, "first_name": name}) == f"<b>{title}</b> {name} {title}"


def test_text_that_looks_like_a_slot_is_not_filled_again() -> None:
    slots = parse_slots("__title__ by __author__").fill_some({"title": "__author__"})
    assert slots.fill({"author": "__title__"}) == "__author__ by __title__"


def test_adjacent_slots_are_two() -> None:
    assert parse_slots("__meta____also__").fill({"meta": "a", "also": "b"}) == "ab"


def test_a_slot_may_be_filled_with_something_that_has_open_slots() -> None:
    inner = parse_slots("[__number__]")
    outer = parse_slots("<p>__lines__</p>__end__").fill_some({"lines": inner})
    assert outer.names == {"number", "end"}
    assert outer.fill({"number": "7", "end": "."}) == "<p>[7]</p>."


def test_a_missing_value_is_an_error_and_not_an_empty_place() -> None:
    with pytest.raises(KeyError):
        parse_slots("__title__").fill({})


def test_joined_blocks_stand_on_lines_of_their_own() -> None:
    joined = join_slots([parse_slots("a __x__"), parse_slots("b"), parse_slots("__x__")])
    assert joined.fill({"x": "1"}) == "a 1\nb\n1"
    assert join_slots([]).fill({}) == ""


def test_fragments_are_taken_out_of_the_template() -> None:
    shell, fragments = cut_fragments("<a>\n<!--begin row_one-->\n<b>__x__</b>\n<!--end row_one-->\n__rows__</a>")
    assert shell.fill({"rows": "R"}) == "<a>\nR</a>"
    assert fragments["row_one"].fill({"x": "1"}) == "<b>1</b>"


def test_one_slot_may_be_filled_by_many_pieces() -> None:
    fragment = Fragment((b"<", b"|", b"|", b">"), ("title", "rows", "below"))
    values = {"title": b"t", "below": b"end"}
    assert fragment.fill_around("rows", [b"a", b"", b"bc"], values) == fragment.fill({**values, "rows": b"abc"})
    assert fragment.fill_around("rows", [], values) == b"<t||end>"


@given(
    st.lists(st.text(st.sampled_from("a.\n"), max_size=4).map(str.encode), min_size=1, max_size=4),
    st.text(st.sampled_from("a.\n"), max_size=3).map(str.encode),
)
def test_a_plain_fragment_stays_plain_whatever_short_value_fills_it(octets: list[bytes], value: bytes) -> None:
    fragment = Fragment(tuple(octets), ("x",) * (len(octets) - 1))
    if fragment.is_plain and is_short(value):
        assert are_plain(fragment.fill({"x": value}))


def test_a_fragment_whose_lines_become_too_long_with_a_value_is_not_plain() -> None:
    assert Fragment((b"x" * 600, b""), ("x",)).is_plain
    assert not Fragment((b"x" * 800, b""), ("x",)).is_plain


def test_fragments_are_joined_with_the_slots_that_are_still_open() -> None:
    first = Fragment((b"1. ", b" at ", b""), ("title", "url")).fill_some({"title": b"Robots"})
    joined = join_fragments([first, Fragment((b"2. ", b""), ("url",))], between=b"; ")
    assert joined.names == ("url", "url")
    assert joined.fill({"url": b"here"}) == b"1. Robots at here; 2. here"
