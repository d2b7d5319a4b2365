"""The bars of a month: never outside the picture, and whatever failed shows however many did not."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from newsletter.deliveries.states import DeliveryState
from newsletter.web.admin.chart import HEIGHT, WIDTH, draw

FRIDAY = date(2026, 3, 20)
COUNTS = st.dictionaries(st.sampled_from(DeliveryState), st.integers(0, 200_000))
DAYS = st.integers(0, 29).map(lambda back: FRIDAY - timedelta(days=back))


@given(st.dictionaries(DAYS, COUNTS))
def test_every_bar_stays_within_the_picture(states: dict[date, dict[DeliveryState, int]]) -> None:
    chart = draw(states, until=FRIDAY, days=30)
    for bar in chart.bars:
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
        assert sum(piece.height for piece in bar.pieces) <= HEIGHT + 1e-6
        assert all(piece.height >= 2 and piece.y >= -1e-6 for piece in bar.pieces)
        assert bar.total == sum(states.get(bar.on, {}).values())
    assert [bar.on for bar in chart.bars] == sorted(bar.on for bar in chart.bars)


def test_working_days_have_a_place_without_mail_and_weekends_only_with_it() -> None:
    saturday = FRIDAY - timedelta(days=6)
    chart = draw({saturday: {DeliveryState.ACCEPTED: 1}}, until=FRIDAY, days=30)
    assert saturday in [bar.on for bar in chart.bars]
    assert saturday - timedelta(days=7) not in [bar.on for bar in chart.bars]
    assert len(chart.bars) == 23


def test_one_that_failed_among_a_hundred_thousand_shows() -> None:
    states = {FRIDAY: {DeliveryState.ACCEPTED: 100_000, DeliveryState.FAILED: 1}}
    bar = draw(states, until=FRIDAY, days=30).bars[-1]
    assert [(piece.group.name, piece.height) for piece in bar.pieces][1] == ("lost", 2.0)
