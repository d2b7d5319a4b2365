import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.translation.engines import deepl, google, libretranslate, openai
from newsletter.translation.engines.batches import split
from newsletter.translation.engines.http import encode
from tests.translation.services import open_kind

TEXTS = st.lists(st.text(max_size=40), max_size=80)
LONG_TEXTS = st.lists(st.builds(str.__mul__, st.text(max_size=12), st.integers(1, 3000)), max_size=90)


@given(TEXTS, st.integers(1, 9), st.integers(1, 60))
def test_batches_hold_every_text_within_both_limits(texts: list[str], max_texts: int, max_size: int) -> None:
    batches = split(texts, max_texts=max_texts, max_size=max_size)
    assert sorted(text for batch in batches for text in batch) == sorted(texts)
    for batch in batches:
        assert 1 <= len(batch) <= max_texts
        assert sum(map(len, batch)) <= max_size or len(batch) == 1


@given(TEXTS, st.integers(1, 9), st.integers(1, 60))
def test_there_are_no_more_batches_than_the_texts_make_in_their_order(
    texts: list[str], max_texts: int, max_size: int
) -> None:
    in_order, room, places = 0, -1, 0
    for text in texts:
        if places == 0 or len(text) > room:
            in_order, room, places = in_order + 1, max_size, max_texts
        room, places = room - len(text), places - 1
    assert len(split(texts, max_texts=max_texts, max_size=max_size)) <= in_order


def test_titles_and_abstracts_take_no_more_batches_than_the_limits_ask_for() -> None:
    texts = [text for number in range(1000) for text in ("t" * (40 + number % 90), "a" * (700 + 37 * number % 1200))]
    batches = split(texts, max_texts=10, max_size=8000)
    assert len(batches) == max(-(-len(texts) // 10), -(-sum(map(len, texts)) // 8000))


def test_texts_stay_in_order_where_no_other_order_is_better() -> None:
    assert split(["aaa", "b", "cc"], max_texts=2, max_size=9) == [["aaa", "b"], ["cc"]]


@given(LONG_TEXTS)
def test_deepl_is_never_sent_more_than_fifty_texts_or_128_kib(texts: list[str]) -> None:
    batches = open_kind("deepl", "http://127.0.0.1").batches(texts)
    assert sorted(text for batch in batches for text in batch) == sorted(texts)
    for batch in batches:
        body = encode({"text": batch, "source_lang": "EN", "target_lang": "ZH-HANS"})
        assert len(batch) <= deepl.MAX_TEXTS
        assert len(body) < deepl.MAX_BODY_BYTES or len(batch) == 1


@pytest.mark.parametrize(
    ("kind", "max_texts", "max_characters"),
    [
        ("google", google.MAX_TEXTS, google.MAX_CHARACTERS),
        ("libretranslate", libretranslate.MAX_TEXTS, libretranslate.MAX_CHARACTERS),
        ("openai", openai.MAX_TEXTS, openai.MAX_CHARACTERS),
    ],
)
@given(texts=LONG_TEXTS)
def test_the_others_split_by_texts_and_characters(
    kind: str, max_texts: int, max_characters: int, texts: list[str]
) -> None:
    batches = open_kind(kind, "http://127.0.0.1").batches(texts)
    assert sorted(text for batch in batches for text in batch) == sorted(texts)
    for batch in batches:
        assert len(batch) <= max_texts
        assert sum(map(len, batch)) <= max_characters or len(batch) == 1
