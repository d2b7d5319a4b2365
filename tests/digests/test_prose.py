"""Somebody else's text, made safe to show."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from newsletter.digests.prose import clean, cut, display_width, first_sentences


@given(st.text(max_size=300))
def test_clean_text_is_one_line_that_can_be_encoded(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.encode().decode() == cleaned
    assert len(cleaned.splitlines()) <= 1
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in cleaned)
    assert clean(cleaned) == cleaned


def test_clean_drops_what_would_turn_the_following_text_round() -> None:
    assert clean("abc\u202edef\u2066\x00\x1b[31m\ud800") == "abcdef[31m"
    assert clean("עברית and العربية stay") == "עברית and العربية stay"
    assert clean("two\r\nlines\tand  blanks ") == "two lines and blanks"
    assert clean("\u3000宽\u3000 空格\u00a0") == "宽 空格"
    assert clean(" soft\u00adhyphens and \u200bzero widths stay ") == "soft\u00adhyphens and \u200bzero widths stay"


@given(st.text(max_size=200), st.integers(1, 100))
def test_cut_text_is_never_longer_than_asked(text: str, length: int) -> None:
    shown = cut(text, length)
    assert len(shown) <= length
    assert shown == text if len(text) <= length else shown.endswith("…")


def test_text_is_cut_at_a_word() -> None:
    assert cut("Learning to walk in the rain", 20) == "Learning to walk in…"
    assert cut("Learning to walk · Rain and snow", 20) == "Learning to walk…"  # not on the dot between two titles


def test_two_sentences_of_english() -> None:
    text = "We use PPO, e.g. on robots (see Fig. 3). It works by J. Doe et al. Very well! Nothing else matters."
    assert first_sentences(text, count=2, length=400) == text.removesuffix(" Nothing else matters.")


def test_two_sentences_of_chinese() -> None:
    assert first_sentences("第一句。第二句！第三句？", count=2, length=160) == "第一句。第二句！"
    assert first_sentences("他说“好。”然后走了。完。", count=1, length=160) == "他说“好。”"


def test_an_abstract_of_one_endless_sentence_is_cut_at_its_length() -> None:
    assert len(first_sentences("word " * 500, count=2, length=420)) <= 420


def test_a_short_abstract_is_shown_whole() -> None:
    assert first_sentences("Only one sentence.", count=2, length=420) == "Only one sentence."


def test_decimal_numbers_and_abbreviations_end_no_sentence() -> None:
    text = "We gain 3.5 points, i.e. a lot, cf. Smith et al. 2024. It is good. The end."
    assert first_sentences(text, count=2, length=420) == text.removesuffix(" The end.")


def test_wide_characters_take_two_columns() -> None:
    assert display_width("abc") == 3
    assert display_width("晨报 a") == 6
    assert display_width("e\u0301") == 1
