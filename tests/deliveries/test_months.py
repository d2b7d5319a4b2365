"""A day at rest is counted once, and again as soon as something may have moved it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, event

from newsletter.db.engine import reading
from newsletter.deliveries.months import KEPT_FOR, Months
from newsletter.deliveries.states import DeliveryState
from tests.deliveries.test_tally import THURSDAY, add, readers
from tests.factories import FRIDAY, MORNING


@pytest.fixture
def months() -> Months:
    return Months()


def count(engine: Engine, months: Months, *, at: datetime = MORNING) -> Mapping[date, Mapping[DeliveryState, int]]:
    with reading(engine) as session:
        return months.count(session, since=THURSDAY, until=FRIDAY, at=at)


def test_a_day_at_rest_is_counted_once_within_the_hour(engine: Engine, months: Months) -> None:
    ann, bo = readers(engine, 2)
    add(engine, ann, "accepted", on=THURSDAY)
    assert count(engine, months) == {THURSDAY: {DeliveryState.ACCEPTED: 1}}
    add(engine, bo, "accepted", on=THURSDAY)
    add(engine, bo, "accepted", on=FRIDAY)
    kept = count(engine, months)
    assert kept == {THURSDAY: {DeliveryState.ACCEPTED: 1}, FRIDAY: {DeliveryState.ACCEPTED: 1}}
    assert count(engine, months, at=MORNING + KEPT_FOR)[THURSDAY] == {DeliveryState.ACCEPTED: 2}


def test_a_day_with_mail_under_way_is_counted_every_time(engine: Engine, months: Months) -> None:
    ann, bo = readers(engine, 2)
    add(engine, ann, "deferred", on=THURSDAY)
    count(engine, months)
    add(engine, bo, "accepted", on=THURSDAY)
    assert count(engine, months)[THURSDAY] == {DeliveryState.DEFERRED: 1, DeliveryState.ACCEPTED: 1}


@pytest.mark.parametrize("what", ["resend", "doubt"])
def test_a_resend_or_a_doubt_has_every_day_counted_again(engine: Engine, months: Months, what: str) -> None:
    ann, bo = readers(engine, 2)
    add(engine, ann, "failed", on=THURSDAY)
    count(engine, months)
    if what == "resend":
        add(engine, ann, "accepted", on=THURSDAY, revision=1)
        assert count(engine, months)[THURSDAY] == {DeliveryState.ACCEPTED: 1}
    else:
        add(engine, bo, "uncertain", on=THURSDAY)
        assert count(engine, months)[THURSDAY] == {DeliveryState.FAILED: 1, DeliveryState.UNCERTAIN: 1}


def test_what_is_kept_is_not_asked_of_the_database(engine: Engine, months: Months) -> None:
    (ann,) = readers(engine, 1)
    add(engine, ann, "accepted", on=THURSDAY)
    count(engine, months)
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(str(args[3])))
    count(engine, months, at=MORNING + timedelta(minutes=1))
    assert asked
    assert not any(str(THURSDAY) in parameters for parameters in asked)
