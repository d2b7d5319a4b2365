"""The matcher on recorded days, against the digests that the older system sent on them."""

import json
import lzma
import random
from functools import cache
from typing import Any

import pytest

from newsletter.queries.language import format_query, parse_query
from newsletter.queries.matcher import Matchable, Matcher
from tests.conftest import SHARED
from tests.queries.reference import match_by_hand

DATA = SHARED / "data"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the recorded days (../shared/data) are not beside this checkout"
)


@cache
def papers(day: str) -> tuple[Matchable, ...]:
    with lzma.open(DATA / "arxiv-cs-daily" / f"{day}.jsonl.xz", "rt", encoding="utf-8") as lines:
        return tuple(matchable(json.loads(line)) for line in lines)


def matchable(record: dict[str, Any]) -> Matchable:
    return Matchable(
        arxiv_id=record["id"],
        title=record["title"],
        abstract=record["abstract"],
        authors=tuple(record["authors"]),
        categories=tuple(record["categories"]),
        comment=record["comment"] or "",
    )


def recorded_ids(day: str, keyword: str) -> list[str]:
    digest = json.loads((DATA / "digests" / f"digest-{day}.json").read_text("utf-8"))
    return [
        paper["arxiv_id"]
        for section in digest["sections"]
        if section["keyword"] == keyword
        for paper in section["papers"]
    ]


def found_ids(day: str, query: str) -> set[str]:
    return {match.arxiv_id for match in Matcher([query]).match(papers(day))[query]}


@cache
def keyword_phrases() -> tuple[str, ...]:
    keywords = json.loads((DATA / "keywords" / "keyword-sets.json").read_text("utf-8"))
    return tuple(phrase["keyword"] for phrase in keywords["phrases"])


@pytest.mark.parametrize(("day", "count"), [("2026-03-20", 46), ("2026-02-23", 22)])
def test_a_quoted_phrase_in_the_abstract_finds_exactly_the_papers_of_the_older_digest(day: str, count: int) -> None:
    recorded = recorded_ids(day, "reinforcement learning")

    assert len(recorded) == count
    assert found_ids(day, 'abs:"reinforcement learning"') == set(recorded)


@pytest.mark.parametrize("day", ["2026-03-20", "2026-02-23"])
def test_a_phrase_that_the_older_digest_had_no_paper_for_finds_none(day: str) -> None:
    assert recorded_ids(day, "diffusion policy") == []
    assert found_ids(day, 'abs:"diffusion policy"') == set()


def test_a_bare_phrase_finds_the_hyphenated_spelling_too() -> None:
    quoted = found_ids("2026-03-20", 'abs:"reinforcement learning"')

    assert found_ids("2026-03-20", "reinforcement learning") == quoted | {"2603.18257"}


def test_every_keyword_that_readers_of_such_digests_use_can_be_read() -> None:
    assert len(keyword_phrases()) == 222
    assert all(parse_query(phrase) for phrase in keyword_phrases())


def test_a_real_day_is_matched_as_trying_each_query_on_each_paper_matches_it() -> None:
    choice = random.Random(20260320)
    sample = choice.sample(papers("2026-03-20"), 60)
    patterns = (
        "{0}",
        '"{0}"',
        "ti:{0} OR abs:{1}",
        "{0} AND {1}",
        "cat:cs.LG AND ({0} OR {1})",
        "all:{0} ANDNOT {1}",
        "{0}*",
    )
    pairs = [choice.sample(keyword_phrases(), 2) for _ in range(120)]
    queries = [format_query(parse_query(choice.choice(patterns).format(*pair))) for pair in pairs]
    queries += ["robot", "model ANDNOT language model", "cat:cs.RO", "au:wang", "co:accepted"]

    matches = Matcher(queries).match(sample)

    assert sum(map(len, matches.values())) > 100
    assert {query: [match.arxiv_id for match in row] for query, row in matches.items()} == match_by_hand(
        queries, sample
    )
