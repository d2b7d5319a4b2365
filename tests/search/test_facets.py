"""How what is found spreads over the categories, on each database."""

import pytest
from sqlalchemy import Engine

from newsletter.db.engine import reading
from newsletter.search import facets, search
from newsletter.search.found import SearchOrder
from tests.factories import FRIDAY, make_paper
from tests.search.filling import fill_days


def count(database: Engine, query: str) -> tuple[int, tuple[tuple[str, int], ...]]:
    with reading(database) as session:
        page = search.search(session, query, order=SearchOrder.DATE, page=1, per_page=1, with_categories=True)
    return page.counted, page.categories


def test_each_category_is_counted_once_a_paper_the_commonest_first(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = [("cs.LG", "cs.RO"), ("cs.RO",), ("cs.RO", "cs.AI"), ("cs.CL",)]
    titles = ["Robots", "Robots", "Robots", "Knitting"]
    papers = [
        make_paper(number, title, categories=categories)
        for number, (title, categories) in enumerate(zip(titles, sets, strict=True), start=1)
    ]
    fill_days(database, {FRIDAY: papers})
    assert count(database, "robot") == (3, (("cs.RO", 3), ("cs.AI", 1), ("cs.LG", 1)))
    assert count(database, "quilting") == (0, ())
    monkeypatch.setattr(facets, "MOST_COUNTED", 2)
    assert count(database, "robot") == (2, (("cs.RO", 2), ("cs.AI", 1)))
