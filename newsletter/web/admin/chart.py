"""A month of mornings as bars: pure geometry, drawn by the template with attributes and classes alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from newsletter.deliveries.states import DeliveryState
from newsletter.words import Words

WIDTH, HEIGHT = 720, 160
_GAP = 4
_LEAST = 2.0
"""However few failed: one among a hundred thousand must show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """States that share a colour and a word in the chart."""

    name: str
    words: Words
    states: tuple[DeliveryState, ...]


GROUPS = (
    Group(name="accepted", words=Words("accepted", "已被接收"), states=(DeliveryState.ACCEPTED,)),
    Group(
        name="waiting",
        words=Words("waiting", "等待中"),
        states=(DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DEFERRED),
    ),
    Group(
        name="lost",
        words=Words("failed or uncertain", "失败或不确定"),
        states=(DeliveryState.FAILED, DeliveryState.UNCERTAIN),
    ),
    Group(name="skipped", words=Words("nothing due", "无须发送"), states=(DeliveryState.SKIPPED,)),
)
"""From the ground up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One colour of a bar, in the units of the picture."""

    group: Group
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One day: its counts by group, and its pieces from the ground up; none where no mail went."""

    on: date
    x: float
    width: float
    counts: Mapping[str, int]
    pieces: Sequence[Piece]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The bars of some days, oldest first; the highest stands for `most` mails."""

    bars: Sequence[Bar]
    most: int


def draw(states: Mapping[date, Mapping[DeliveryState, int]], *, until: date, days: int) -> Chart:
    """Lay out the working days of a month, and any other day that had mail."""
    shown = [day for back in range(days - 1, -1, -1) if _is_shown(day := until - timedelta(days=back), states)]
    counts = {day: _count(states.get(day, {})) for day in shown}
    most = max((sum(found.values()) for found in counts.values()), default=0)
    step = WIDTH / max(len(shown), 1)
    bars = [
        Bar(
            on=day,
            x=round(place * step + _GAP / 2, 2),
            width=round(step - _GAP, 2),
            counts=counts[day],
            pieces=_stack(counts[day], most),
        )
        for place, day in enumerate(shown)
    ]
    return Chart(bars=bars, most=most)


def _is_shown(day: date, states: Mapping[date, Mapping[DeliveryState, int]]) -> bool:
    return day.weekday() < 5 or day in states


def _count(states: Mapping[DeliveryState, int]) -> dict[str, int]:
    return {group.name: sum(states.get(state, 0) for state in group.states) for group in GROUPS}


def _stack(counts: Mapping[str, int], most: int) -> list[Piece]:
    pieces, ground = [], float(HEIGHT)
    for group in GROUPS:
        if number := counts[group.name]:
            height = max(round(number / most * (HEIGHT - _LEAST * len(GROUPS)), 2), _LEAST)
            ground -= height
            pieces.append(Piece(group=group, y=round(ground, 2), height=height))
    return pieces
