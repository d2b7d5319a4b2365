from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.queries.highlight import find_spans
from newsletter.queries.language import Query, format_query, parse_query
from newsletter.queries.matcher import Matchable, Matcher
from newsletter.queries.query import Field, Phrase
from tests.queries.strategies import phrases, queries


def shown(text: str, *typed: str) -> list[str]:
    """What is highlighted in a title."""
    spans = find_spans([parse_query(query) for query in typed], text, field="title")
    return [text[start:end] for start, end in spans]


@pytest.mark.parametrize(
    ("typed", "text", "marked"),
    [
        ("diffusion policy", "On Diffusion Policies for arms", ["Diffusion Policies"]),
        (
            "reinforcement learning",
            "Reinforcement-Learning, reinforcement learning",
            ["Reinforcement-Learning", "reinforcement learning"],
        ),
        ('"reinforcement learning"', "Reinforcement-Learning, reinforcement learning", ["reinforcement learning"]),
        ("transform*", "Vision Transformers transform", ["Transformers", "transform"]),
        ("pretraining", "Pre-training and pre training", ["Pre-training", "pre training"]),
        ("rag", "RAG, storage, RAGs", ["RAG", "RAGs"]),
        ("bellman", "Bellman's equation", ["Bellman"]),
        ("poincare", "The Poincaré ball, Poincare\u0301!", ["Poincaré", "Poincare\u0301"]),
        ("fine tuning", "ﬁne‑tuning", ["ﬁne‑tuning"]),
        ("LLM", "基于LLM的智能体", ["LLM"]),
        ("强化学习", "深度强化学习与强化 学习", ["强化学习", "强化 学习"]),
        ("LLM智能体", "基于 LLM 智能体", ["LLM 智能体"]),
        ("SE(3)", "An SE(3)-equivariant net", ["SE(3)"]),
        ("C++", "C++ and C", ["C++"]),
    ],
)
def test_whole_words_are_highlighted_as_they_are_written(typed: str, text: str, marked: list[str]) -> None:
    assert shown(text, typed) == marked


def test_what_is_excluded_is_not_highlighted() -> None:
    assert shown("A survey of robots", "robot ANDNOT survey") == ["robots"]
    assert shown("A survey of robots", "cat:cs ANDNOT (robot OR survey)") == []


def test_phrases_that_overlap_or_meet_are_one_span() -> None:
    assert shown(
        "deep reinforcement learning agents", "deep reinforcement learning", "reinforcement learning agent"
    ) == ["deep reinforcement learning agents"]
    assert shown("强化学习方法", "强化学习", "方法") == ["强化学习方法"]


def test_only_the_field_that_was_asked_for_is_highlighted() -> None:
    query = [parse_query("ti:robot AND abs:arm AND all:net AND hand AND au:wang AND co:foot AND cat:cs")]
    text = "robot arm net hand wang foot"

    assert [text[start:end] for start, end in find_spans(query, text, field="title")] == ["robot", "net", "hand"]
    assert [text[start:end] for start, end in find_spans(query, text, field="abstract")] == ["arm", "net", "hand"]


def test_nothing_is_highlighted_where_nothing_is_asked_or_shown() -> None:
    assert find_spans([], "robot", field="title") == []
    assert shown("", "robot") == []
    assert shown("\u200b", "robot") == []


@given(st.lists(queries(), max_size=3), st.text())
def test_spans_are_in_order_apart_and_within_the_text(asked: list[Query], text: str) -> None:
    spans = find_spans(asked, text, field="abstract")

    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(end < start for (_, end), (start, _) in pairwise(spans))


@given(
    phrases.filter(lambda phrase: phrase.field in (Field.TEXT, Field.TITLE) and not phrase.is_chinese),
    st.lists(st.sampled_from(["diffusion", "Policies", "robot-learning", "GPT-4o", "bias", "A*", "and"]), max_size=6),
)
def test_a_title_is_highlighted_exactly_when_it_matches(phrase: Phrase, words: list[str]) -> None:
    text = format_query(phrase)
    title = " ".join(words)
    paper = Matchable(arxiv_id="2603.00001", title=title, abstract="", authors=(), categories=(), comment="")

    assert bool(find_spans([phrase], title, field="title")) == bool(Matcher([text]).match([paper])[text])
