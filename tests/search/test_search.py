"""A search finds what the matcher finds, the most relevant first, on every database alike."""

import random
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Engine

from newsletter.db.engine import reading
from newsletter.errors import InputError, QuerySyntaxError
from newsletter.queries.language import format_query
from newsletter.queries.matcher import Matchable, Matcher
from newsletter.queries.query import Query
from newsletter.search import match, sqlite
from newsletter.search import search as searching
from newsletter.search.found import SearchOrder
from newsletter.search.sequence import sequence_of
from newsletter.search.store import load_contents
from newsletter.translation.keywords import read_keyword
from tests.factories import FRIDAY
from tests.queries.strategies import askable_queries
from tests.search.corpus import DATA, REASON, make_queries, recorded_papers
from tests.search.filling import fill, fill_days, found_ids, look_for, numbers, paper

TEXT = (
    "diffusion Policy policies reinforcement-learning learning robot GPT-4o C++ A* bias and not . , (robot) diffusionpolicy "
    "diffusion-policy Q&A 3.5 naïve don't R&D 100% a|b back\\slash qu'ote \"say\""
)
WORDS = tuple(TEXT.split())
CHINESE = ("强化学习", "机器 人", "LLM智能体", "3D重建", "，", "的", "强化", "学习 机器人")


def invented(count: int) -> list[Matchable]:
    """Return papers of a few words, in every combination."""
    choice = random.Random(5)
    return [
        Matchable(
            arxiv_id=f"2603.{number:05}",
            title=" ".join(choice.choices(WORDS, k=3)),
            abstract=" ".join(choice.choices(WORDS, k=8)),
            authors=tuple(choice.choices(["Robot Policy", "A. Diffusion", "Learning Bias", "机器人"], k=2)),
            categories=tuple(choice.sample(["cs.LG", "cs.RO", "math.AG", "quant-ph", "cs.SY"], k=2)),
            comment=" ".join(choice.choices((*WORDS, "学会"), k=2)),
            title_translated="".join(choice.choices(CHINESE, k=2)),
            abstract_translated="".join(choice.choices(CHINESE, k=4)) if number % 2 else "",
        )
        for number in range(count)
    ]


def check(database: Engine, papers: list[Matchable], queries: list[str]) -> None:
    """Check that searches find what the matcher finds in what was read."""
    with reading(database) as session:
        contents = load_contents(session, [sequence_of(one.arxiv_id) for one in papers])
    assert len(contents) == len(papers)
    matches = Matcher(queries, read=read_keyword).match(list(contents.values()))
    for query in queries:
        found = found_ids(database, query)
        assert len(found) == len(set(found)) == look_for(database, query).total
        assert set(found) == {match.arxiv_id for match in matches[query]}, query
        check_within(database, query, wanted=papers[::3], found=found)


def check_within(database: Engine, query: str, *, wanted: Sequence[Matchable], found: Collection[str]) -> None:
    """Check that of some papers those are found that are found among all, whether they are named or only bounded."""
    ids = {sequence_of(one.arxiv_id): one.arxiv_id for one in wanted}
    for most_named in (0, len(ids)):
        with mock.patch.object(sqlite, "_MOST_NAMED", most_named), reading(database) as session:
            within = match.list_within(session, read_keyword(query), ids.keys())
        assert len(within) == len(set(within))
        assert {ids[sequence] for sequence in within} == set(found) & set(ids.values()), query


def test_a_search_finds_what_the_matcher_finds(database: Engine) -> None:
    papers = invented(60)
    fill(database, papers)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(askable_queries())
    def every_query(query: Query) -> None:
        check(database, papers, [format_query(query)])

    every_query()


@pytest.mark.skipif(not DATA.is_dir(), reason=REASON)
def test_a_search_finds_what_the_matcher_finds_in_recorded_papers(database: Engine) -> None:
    papers = list(recorded_papers("2026-03-20", with_chinese=True)[:120])
    fill(database, papers)
    check(database, papers, make_queries(papers, count=80, seed=7))


def test_papers_are_read_as_they_are_stored_and_translated(database: Engine) -> None:
    papers = invented(3)
    fill(database, papers)
    with reading(database) as session:
        contents = load_contents(session, [sequence_of(one.arxiv_id) for one in papers])
    assert [one.title for one in contents.values()] == [one.title for one in papers]
    assert [one.title_translated for one in contents.values()] == [one.title_translated for one in papers]


def test_the_title_counts_for_more_and_then_the_newer_paper(database: Engine) -> None:
    fill_days(
        database,
        {
            FRIDAY: [
                paper(1, "Gait", "A robot walks."),
                paper(2, "A robot", "It walks."),
                paper(3, "Gaits", "Here a robot walks."),
                paper(4, "Nothing"),
            ]
        },
    )
    page = look_for(database, "robot")
    assert numbers(page) == [2, 3, 1]
    assert page.found[0].score > page.found[1].score == page.found[2].score > 0
    assert page.total == 3
    assert numbers(look_for(database, "robot", order=SearchOrder.DATE)) == [3, 2, 1]


def test_a_rare_word_counts_for_more_than_a_common_one(database: Engine) -> None:
    papers = [paper(number, f"Gait {number}", "A robot walks.") for number in range(1, 9)]
    fill_days(database, {FRIDAY: [*papers, paper(9, "Gait", "A gripper.")]})
    assert numbers(look_for(database, "robot OR gripper"))[0] == 9


@pytest.mark.parametrize("order", SearchOrder)
@pytest.mark.parametrize("most", [100, 7, 0])
def test_pages_show_every_paper_once_whatever_is_weighed(
    database: Engine, order: SearchOrder, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST_WEIGHED", most)
    papers = [
        paper(number, "A robot" if number % 3 else "Gait", "The robot, it walks and walks on.") for number in range(40)
    ]
    fill_days(database, {FRIDAY: papers})
    for query in ("robot", "robot it walks and walks on OR robot", "walks and walks on"):
        total = look_for(database, query).total
        shown = [
            number
            for at in range(1, 8)
            for number in numbers(look_for(database, query, order=order, page=at, per_page=7))
        ]
        assert len(shown) == total
        assert len(set(shown)) == total
    assert look_for(database, "robot", page=99).found == ()
    assert look_for(database, "robot", page=99).total == 40


def test_a_paper_says_when_it_was_first_listed_and_what_it_is_in_chinese(database: Engine) -> None:
    day = date(2026, 3, 19)
    fill_days(database, {day + timedelta(days=1): [paper(1, "A robot")], day: [paper(1, "A robot")]})
    [found] = look_for(database, "robot").found
    assert found.listed_on == day
    assert found.title_translated is None
    assert found.paper.title == "A robot"


def test_nothing_is_found_where_nothing_is_stored(database: Engine) -> None:
    page = look_for(database, "robot ANDNOT survey")
    assert (page.total, page.found, page.pages) == (0, (), 1)
    assert page.query == "robot ANDNOT survey"


def test_what_cannot_be_read_says_why(database: Engine) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        look_for(database, "robot AND")
    assert caught.value.position == len("robot AND")
    for page, per_page in ((0, 20), (1, 0), (1, 101)):
        with pytest.raises(InputError, match="Pages"):
            look_for(database, "robot", page=page, per_page=per_page)


def test_no_query_has_more_papers_read_than_anybody_waits_for(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(match, "MOST_READ", 3)
    fill_days(database, {FRIDAY: [paper(number, "The end", "Of all. The cat.") for number in range(5)]})
    page = look_for(database, '"all. the"')
    assert (page.total, page.unread) == (3, 2)
    assert look_for(database, "cat").unread == 0
