"""Papers that are like another one share its telling words."""

import pytest
from sqlalchemy import Engine

from newsletter.db.engine import reading
from newsletter.errors import NotFoundError
from newsletter.search.found import FoundPaper
from newsletter.search.similar import find_similar
from tests.factories import FRIDAY
from tests.search.corpus import DATA, REASON, recorded_papers
from tests.search.filling import fill, fill_days, paper

GRIPPER = paper(1, "Soft grippers for fruit harvesting", "A soft gripper picks ripe strawberries with tactile sensing.")
PAPERS = [
    GRIPPER,
    paper(2, "Tactile sensing in soft grippers", "Strawberries and other fruit are picked by a gripper."),
    paper(3, "A gripper that is rigid", "Parcels are picked."),
    paper(4, "Prime numbers", "We count them."),
    paper(5, "Fruit flies", "Their genome is read."),
]


def likest(engine: Engine, arxiv_id: str, limit: int = 5) -> list[FoundPaper]:
    with reading(engine) as session:
        return find_similar(session, arxiv_id, limit=limit)


def test_the_likest_paper_comes_first_and_what_shares_nothing_not_at_all(database: Engine) -> None:
    fill_days(database, {FRIDAY: PAPERS})
    found = likest(database, GRIPPER.arxiv_id)
    assert found[0].paper.arxiv_id == PAPERS[1].arxiv_id
    assert PAPERS[3].arxiv_id not in [one.paper.arxiv_id for one in found]
    assert 1 > found[0].score > found[-1].score > 0


def test_a_paper_is_never_like_itself_in_any_version(database: Engine) -> None:
    fill_days(database, {FRIDAY: PAPERS})
    assert GRIPPER.arxiv_id not in [one.paper.arxiv_id for one in likest(database, GRIPPER.arxiv_id)]
    assert len(likest(database, GRIPPER.arxiv_id, limit=1)) == 1


def test_likeness_is_mutual(database: Engine) -> None:
    fill_days(database, {FRIDAY: PAPERS})
    [one] = likest(database, PAPERS[0].arxiv_id, limit=1)
    [other] = likest(database, PAPERS[1].arxiv_id, limit=1)
    assert other.paper.arxiv_id == GRIPPER.arxiv_id
    assert one.score == pytest.approx(other.score)


def test_a_paper_alone_is_like_none(database: Engine) -> None:
    fill_days(database, {FRIDAY: [GRIPPER]})
    assert likest(database, GRIPPER.arxiv_id) == []


def test_an_unknown_paper_is_not_there(database: Engine) -> None:
    with pytest.raises(NotFoundError, match=r"2603\.99999"):
        likest(database, "2603.99999")


@pytest.mark.skipif(not DATA.is_dir(), reason=REASON)
def test_recorded_papers_on_the_same_subject_are_found(engine: Engine) -> None:
    papers = recorded_papers("2026-03-20")
    fill(engine, papers)
    subject = next(one for one in papers if "reinforcement learning" in one.title.lower())
    found = likest(engine, subject.arxiv_id)
    assert sum("reinforcement" in one.paper.abstract.lower() + one.paper.title.lower() for one in found) >= 3
