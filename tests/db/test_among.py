"""A number is found among many, by the index, in a statement whose words are the same however many they are."""

from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlmodel import Session, col

from newsletter.db.among import among, among_bound
from newsletter.db.engine import reading, transaction
from newsletter.deliveries.tables import ResendRow
from tests.conftest import NOON
from tests.factories import FRIDAY

IDS = col(ResendRow.id)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """A database with resends 1 to 300."""
    with transaction(engine) as session:
        for number in range(1, 301):
            session.add(
                ResendRow(
                    id=number, edition_on=FRIDAY, message="digest", occasion=str(number), audience="all", plan=None,
                    is_recomposed=False, planned_count=0, requested_at=NOON, requested_by="test",
                )
            )  # fmt: skip
    return engine


def find(session: Session, numbers: list[int]) -> list[int]:
    found = session.connection().execute(select(IDS).where(among(IDS, numbers))).scalars()
    return sorted(number for number in found if number is not None)


@pytest.mark.parametrize("numbers", [[], [7], [7, 8, 300], [299, 301, 2**40, -1], list(range(1, 301))])
def test_those_are_found_that_are_there(filled: Engine, numbers: list[int]) -> None:
    with reading(filled) as session:
        assert find(session, numbers) == [number for number in numbers if 1 <= number <= 300]
        bound = select(IDS).where(among_bound(IDS, "wanted"), IDS != 8).order_by(IDS)
        found = session.connection().execute(bound, {"wanted": numbers}).scalars().all()
        assert found == [number for number in numbers if 1 <= number <= 300 and number != 8]


def test_its_words_do_not_depend_on_how_many_they_are(filled: Engine) -> None:
    asked: list[str] = []
    event.listen(filled, "before_cursor_execute", lambda _c, _u, statement, *_: asked.append(statement))
    with reading(filled) as session:
        for numbers in ([1], [1, 2, 3], list(range(200))):
            find(session, numbers)
    assert len({statement for statement in asked if statement.startswith("SELECT resend")}) == 1


def test_the_rows_are_looked_up_one_by_one(filled: Engine) -> None:
    is_sqlite = filled.dialect.name == "sqlite"
    asked: list[tuple[str, Any]] = []
    event.listen(
        filled, "before_cursor_execute", lambda _c, _u, statement, values, *_: asked.append((statement, values))
    )
    with reading(filled) as session:
        find(session, [1, 2])
        statement, values = asked[-1]
        if not is_sqlite:  # which reads so small a table whole otherwise
            session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        plan = str(session.connection().exec_driver_sql(f"{explain} {statement}", values).all())
    assert ("SEARCH resend USING INTEGER PRIMARY KEY" if is_sqlite else "resend_pkey") in plan
