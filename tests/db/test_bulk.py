"""Many rows at once end up as if each had been inserted on its own."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import select

from newsletter.db.bulk import COPIED_FROM, insert_few, insert_rows
from newsletter.db.engine import reading, transaction
from newsletter.deliveries.tables import ResendRow
from newsletter.subscribers.tables import SuppressionRow

AT = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
COLUMNS = ("address_key", "reason")
SAME = {"detail": "", "suppressed_at": AT}
SIZES = pytest.mark.parametrize("size", [1, COPIED_FROM - 1, COPIED_FROM + 20])


def rows(size: int, reason: str = "bounce") -> list[tuple[str, str]]:
    return [(f"reader{number}@example.org", reason) for number in range(size)]


@SIZES
def test_what_goes_in_comes_out(engine: Engine, size: int) -> None:
    with transaction(engine) as session:
        assert insert_rows(session, SuppressionRow, COLUMNS, rows(size), same=SAME) == size
    with reading(engine) as session:
        found = session.exec(select(SuppressionRow)).all()
    assert {(row.address_key, row.reason) for row in found} == set(rows(size))
    assert {(row.detail, row.suppressed_at) for row in found} == {("", AT)}


@SIZES
def test_rows_whose_keys_are_taken_are_left_alone(engine: Engine, size: int) -> None:
    with transaction(engine) as session:
        insert_rows(session, SuppressionRow, COLUMNS, rows(size), same=SAME)
        assert insert_rows(session, SuppressionRow, COLUMNS, rows(size + 5, "complaint"), same=SAME) == 5
        assert insert_rows(session, SuppressionRow, COLUMNS, [], same=SAME) == 0
    with reading(engine) as session:
        found = {row.address_key: row.reason for row in session.exec(select(SuppressionRow))}
    assert list(found.values()).count("complaint") == 5


@SIZES
def test_nothing_json_instants_and_quotes_arrive_as_they_are(engine: Engine, size: int) -> None:
    columns = ("plan", "requested_at", "queued_at", "cancelled_by")
    odd = "tab\tnew\nline \\N 'quoted' \"twice\" 中文"
    values = [("[[1, 2, null]]", AT, None if number % 2 else AT, odd) for number in range(size)]
    same = {"edition_on": AT.date(), "message": "digest", "occasion": "x", "audience": "all", "is_recomposed": True}
    same |= {"planned_count": 1, "requested_by": "a test", "cancelled_at": None}
    with transaction(engine) as session:
        assert insert_rows(session, ResendRow, columns, values, same=same) == size
    with reading(engine) as session:
        found = session.exec(select(ResendRow)).all()
    first = found[0]
    assert json.dumps(first.plan) == "[[1, 2, null]]"
    assert (first.requested_at, first.queued_at, first.cancelled_at) == (AT, AT, None)
    assert (first.edition_on, first.is_recomposed, first.planned_count) == (AT.date(), True, 1)
    assert {row.cancelled_by for row in found} == {odd}
    assert sum(row.queued_at is None for row in found) == size // 2


def test_an_instant_without_a_zone_is_refused(engine: Engine) -> None:
    naive = AT.replace(tzinfo=None)
    with pytest.raises(ValueError, match="no time zone"), transaction(engine) as session:
        insert_rows(session, SuppressionRow, COLUMNS, rows(1), same=SAME | {"suppressed_at": naive})


def few(at: datetime) -> list[dict[str, object]]:
    odd = "tab\tnew\nline \\N 'quoted' \"twice\" 中文 %s :name"
    return [{"address_key": f"a{number}", "reason": odd, "detail": "", "suppressed_at": at} for number in range(3)]


def test_a_few_rows_arrive_as_they_are(engine: Engine) -> None:
    with transaction(engine) as session:
        insert_few(session.connection(), SuppressionRow, few(AT))
        insert_few(session.connection(), SuppressionRow, [])
    with reading(engine) as session:
        found = session.exec(select(SuppressionRow).order_by(SuppressionRow.address_key)).all()
    assert [{name: getattr(row, name) for name in few(AT)[0]} for row in found] == few(AT)


def test_among_a_few_rows_an_instant_without_a_zone_is_refused(engine: Engine) -> None:
    naive = AT.replace(tzinfo=None)
    with pytest.raises((ValueError, StatementError), match="no time zone"), transaction(engine) as session:
        insert_few(session.connection(), SuppressionRow, few(naive))


def test_of_a_few_rows_none_goes_in_when_one_may_not(engine: Engine) -> None:
    rows = few(AT)
    rows[2]["address_key"] = rows[0]["address_key"]
    with pytest.raises(IntegrityError), transaction(engine) as session:
        insert_few(session.connection(), SuppressionRow, rows)
    with reading(engine) as session:
        assert session.exec(select(SuppressionRow)).all() == []
