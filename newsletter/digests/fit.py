"""How much of each paper fits: a mail stays under its byte budget and no paper vanishes without a word.

Gmail cuts a message near 102 kB and hides the rest behind a link; so the HTML stays under `BUDGET_BYTES`, whatever the
number of papers. The most relevant papers are kept in full, the next ones compact, then titles, and the rest is counted.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from newsletter.subscribers.subscriber import Density

BUDGET_BYTES = 90_000
LEAD_COUNT = 4
"""So many of the best papers are laid out in full before the others get any room: a paper has a front page."""


class Detail(IntEnum):
    """How much of a paper is shown; more is larger."""

    CUT = 0
    TITLE = 1
    COMPACT = 2
    FULL = 3


MOST = {Density.FULL: Detail.FULL, Density.COMPACT: Detail.COMPACT, Density.TITLES: Detail.TITLE}
"""The most that a reader wants to see of each paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What has to fit: a section number and a score for each paper, in the digest's order.

    `cost(index, detail)` is the paper's size in bytes at that detail, `section_cost(section)` what its head takes as soon
    as one of its papers is shown.
    """

    sections: Sequence[int]
    scores: Sequence[float]
    cost: Callable[[int, Detail], int]
    section_cost: Callable[[int], int]


def fit(room: Room, *, most: Detail, budget_bytes: int, lead_count: int = LEAD_COUNT) -> list[Detail]:
    """Return each paper's detail, in the digest's order, so that the sum of the costs is at most `budget_bytes`.

    A more relevant paper never gets less than a less relevant one; equal scores: the one that stands first. The lead
    papers come first, then a title for everybody, then compact and full for as many as there is room for.
    """
    if _all_fit(room, most, budget_bytes):
        return [most] * len(room.scores)
    ranking = sorted(range(len(room.scores)), key=lambda index: (-room.scores[index], index))
    rank_before = dict(zip(ranking[1:], ranking, strict=False))
    found = [Detail.CUT] * len(ranking)
    opened: set[int] = set()
    left = budget_bytes
    for index, detail in _steps(ranking, most, lead_count):
        before = rank_before.get(index)
        if found[index] != detail - 1 or (before is not None and found[before] < detail):
            continue
        section = room.sections[index]
        extra = room.cost(index, detail) - (room.cost(index, found[index]) if found[index] else 0)
        extra += 0 if section in opened else room.section_cost(section)
        if extra <= left:
            left -= extra
            found[index] = detail
            opened.add(section)
    return found


def fit_behind(room: Room, start: int, *, most: Detail, budget_bytes: int) -> list[Detail]:
    """Like `fit`, where the papers from `start` on stand behind all the others whatever their scores.

    They get what the others leave, but no less than the room for their titles, up to a third of all.
    """
    places = range(len(room.scores))
    parts = [_part(room, part) for part in (places[:start], places[start:])]
    titles = sum(room.cost(index, Detail.TITLE) for index in places[start:])
    reserved = min(titles + sum(map(room.section_cost, set(room.sections[start:]))), budget_bytes // 3)
    before = fit(parts[0], most=most, budget_bytes=budget_bytes - reserved)
    used = sum(room.cost(index, detail) for index, detail in enumerate(before) if detail)
    used += sum(room.section_cost(section) for section in {room.sections[at] for at in places[:start] if before[at]})
    lead_count = 0 if any(before) else LEAD_COUNT
    return before + fit(parts[1], most=most, budget_bytes=budget_bytes - used, lead_count=lead_count)


def _part(room: Room, places: range) -> Room:
    return Room(
        sections=[room.sections[index] for index in places],
        scores=[room.scores[index] for index in places],
        cost=lambda index, detail: room.cost(places[index], detail),
        section_cost=room.section_cost,
    )


def _all_fit(room: Room, most: Detail, budget_bytes: int) -> bool:
    """Tell whether every paper fits at most; asks for no more costs than it takes to know."""
    left = budget_bytes - sum(room.section_cost(section) for section in set(room.sections))
    for index in range(len(room.scores)):
        left -= room.cost(index, most)
        if left < 0:
            return False
    return left >= 0


def _steps(ranking: Sequence[int], most: Detail, lead_count: int) -> Iterator[tuple[int, Detail]]:
    """Yield who may grow to which detail, in the order in which room is given away."""
    details = [detail for detail in Detail if Detail.CUT < detail <= most]
    for index in ranking[:lead_count]:
        for detail in details:
            yield index, detail
    for detail in details:
        for index in ranking[lead_count:]:
            yield index, detail
