from collections.abc import Sequence

import pytest

from newsletter.queries.language import format_query, parse_query
from newsletter.queries.matcher import Matchable, Matcher
from newsletter.queries.query import Query
from newsletter.queries.synonyms import only_in_translation, with_synonyms

KNOWN = {"强化学习": ("reinforcement learning", "rl"), "推理": ("reasoning", "inference")}


def say(phrase: str) -> Sequence[str]:
    return KNOWN.get(phrase, ())


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("强化学习", "强化学习 OR reinforcement learning OR rl"),
        ("ti:推理", "ti:推理 OR ti:reasoning OR ti:inference"),
        ("推理 -强化学习", "(推理 OR reasoning OR inference) AND NOT (强化学习 OR reinforcement learning OR rl)"),
        ("强化学习 OR 推理", "强化学习 OR reinforcement learning OR rl OR 推理 OR reasoning OR inference"),
        ("robot cat:cs.RO", "robot cat:cs.RO"),
        ("语料", "语料"),
        ("推*", "推*"),
        ("au:推理", "au:推理"),
    ],
)
def test_a_phrase_stands_beside_what_it_stands_for(query: str, meant: str) -> None:
    assert with_synonyms(parse_query(query), say) == parse_query(meant)


@pytest.mark.parametrize("query", ["语料", "ti:语料 OR robot", "robot ANDNOT 语料", "all:语料 强化学习", "强*"])
def test_a_phrase_that_nothing_stands_for_needs_translated_text(query: str) -> None:
    assert only_in_translation(parse_query(query), say)


@pytest.mark.parametrize("query", ["robot", "cat:cs", "au:王", "co:学会", "强化学习", "ti:推理 ANDNOT 强化学习"])
def test_other_terms_do_not(query: str) -> None:
    assert not only_in_translation(parse_query(query), say)


def test_a_paper_that_is_not_translated_yet_is_found() -> None:
    def read(text: str) -> Query:
        return with_synonyms(parse_query(text), say)

    paper = Matchable(
        arxiv_id="1",
        title="Reinforcement learning for robots",
        abstract="",
        authors=(),
        categories=("cs.RO",),
        comment="",
    )
    assert [match.arxiv_id for match in Matcher(["强化学习"], read=read).match([paper])["强化学习"]] == ["1"]
    assert Matcher(["强化学习"]).match([paper])["强化学习"] == []


def test_what_is_meant_can_be_written_down_and_read_again() -> None:
    meant = with_synonyms(parse_query("推理 -强化学习"), say)
    assert parse_query(format_query(meant)) == meant
