"""However papers trickle in, and whichever editions were composed when: each is mailed once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel, select

from newsletter.db.engine import open_engine, reading, transaction
from newsletter.digests.tables import DigestRow
from newsletter.editions.collect import open_editions
from newsletter.editions.compose import compose_edition
from newsletter.editions.desk import Desk
from newsletter.papers.calendar import announced_at
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.store import store_announcement
from tests.factories import Hand, accept_mail, add_reader, announce, make_desk, make_paper, message_id

DAYS = tuple(date(2026, 3, day) for day in (16, 17, 18, 19, 20))
LAST = date(2026, 3, 23)
KINDS = (AnnouncementKind.NEW, AnnouncementKind.CROSS)


@dataclass(frozen=True)
class Arrival:
    """A paper reaches us so many hours after its list was announced."""

    number: int
    listed_on: date
    category: str
    kind: AnnouncementKind
    hours: int

    @property
    def at(self) -> datetime:
        return announced_at(self.listed_on) + timedelta(hours=self.hours, minutes=self.number)


@dataclass(frozen=True)
class Composing:
    """An edition is composed, if its list is there, so many hours after the list was announced."""

    edition_on: date
    hours: int

    @property
    def at(self) -> datetime:
        return announced_at(self.edition_on) + timedelta(hours=self.hours, minutes=30)


ARRIVALS = st.lists(
    st.builds(
        Arrival,
        number=st.integers(1, 12),
        listed_on=st.sampled_from(DAYS),
        category=st.sampled_from(["cs", "stat"]),
        kind=st.sampled_from(KINDS),
        hours=st.sampled_from([0, 1, 20, 30, 70]),
    ),
    max_size=12,
)
COMPOSINGS = st.lists(
    st.builds(Composing, edition_on=st.sampled_from(DAYS), hours=st.sampled_from([0, 2, 10, 23, 40])), max_size=6
)


def live(desk: Desk, arrivals: Sequence[Arrival], composings: Sequence[Composing]) -> dict[date, datetime]:
    """Let it all happen in order, and return which editions were composed, and when first."""
    assert isinstance(desk.now, Hand)
    composed: dict[date, datetime] = {}
    happenings: list[Arrival | Composing] = [*arrivals, *composings]
    for happening in sorted(happenings, key=lambda one: one.at):
        desk.now.instant = happening.at
        if isinstance(happening, Arrival):
            item = (make_paper(happening.number, f"A robot, number {happening.number}"), happening.kind)
            announcement = announce([item], category=happening.category, listed_on=happening.listed_on)
            with transaction(desk.database) as session:
                store_announcement(session, announcement, collected_at=desk.now())
            open_editions(desk, [happening.listed_on])
        elif happening.edition_on not in composed:
            open_editions(desk, [happening.edition_on])
            compose_edition(desk, happening.edition_on, message_id=message_id)
            accept_mail(desk)
            composed[happening.edition_on] = happening.at
    return composed


@given(arrivals=ARRIVALS, composings=COMPOSINGS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_paper_is_mailed_once(
    tmp_path_factory: pytest.TempPathFactory, arrivals: list[Arrival], composings: list[Composing]
) -> None:
    folder: Path = tmp_path_factory.mktemp("once")
    engine = open_engine(f"sqlite:///{folder / 'test.db'}")
    SQLModel.metadata.create_all(engine)
    desk = replace(make_desk(engine, now=Hand(announced_at(DAYS[0]))), categories=("cs", "stat"))
    add_reader(desk, "ann@example.org", "robot")
    composed = live(desk, arrivals, [*composings, Composing(LAST, 23)])
    with reading(engine) as session:
        digests = session.exec(select(DigestRow.sections)).all()
    engine.dispose()
    mailed = Counter(entry["id"] for sections in digests for section in sections for entry in section["entries"])
    first_at, first_on = min((at, day) for day, at in composed.items())
    # what had come before the first edition is the archive
    came: dict[tuple[int, date], datetime] = {}
    for one in sorted(arrivals, key=lambda one: one.at):
        came.setdefault((one.number, one.listed_on), one.at)
    expected = {
        make_paper(number, "").arxiv_id
        for (number, listed_on), at in came.items()
        if at > first_at or listed_on >= first_on
    }
    assert set(mailed) >= expected
    assert set(mailed.values()) <= {1}
