from itertools import pairwise

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
def test_batches_hold_every_text_in_order_within_both_limits(texts: list[str], max_texts: int, max_size: int) -> None:
    batches = split(texts, max_texts=max_texts, max_size=max_size)
    assert [text for batch in batches for text in batch] == texts
    for batch in batches:
        assert 1 <= len(batch) <= max_texts
        assert sum(map(len, batch)) <= max_size or len(batch) == 1


@given(TEXTS, st.integers(1, 9), st.integers(1, 60))
def test_no_batch_could_have_taken_the_next_ones_first_text(texts: list[str], max_texts: int, max_size: int) -> None:
    batches = split(texts, max_texts=max_texts, max_size=max_size)
    for batch, following in pairwise(batches):
        assert len(batch) == max_texts or sum(map(len, [*batch, following[0]])) > max_size


@given(LONG_TEXTS)
def test_deepl_is_never_sent_more_than_fifty_texts_or_128_kib(texts: list[str]) -> None:
    batches = open_kind("deepl", "http://127.0.0.1").batches(texts)
    assert [text for batch in batches for text in batch] == texts
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
    assert [text for batch in batches for text in batch] == texts
    for batch in batches:
        assert len(batch) <= max_texts
        assert sum(map(len, batch)) <= max_characters or len(batch) == 1
