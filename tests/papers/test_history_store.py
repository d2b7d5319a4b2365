"""One paper's past, and a day's list, as they stand in the database."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine

from newsletter.db.engine import reading, transaction
from newsletter.editions.desk import Desk
from newsletter.papers.day_store import is_estimate, list_places
from newsletter.papers.history_store import list_appearances, list_first_listed, list_trended, list_versions
from newsletter.papers.paper import AnnouncementKind, Paper
from newsletter.papers.store import find_day, store_announcement
from newsletter.papers.trending_store import find_days_around, find_newest_day
from tests.editions.trends import THURSDAY, trend
from tests.factories import FRIDAY, MORNING, announce, make_desk, make_paper, open_day

MONDAY = date(2026, 3, 23)


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return make_desk(engine)


def test_a_paper_knows_its_lists_and_versions(desk: Desk) -> None:
    paper = make_paper(1, "Walking Agents")
    open_day(desk, announce([paper]))
    second = replace(paper, version=2, comment="Accepted", comment_source="Accepted")
    open_day(desk, announce([(second, AnnouncementKind.REPLACE)], listed_on=MONDAY))
    with reading(desk.database) as session:
        appearances = list_appearances(session, paper.arxiv_id)
        versions = list_versions(session, paper.arxiv_id)
        first = list_first_listed(session, [paper.arxiv_id, "2603.99999"])
    assert [(one.listed_on, one.category, one.kind, one.version) for one in appearances] == [
        (FRIDAY, "cs", "new", 1),
        (MONDAY, "cs", "replace", 2),
    ]
    assert [(one.version, one.comment_source) for one in versions] == [(1, None), (2, "Accepted")]
    assert first == {paper.arxiv_id: FRIDAY}


def test_a_paper_knows_the_days_on_which_it_trended(desk: Desk) -> None:
    paper = make_paper(1, "Walking Agents")
    trend(desk, [make_paper(2, "Other"), paper])
    trend(desk, [paper], on=FRIDAY, votes=120)
    with reading(desk.database) as session:
        trended = list_trended(session, paper.arxiv_id)
        assert [(one.trending_on, one.place, one.facts.upvotes) for one in trended] == [
            (FRIDAY, 1, 120),
            (THURSDAY, 2, 80),
        ]
        assert find_newest_day(session) == FRIDAY
        assert find_days_around(session, FRIDAY) == (THURSDAY, None)
        assert find_days_around(session, date(2026, 1, 1)) == (None, THURSDAY)


def test_before_anything_trended_there_is_no_newest_day(desk: Desk) -> None:
    with reading(desk.database) as session:
        assert find_newest_day(session) is None


def test_places_are_the_papers_of_the_day_in_the_same_order(desk: Desk) -> None:
    lists: dict[str, list[Paper | tuple[Paper, AnnouncementKind]]] = {
        "cs": [make_paper(1, "One"), (make_paper(2, "Two"), AnnouncementKind.CROSS)],
        "stat": [
            make_paper(2, "Two"),
            (make_paper(3, "Three", categories=("stat.ML", "cs.LG")), AnnouncementKind.CROSS),
        ],
    }
    with transaction(desk.database) as session:
        for category, papers in lists.items():
            store_announcement(session, announce(papers, category=category), collected_at=MORNING)
    with reading(desk.database) as session:
        places = list_places(session, ("cs", "stat"), FRIDAY)
        whole = find_day(session, ("cs", "stat"), FRIDAY)
        assert not is_estimate(session, ("cs", "stat"), FRIDAY)
    assert [(place.arxiv_id, place.kind) for place in places] == [(item.paper.arxiv_id, item.kind) for item in whole]
    assert [place.categories for place in places] == [item.paper.categories for item in whole]
    assert places[-1].is_in("cs")
    assert places[-1].is_in("stat.ML")
    assert not places[-1].is_in("c")


def test_a_list_that_was_put_together_afterwards_is_an_estimate(desk: Desk) -> None:
    estimate = replace(announce([make_paper(1, "One")]), source="api")
    with transaction(desk.database) as session:
        store_announcement(session, estimate, collected_at=MORNING)
    with reading(desk.database) as session:
        assert is_estimate(session, ("cs",), FRIDAY)
        assert list_appearances(session, "2603.00001")[0].is_estimate
