"""A query can be tried against what is stored."""

from datetime import date

import pytest
from sqlalchemy import Engine

from newsletter.editions.trial import try_query
from newsletter.errors import NotFoundError, QuerySyntaxError
from tests.factories import FRIDAY, announce, make_desk, make_paper, open_day

THURSDAY = date(2026, 3, 19)


def test_a_query_brings_the_papers_of_each_day_newest_first(engine: Engine) -> None:
    desk = make_desk(engine)
    open_day(desk, announce([make_paper(1, "Graphs"), make_paper(2, "Walking on graphs")], listed_on=THURSDAY))
    open_day(desk, announce([make_paper(3, "A graph"), make_paper(4, "Trees")]))
    found = try_query(desk, "GRAPH", day=None, days=5)
    assert [(on, [paper.title for paper in papers]) for on, papers in found.days] == [
        (FRIDAY, ["A graph"]),
        (THURSDAY, ["Graphs", "Walking on graphs"]),
    ]
    assert try_query(desk, "graph", day=None, days=1).days == found.days[:1]
    assert try_query(desk, "trees", day=THURSDAY, days=9).days == [(THURSDAY, [])]


def test_a_bad_query_or_an_unknown_day_is_refused(engine: Engine) -> None:
    desk = make_desk(engine)
    with pytest.raises(QuerySyntaxError):
        try_query(desk, "AND", day=None, days=1)
    with pytest.raises(NotFoundError):
        try_query(desk, "graph", day=FRIDAY, days=1)
