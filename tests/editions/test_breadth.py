"""A reader who keeps to some categories gets nothing from the others."""

from newsletter.editions.breadth import Breadth, is_within
from newsletter.editions.day import Day
from newsletter.papers.paper import Announced, AnnouncementKind
from newsletter.queries.matcher import Match
from newsletter.subscribers.subscriber import Preferences
from tests.factories import FRIDAY, make_paper

PAPERS = [
    make_paper(1, "One", categories=["cs.LG"]),
    make_paper(2, "Two", categories=["cs.RO", "cs.LG"]),
    make_paper(3, "Three", categories=["math.OC", "eess.SY"]),
]
DAY = Day(
    edition_on=FRIDAY,
    is_sample=False,
    announced=tuple(
        Announced(paper=paper, kind=AnnouncementKind.NEW, position=place) for place, paper in enumerate(PAPERS)
    ),
)


def narrowed(preferences: Preferences) -> list[str]:
    matches = {"robot": [Match(arxiv_id=paper.arxiv_id, score=1) for paper in PAPERS]}
    return [match.arxiv_id[-1] for match in Breadth(DAY).narrow(matches, preferences)["robot"]]


def test_whoever_chose_no_category_gets_all_of_them() -> None:
    assert narrowed(Preferences()) == ["1", "2", "3"]


def test_a_category_or_a_whole_archive_narrows_what_keywords_find() -> None:
    assert narrowed(Preferences(categories=("cs.LG",))) == ["1", "2"]
    assert narrowed(Preferences(categories=("math",))) == ["3"]


def test_without_cross_lists_a_papers_first_category_counts_alone() -> None:
    assert narrowed(Preferences(categories=("cs.LG",), wants_cross_lists=False)) == ["1"]


def test_a_category_with_two_codes_is_one() -> None:
    assert is_within(["cs.SY"], frozenset({"eess.SY"}))
