"""What is due: collection with patience, composition once, and each reader's own hour."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.deliveries.states import SkipReason
from newsletter.editions.agenda import (
    ABANDONED_AFTER,
    CollectionTry,
    due_at,
    find_rest,
    is_composition_due,
    is_edition_ready,
    is_round_due,
    list_weekly_days,
)
from newsletter.papers.ledger import SETTLED, Judgement
from newsletter.subscribers.subscriber import WEEKDAYS, Preferences
from tests.factories import FRIDAY, FRIDAY_ANNOUNCED_AT, MORNING

SECOND = timedelta(seconds=1)
DEADLINE = FRIDAY_ANNOUNCED_AT + timedelta(hours=10)
COMPLETE, NONE, LATE = Judgement.COMPLETE, Judgement.NONE, Judgement.LATE


def due(next_at: datetime | None, last_try: CollectionTry | None = None) -> bool:
    return is_round_due(MORNING, next_at=next_at, last_try=last_try)


def test_a_round_is_due_when_a_source_is_to_be_asked() -> None:
    assert due(MORNING)
    assert due(MORNING - timedelta(days=3))
    assert not due(MORNING + SECOND)


def test_when_nothing_more_can_be_learnt_nobody_is_asked() -> None:
    assert not due(None)


def test_the_try_before_does_not_matter_once_it_has_ended() -> None:
    ended = CollectionTry(number=7, started_at=MORNING - 2 * SECOND, ended_at=MORNING - SECOND)
    assert due(MORNING, ended)
    assert not due(MORNING + SECOND, ended)


def test_a_round_under_way_is_left_alone_until_its_process_must_be_dead() -> None:
    def running(since: datetime) -> CollectionTry:
        return CollectionTry(number=1, started_at=since, ended_at=None)

    assert not due(MORNING, running(MORNING - ABANDONED_AFTER + SECOND))
    assert due(MORNING, running(MORNING - ABANDONED_AFTER))
    assert not due(None, running(MORNING - ABANDONED_AFTER))


def ready(*judgements: Judgement, now: datetime = MORNING) -> bool:
    return is_edition_ready(judgements, now=now, deadline=DEADLINE)


def test_an_edition_goes_out_when_all_its_lists_are_settled() -> None:
    assert ready(COMPLETE)
    assert ready(COMPLETE, NONE)


@pytest.mark.parametrize("judgement", sorted(set(Judgement) - set(SETTLED)))
def test_one_list_that_can_still_grow_holds_the_edition_until_the_deadline(judgement: Judgement) -> None:
    assert not ready(COMPLETE, judgement)
    assert not ready(COMPLETE, judgement, now=DEADLINE - SECOND)
    assert ready(COMPLETE, judgement, now=DEADLINE)


@given(st.lists(st.sampled_from(Judgement)), st.integers(-1000, 1000))
def test_nobody_waits_for_an_edition_longer_than_to_its_deadline(judgements: list[Judgement], minutes: int) -> None:
    now = DEADLINE + timedelta(minutes=minutes)
    assert ready(*judgements, now=now) == (minutes >= 0 or not set(judgements) - set(SETTLED))


def test_only_an_edition_without_digests_is_composed_and_only_for_somebody() -> None:
    assert is_composition_due(newest_on=FRIDAY, is_composed=False, has_readers=True)
    assert not is_composition_due(newest_on=FRIDAY, is_composed=True, has_readers=True)
    assert not is_composition_due(newest_on=FRIDAY, is_composed=False, has_readers=False)
    assert not is_composition_due(newest_on=None, is_composed=False, has_readers=True)


@pytest.mark.parametrize(
    ("zone", "hour", "local"),
    [
        ("Asia/Shanghai", 8, "2026-03-20T08:00+08:00"),  # the very stroke of the announcement
        ("Asia/Shanghai", 7, "2026-03-21T07:00+08:00"),  # that hour has passed there: the next morning
        ("America/New_York", 7, "2026-03-20T07:00-04:00"),
        ("America/New_York", 21, "2026-03-19T21:00-04:00"),
        ("Europe/Zurich", 0, "2026-03-21T00:00+01:00"),
        ("Asia/Kolkata", 6, "2026-03-20T06:00+05:30"),
    ],
)
def test_the_mail_is_due_at_the_first_stroke_of_the_readers_hour(zone: str, hour: int, local: str) -> None:
    found = due_at(Preferences(timezone=zone, hour=hour), announced_at=FRIDAY_ANNOUNCED_AT, opened_at=MORNING)
    assert found == datetime.fromisoformat(local)


def test_without_an_hour_it_is_due_when_the_edition_opens() -> None:
    assert due_at(Preferences(), announced_at=FRIDAY_ANNOUNCED_AT, opened_at=MORNING) == MORNING


def test_an_hour_that_the_change_of_clocks_leaves_out_is_due_all_the_same() -> None:
    # on 8 March 2026 New York's clocks go from 02:00 to 03:00
    announced = datetime(2026, 3, 8, 1, 0, tzinfo=UTC)
    found = due_at(Preferences(timezone="America/New_York", hour=2), announced_at=announced, opened_at=announced)
    assert found == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)


@given(
    st.sampled_from(sorted(available_timezones())),
    st.integers(0, 23),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001  made aware below
)
def test_it_is_due_within_a_day_and_a_bit_of_the_announcement_at_that_hour(
    zone: str, hour: int, naive: datetime
) -> None:
    announced = naive.replace(tzinfo=UTC)
    found = due_at(Preferences(timezone=zone, hour=hour), announced_at=announced, opened_at=announced)
    assert timedelta(0) <= found - announced <= timedelta(hours=50)
    local = found.astimezone(ZoneInfo(zone))
    assert (
        (local.hour, local.minute) == (hour, 0)
        or local.replace(fold=1).utcoffset() != local.replace(fold=0).utcoffset()
        or (local - timedelta(hours=2)).utcoffset() != local.utcoffset()
    )


def test_mail_is_wanted_on_the_weekdays_that_were_chosen() -> None:
    assert find_rest(Preferences(weekdays=("fri",)), FRIDAY, weekly_days=()) is None
    assert find_rest(Preferences(weekdays=("mon", "thu")), FRIDAY, weekly_days=("fri",)) is SkipReason.WEEKDAY


def test_a_weekly_reader_has_mail_on_one_day_whatever_days_they_chose_before() -> None:
    weekly = Preferences(weekly_on="wed", weekdays=("fri",))
    assert find_rest(weekly, FRIDAY, weekly_days=("thu", "fri")) is SkipReason.WEEKLY
    assert find_rest(weekly, FRIDAY, weekly_days=("wed", "thu", "fri")) is None


def test_a_pause_lasts_until_its_date_and_outranks_every_other_choice() -> None:
    later = FRIDAY + timedelta(days=1)
    assert find_rest(Preferences(paused_until=later), FRIDAY, weekly_days=()) is SkipReason.PAUSED
    weekly = Preferences(paused_until=later, weekly_on="mon")
    assert find_rest(weekly, FRIDAY, weekly_days=("fri",)) is SkipReason.PAUSED
    assert find_rest(Preferences(paused_until=FRIDAY), FRIDAY, weekly_days=()) is None


@given(st.lists(st.dates(FRIDAY, FRIDAY + timedelta(days=90)), min_size=2, unique=True).map(sorted))
def test_every_weekday_that_passes_has_its_weekly_digests_once_with_the_next_edition(editions: list[date]) -> None:
    for before, edition_on in pairwise(editions):
        passed = {WEEKDAYS[(edition_on - timedelta(days=back)).weekday()] for back in range((edition_on - before).days)}
        assert list_weekly_days(edition_on, before=before) == passed
    assert list_weekly_days(editions[0], before=None) == {WEEKDAYS[editions[0].weekday()]}
