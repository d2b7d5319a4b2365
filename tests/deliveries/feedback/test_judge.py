"""What follows from a report, by its class and by what proves it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.deliveries.feedback.judge import (
    FORGIVEN_AFTER,
    HALF_LIFE,
    POINTS_TO_STOP,
    Case,
    Effect,
    MatchedBy,
    Point,
    judge,
    score,
)
from newsletter.mail.bounces import BounceClass
from newsletter.subscribers.suppression import SuppressionReason

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PROOFS = (MatchedBy.RETURN_PATH, MatchedBy.ENVELOPE_ID, MatchedBy.MESSAGE_ID)


def case(
    kind: BounceClass,
    by: MatchedBy = MatchedBy.RETURN_PATH,
    *,
    points: tuple[Point, ...] = (),
    is_vouched: bool = False,
    is_suppressed: bool = False,
    lifted_at: datetime | None = None,
) -> Case:
    return Case(
        kind=kind,
        matched_by=by,
        is_vouched=is_vouched,
        is_suppressed=is_suppressed,
        delivery_id=1000,
        mailed_at=NOW - DAY,
        lifted_at=lifted_at,
        points=points,
    )


def daily(days: int, *, every: timedelta = DAY) -> tuple[Point, ...]:
    return tuple(Point(delivery_id=number, at=NOW - number * every) for number in range(1, days + 1))


AGES = st.timedeltas(min_value=timedelta(0), max_value=FORGIVEN_AFTER)
POINTS = st.lists(AGES, max_size=8).map(
    lambda ages: tuple(Point(delivery_id=number, at=NOW - age) for number, age in enumerate(ages, 1))
)
FEW = settings(max_examples=40, deadline=None)
CASES = st.builds(
    case,
    st.sampled_from(BounceClass),
    st.sampled_from([*PROOFS, MatchedBy.ADDRESS]),
    points=POINTS,
    is_vouched=st.booleans(),
    is_suppressed=st.booleans(),
)


@pytest.mark.parametrize("by", PROOFS)
def test_one_proven_hard_bounce_stops_an_address(by: MatchedBy) -> None:
    found = judge(case(BounceClass.HARD, by), at=NOW)
    assert (found.effect, found.stops) == (Effect.SUPPRESSED, SuppressionReason.HARD_BOUNCE)


@pytest.mark.parametrize("by", PROOFS)
def test_one_proven_complaint_stops_an_address(by: MatchedBy) -> None:
    assert judge(case(BounceClass.COMPLAINT, by), at=NOW).stops is SuppressionReason.COMPLAINT


@pytest.mark.parametrize("kind", [BounceClass.HARD, BounceClass.COMPLAINT])
def test_a_report_that_only_names_an_address_counts_as_a_soft_one(kind: BounceClass) -> None:
    found = judge(case(kind, MatchedBy.ADDRESS), at=NOW)
    assert (found.effect, found.stops) == (Effect.COUNTED, None)
    assert judge(case(kind, MatchedBy.ADDRESS, is_vouched=True), at=NOW).stops is not None


@FEW
@given(CASES)
def test_a_policy_bounce_never_stops_an_address(given_case: Case) -> None:
    if given_case.kind is BounceClass.POLICY:
        found = judge(given_case, at=NOW)
        assert (found.effect, found.stops) == (Effect.ALARMED, None)


@FEW
@given(CASES)
def test_nothing_but_a_failure_or_a_complaint_ever_stops_an_address(given_case: Case) -> None:
    if given_case.kind in (BounceClass.AUTO_REPLY, BounceClass.NOT_A_BOUNCE, BounceClass.UNKNOWN):
        assert judge(given_case, at=NOW).effect is Effect.RECORDED


@FEW
@given(CASES)
def test_an_unproven_report_never_stops_an_address_alone(given_case: Case) -> None:
    if not given_case.is_proven and score(given_case.points, at=NOW) < POINTS_TO_STOP - 1:
        assert judge(given_case, at=NOW).stops is None


@FEW
@given(CASES)
def test_every_decision_has_its_reason(given_case: Case) -> None:
    found = judge(given_case, at=NOW)
    assert found.reason
    assert (found.effect is Effect.SUPPRESSED) == (found.stops is not None)


def test_seven_daily_mails_in_a_row_that_come_back_stop_an_address() -> None:
    fates = [judge(case(BounceClass.SOFT, points=daily(before)), at=NOW).stops for before in range(7)]
    assert fates == [None] * 6 + [SuppressionReason.SOFT_BOUNCES]


@given(st.integers(0, 60))
def test_weekly_mails_that_come_back_never_stop_an_address(weeks: int) -> None:
    assert judge(case(BounceClass.SOFT, points=daily(weeks, every=HALF_LIFE)), at=NOW).stops is None


def test_a_mail_that_is_reported_twice_counts_once() -> None:
    again = judge(case(BounceClass.SOFT, points=(Point(delivery_id=1000, at=NOW),)), at=NOW)
    assert again.effect is Effect.RECORDED


def test_a_report_from_before_an_operator_lifted_the_suppression_changes_nothing() -> None:
    for kind in BounceClass:
        assert judge(case(kind, lifted_at=NOW), at=NOW).effect is Effect.RECORDED
    assert judge(case(BounceClass.HARD, lifted_at=NOW - 2 * DAY), at=NOW).stops is not None


@FEW
@given(POINTS)
def test_a_score_only_falls_while_nothing_comes_back(points: tuple[Point, ...]) -> None:
    scores = [score(points, at=NOW + hours * timedelta(hours=7)) for hours in range(20)]
    assert all(later <= earlier for earlier, later in pairwise(scores))


@FEW
@given(POINTS)
def test_a_score_is_half_after_a_half_life(points: tuple[Point, ...]) -> None:
    assert score(points, at=NOW + HALF_LIFE) == pytest.approx(score(points, at=NOW) / 2)


@FEW
@given(POINTS, AGES)
def test_a_point_more_never_lowers_a_score(points: tuple[Point, ...], age: timedelta) -> None:
    more = (*points, Point(delivery_id=0, at=NOW - age))
    assert score(points, at=NOW) < score(more, at=NOW) <= score(points, at=NOW) + 1


@FEW
@given(POINTS)
def test_a_score_does_not_depend_on_the_order_of_points(points: tuple[Point, ...]) -> None:
    assert score(reversed(points), at=NOW) == score(points, at=NOW)


def test_a_point_from_a_clock_that_was_ahead_is_worth_one() -> None:
    assert score([Point(delivery_id=1, at=NOW + DAY)], at=NOW) == 1.0
