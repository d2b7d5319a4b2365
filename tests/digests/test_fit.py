"""What fits into a mail: never over the budget, never a paper gone without being counted, the best in most detail."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from newsletter.digests.fit import BUDGET_BYTES, LEAD_COUNT, Detail, Room, fit, fit_behind


@dataclass(frozen=True)
class Sizes:
    """A paper's bytes by detail, its score and its section."""

    costs: tuple[int, int, int]
    score: float
    section: int


PAPERS = st.lists(
    st.builds(
        Sizes,
        costs=st.tuples(st.integers(300, 1500), st.integers(1500, 3000), st.integers(3000, 9000)),
        score=st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]),
        section=st.integers(1, 6),
    ),
    max_size=300,
)
SECTION_COST = 400


def _room(papers: Sequence[Sizes]) -> Room:
    return Room(
        sections=[paper.section for paper in papers],
        scores=[paper.score for paper in papers],
        cost=lambda index, detail: papers[index].costs[detail - 1],
        section_cost=lambda _: SECTION_COST,
    )


def _taken(papers: Sequence[Sizes], details: Sequence[Detail]) -> int:
    shown = [(paper, detail) for paper, detail in zip(papers, details, strict=True) if detail]
    heads = len({paper.section for paper, _ in shown})
    return sum(paper.costs[detail - 1] for paper, detail in shown) + heads * SECTION_COST


@given(papers=PAPERS, budget=st.integers(0, 120_000), most=st.sampled_from([Detail.TITLE, Detail.COMPACT, Detail.FULL]))
def test_the_budget_holds_and_the_more_relevant_never_gets_less(
    papers: Sequence[Sizes], budget: int, most: Detail
) -> None:
    details = fit(_room(papers), most=most, budget_bytes=budget)
    assert len(details) == len(papers)
    assert _taken(papers, details) <= budget or not any(details)
    assert max(details, default=Detail.CUT) <= most
    ranked = sorted(range(len(papers)), key=lambda index: (-papers[index].score, index))
    in_rank = [details[index] for index in ranked]
    assert in_rank == sorted(in_rank, reverse=True)


@given(papers=PAPERS, most=st.sampled_from([Detail.TITLE, Detail.COMPACT, Detail.FULL]))
def test_when_something_had_to_give_way_the_room_is_used(papers: Sequence[Sizes], most: Detail) -> None:
    details = fit(_room(papers), most=most, budget_bytes=BUDGET_BYTES)
    if any(detail < most for detail in details):
        assert _taken(papers, details) >= 0.9 * BUDGET_BYTES


@given(papers=PAPERS)
def test_the_same_papers_are_laid_out_the_same_way(papers: Sequence[Sizes]) -> None:
    once, again = (fit(_room(papers), most=Detail.FULL, budget_bytes=BUDGET_BYTES) for _ in range(2))
    assert once == again


def _alike(count: int) -> list[Sizes]:
    return [Sizes(costs=(600, 2000, 5000), score=1 / (place + 1), section=1) for place in range(count)]


def test_few_papers_are_all_in_full() -> None:
    assert fit(_room(_alike(15)), most=Detail.FULL, budget_bytes=80_000) == [Detail.FULL] * 15


def test_the_leads_stay_in_full_then_come_compact_ones_then_titles() -> None:
    details = fit(_room(_alike(46)), most=Detail.FULL, budget_bytes=80_000)
    assert details[:LEAD_COUNT] == [Detail.FULL] * LEAD_COUNT
    assert set(details[LEAD_COUNT:]) == {Detail.COMPACT, Detail.TITLE}


def test_of_very_many_the_least_relevant_are_left_to_the_browser() -> None:
    details = fit(_room(_alike(2000)), most=Detail.FULL, budget_bytes=80_000)
    assert details.count(Detail.FULL) == LEAD_COUNT
    assert details.count(Detail.TITLE) == 99
    assert details[LEAD_COUNT + 99 :] == [Detail.CUT] * (2000 - LEAD_COUNT - 99)


def test_one_paper_larger_than_the_mail_is_shown_smaller() -> None:
    papers = [Sizes(costs=(600, 2000, 200_000), score=1, section=1)]
    assert fit(_room(papers), most=Detail.FULL, budget_bytes=80_000) == [Detail.COMPACT]


def test_papers_keep_their_place_whatever_their_score() -> None:
    papers = [Sizes(costs=(600, 2000, 5000), score=place / 100, section=1) for place in range(100)]
    details = fit(_room(papers), most=Detail.FULL, budget_bytes=80_000)
    assert details[-1] is Detail.FULL
    assert details[0] is Detail.TITLE


@given(
    papers=PAPERS,
    split=st.floats(0, 1),
    budget=st.integers(0, 120_000),
    most=st.sampled_from([Detail.TITLE, Detail.COMPACT, Detail.FULL]),
)
def test_what_stands_behind_the_others_shares_the_budget(
    papers: Sequence[Sizes], split: float, budget: int, most: Detail
) -> None:
    start = round(len(papers) * split)
    apart = [Sizes(paper.costs, paper.score, paper.section + 100 * (at >= start)) for at, paper in enumerate(papers)]
    details = fit_behind(_room(apart), start, most=most, budget_bytes=budget)
    assert len(details) == len(papers)
    assert _taken(apart, details) <= budget or not any(details)
    if start == len(papers):
        assert details == fit(_room(apart), most=most, budget_bytes=budget)


def test_the_others_leave_room_for_its_titles() -> None:
    many = [Sizes((1000, 2000, 6000), 1.0, 1)] * 200
    few = [Sizes((1000, 2000, 6000), -1.0, 2)] * 5
    details = fit_behind(_room([*many, *few]), 200, most=Detail.FULL, budget_bytes=BUDGET_BYTES)
    assert all(details[200:])
    assert details[:LEAD_COUNT] == [Detail.FULL] * LEAD_COUNT
