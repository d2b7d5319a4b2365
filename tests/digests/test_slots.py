"""Slots are found in templates, never in what fills them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.digests.slots import cut_fragments, join_slots, parse_slots


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
