"""What the index is asked never misses a paper that the matcher finds, and what it says for sure is true."""

from typing import assert_never

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.queries.language import format_query, parse_query
from newsletter.queries.matcher import Matchable, Matcher
from newsletter.queries.query import Query
from newsletter.search.bounds import Bounds, Known
from newsletter.search.compile import compile_query, list_guesses
from newsletter.search.expressions import AllOf, AnyOf, Expression, Lexeme, NoneOf
from newsletter.search.lexemes import list_lexemes
from tests.queries.strategies import askable_queries
from tests.queries.test_matcher import matchables
from tests.search.corpus import DATA, REASON, make_queries, recorded_papers

IDENTIFIER = "2603.00001"


def holds(expression: Expression, lexemes: set[str]) -> bool:
    """Tell whether a paper with these lexemes matches."""
    match expression:
        case Lexeme():
            if not expression.is_prefix:
                return expression.text in lexemes
            return any(lexeme.startswith(expression.text) for lexeme in lexemes)
        case AllOf():
            return all(holds(operand, lexemes) for operand in expression.operands)
        case AnyOf():
            return any(holds(operand, lexemes) for operand in expression.operands)
        case NoneOf():
            return not holds(expression.operand, lexemes)
        case _:
            assert_never(expression)


def bounds(query: Query, lexemes: list[set[str]]) -> Bounds:
    guesses = {lexeme for lexeme in list_guesses(query) if any(holds(lexeme, own) for own in lexemes)}
    words = {lexeme[3:] for own in lexemes for lexeme in own if lexeme[:3] in ("t1b", "t1l", "a1b", "a1l")}

    def begun(beginning: str) -> list[str]:
        return [word for word in sorted(words) if word.startswith(beginning)][:2]

    return compile_query(query, Known(guesses.__contains__, begun))


def check(texts: list[str], papers: list[Matchable]) -> int:
    """Check every query on every paper; return how many answers only the matcher could give."""
    lexemes = [list_lexemes(paper) for paper in papers]
    matches = Matcher(texts).match(papers)
    unsure = 0
    for text, found in matches.items():
        ids = {match.arxiv_id for match in found}
        bound = bounds(parse_query(text), lexemes)
        for paper, own in zip(papers, lexemes, strict=True):
            is_lower, is_upper = holds(bound.lower, own), holds(bound.upper, own)
            assert is_lower <= (paper.arxiv_id in ids) <= is_upper, (text, paper)
            unsure += is_lower != is_upper
    return unsure


@given(st.lists(askable_queries(), max_size=4), matchables())
def test_the_bounds_enclose_what_the_matcher_finds(queries: list[Query], papers: list[Matchable]) -> None:
    check([format_query(query) for query in queries], papers)


@pytest.mark.skipif(not DATA.is_dir(), reason=REASON)
@pytest.mark.parametrize("seed", range(3))
def test_the_bounds_enclose_what_the_matcher_finds_on_recorded_papers(seed: int) -> None:
    papers = list(recorded_papers("2026-03-20", with_chinese=True)[seed * 30 : seed * 30 + 30])
    queries = make_queries(papers, count=60, seed=seed)
    unsure = check(queries, papers)
    assert unsure < len(queries) * len(papers) / 20


def one(**texts: str) -> Matchable:
    return Matchable(
        arxiv_id=IDENTIFIER,
        title=texts.get("title", ""),
        abstract=texts.get("abstract", ""),
        authors=tuple(texts.get("authors", "").split("; ")),
        categories=("cs.LG",),
        comment="",
        title_translated=texts.get("title_translated", ""),
    )


@pytest.mark.parametrize(
    ("query", "paper"),
    [
        ("pretraining", one(title="Pre-training of models")),
        ("large language model", one(abstract="We ask Large-Language Models.")),
        ("time series", one(abstract="timeseries")),
        ("policie*", one(abstract="many policies")),
        ('"vision-language model"', one(title="A vision language model")),
        ("au:g hinton", one(authors="Ann Lee; Geoffrey E. Hinton")),
        ("cat:cs", one()),
        ("大语言模型", one(title_translated="一个大语言模型")),
        ("gpt-3.5", one(title="GPT-3.5 and others")),
    ],
)
def test_common_queries_need_no_matcher(query: str, paper: Matchable) -> None:
    lexemes = list_lexemes(paper)
    bound = bounds(parse_query(query), [lexemes])
    assert holds(bound.lower, lexemes)


def test_a_paper_with_more_than_an_index_holds_is_read_by_the_matcher() -> None:
    crowd = one(title="Higgs", authors="; ".join(f"Ann{number} B{number} Lee{number}" for number in range(30_000)))
    lexemes = list_lexemes(crowd)
    assert sum(len(lexeme.encode()) for lexeme in lexemes) < 1_000_000
    for text in ("higgs", "au:lee29999", "robot", "robot OR cat:cs ANDNOT higgs"):
        bound = bounds(parse_query(text), [lexemes])
        assert not holds(bound.lower, lexemes)
        assert holds(bound.upper, lexemes)


def test_only_parts_of_words_are_guessed() -> None:
    assert Lexeme("t2xpre-training") in list_guesses(parse_query("pretraining"))
    assert [lexeme.text for lexeme in list_guesses(parse_query("cat:cs.LG"))] == ["y"]
