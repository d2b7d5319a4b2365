"""What Hugging Face says of a paper, in a few honest words."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.digests.facts import join_facts, list_facts, short_count
from newsletter.papers.hub_facts import HubFacts
from tests.digests.factories import FACTS, make_paper


def said(facts: HubFacts | None, code: str = "en") -> str:
    return join_facts(list_facts(make_paper(facts=facts), code))


def test_everything_that_is_known_is_said_in_the_readers_language() -> None:
    assert said(FACTS) == "↑ 57 on Hugging Face · 12 comments · ByteDance · code ★ 1.2k"
    assert said(FACTS, "zh") == "Hugging Face ↑ 57 · 12 条评论 · ByteDance · 代码 ★ 1.2k"


def test_what_nobody_said_is_not_there() -> None:
    assert said(None) == ""
    assert said(HubFacts()) == "on Hugging Face"
    assert said(HubFacts(upvotes=0, comments=0, stars=5)) == "on Hugging Face"
    assert said(replace(FACTS, comments=1, stars=None, organisation=None)) == "↑ 57 on Hugging Face · 1 comment · code"


def test_votes_lead_to_the_talk_and_code_to_the_repository() -> None:
    links = {fact.text: fact.url for fact in list_facts(make_paper(7, facts=FACTS), "en") if fact.url}
    assert links == {
        "↑ 57 on Hugging Face": "https://huggingface.co/papers/2603.00007",
        "code ★ 1.2k": "https://github.com/walkers/gait",
    }


@pytest.mark.parametrize(
    ("number", "short"),
    [(0, "0"), (999, "999"), (1000, "1k"), (1049, "1k"), (1234, "1.2k"), (9999, "9.9k"), (12_345, "12k"),
     (999_999, "999k"), (1_000_000, "1M"), (3_450_000, "3.4M")],
)  # fmt: skip
def test_a_count_is_short(number: int, short: str) -> None:
    assert short_count(number) == short


@given(st.integers(0, 10_000_000))
def test_a_short_count_never_boasts(number: int) -> None:
    short = short_count(number)
    size = {"k": 1000, "M": 1_000_000}.get(short[-1], 1)
    assert len(short) <= 4
    assert float(short.rstrip("kM")) * size <= number + 1e-6
