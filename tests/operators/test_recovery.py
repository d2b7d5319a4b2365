"""Recovery codes are few, random, and can be typed as they were written down."""

import pytest

from newsletter.operators.recovery import HOW_MANY, new_codes, normalise_code


def test_ten_codes_are_made_and_no_two_are_alike() -> None:
    codes = new_codes()
    assert len({normalise_code(code) for code in codes}) == HOW_MANY
    assert all(normalise_code(code) for code in codes)


def test_a_code_may_be_typed_in_capitals_and_without_its_hyphens() -> None:
    (code, *_) = new_codes()
    assert normalise_code(code.upper().replace("-", " ")) == code.replace("-", "")


@pytest.mark.parametrize("typed", ["", "123456", "abcd-efgh-jkmn-pqrs", "abcd-efgh-jklo", "摸鱼摸鱼摸鱼摸鱼摸鱼摸鱼"])
def test_anything_else_is_no_code(typed: str) -> None:
    assert normalise_code(typed) is None
