"""A bar for each day: where it stands and how tall it is, so that a template only draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH = 8
GAP = 2
HEIGHT = 56
LEAST = 2
"""A day with one paper is seen, however many another has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One day's bar; its corner, its size, and what it stands for."""

    day: date
    count: int
    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars side by side, oldest first."""

    bars: tuple[Bar, ...]
    bar_width: int = WIDTH
    height: int = HEIGHT

    @property
    def width(self) -> int:
        return max(len(self.bars) * (WIDTH + GAP) - GAP, WIDTH)

    @property
    def tallest(self) -> Bar | None:
        """The newest of the days with most papers."""
        return max(reversed(self.bars), key=lambda bar: bar.count, default=None)


def draw_bars(days: Sequence[tuple[date, int]]) -> Chart:
    """Return the chart of so many papers on each day; a day without any has a bar of no height."""
    most = max((count for _, count in days), default=0)
    heights = [max(HEIGHT * count / most, LEAST) if count else 0.0 for _, count in days]
    return Chart(
        bars=tuple(
            Bar(day=day, count=count, x=place * (WIDTH + GAP), y=round(HEIGHT - height, 2), height=round(height, 2))
            for place, ((day, count), height) in enumerate(zip(days, heights, strict=True))
        )
    )
