"""What reaches us after its edition goes into the next one, marked as late: never lost, never twice."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.tables import DeliveryRow
from newsletter.digests.load import load_digests, thaw
from newsletter.digests.store import find_row
from newsletter.digests.tables import DigestRow
from newsletter.editions.collect import open_editions
from newsletter.editions.compose import Composition, compose_edition, preview_digest
from newsletter.editions.desk import Desk
from newsletter.editions.store import get_edition, open_edition
from newsletter.editions.tables import EditionRow
from newsletter.papers.calendar import announced_at
from newsletter.papers.late_store import hold_lists
from newsletter.papers.paper import AnnouncementKind, Paper
from newsletter.papers.sources.sample import SAMPLE_CATEGORY
from newsletter.papers.store import store_announcement
from newsletter.subscribers.subscriber import Preferences, Subscriber
from newsletter.translation.engines import Answer, TermPair
from tests.factories import (
    FRIDAY,
    Hand,
    WordForWord,
    accept_mail,
    add_reader,
    announce,
    make_desk,
    make_paper,
    message_id,
)

NEW, CROSS, REPLACE = AnnouncementKind
WEDNESDAY, THURSDAY, MONDAY = date(2026, 3, 18), date(2026, 3, 19), date(2026, 3, 23)
KEYWORD = "robot"


def robot(number: int) -> Paper:
    return make_paper(number, f"A robot, number {number}")


class House:
    """An installation with a clock that is set by hand, and what may happen in it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.clock = Hand(announced_at(WEDNESDAY))
        self.desk: Desk = replace(make_desk(engine, now=self.clock), categories=("cs", "stat"))

    def store(
        self,
        *papers: Paper | tuple[Paper, AnnouncementKind],
        on: date,
        category: str = "cs",
        is_backfilled: bool = False,
    ) -> None:
        """Store papers of a list a minute after what happened last, but not before it is announced."""
        self.clock.instant = max(self.clock.instant, announced_at(on)) + timedelta(minutes=1)
        with transaction(self.engine) as session:
            store_announcement(
                session,
                announce(papers, category=category, listed_on=on),
                collected_at=self.desk.now(),
                is_backfilled=is_backfilled,
            )
        open_editions(self.desk, [on])

    def compose(self, on: date) -> Composition:
        self.clock.instant += timedelta(minutes=1)
        composition = compose_edition(self.desk, on, message_id=message_id)
        accept_mail(self.desk)
        return composition

    def entries(self, reader: Subscriber, on: date) -> list[dict[str, object]]:
        with reading(self.engine) as session:
            row = find_row(session, reader.id, on)
        assert row is not None
        return [entry for section in row.sections for entry in section["entries"]]

    def chosen(self, reader: Subscriber, on: date) -> list[str]:
        """Return the numbers of the papers in a digest, those that are late with their list's date."""
        return [
            str(entry["id"])[-1] + (f" of {str(entry['listed_on'])[5:]}" if "listed_on" in entry else "")
            for entry in self.entries(reader, on)
        ]


@pytest.fixture
def house(engine: Engine) -> House:
    return House(engine)


def test_a_paper_that_came_after_its_edition_is_in_the_next_behind_the_days_own(house: House) -> None:
    ann = add_reader(house.desk, "ann@example.org", KEYWORD)
    house.store(robot(1), on=THURSDAY)
    house.compose(THURSDAY)
    house.store(robot(1), robot(2), (robot(3), CROSS), on=THURSDAY)
    house.store(robot(4), (robot(5), CROSS), on=FRIDAY)
    composition = house.compose(FRIDAY)
    assert house.chosen(ann, THURSDAY) == ["1"]
    assert house.chosen(ann, FRIDAY) == ["4", "5", "2 of 03-19", "3 of 03-19"]
    assert (composition.papers, composition.late) == (2, 2)


def test_it_is_in_the_next_only(house: House) -> None:
    ann = add_reader(house.desk, "ann@example.org", KEYWORD)
    house.store(robot(1), on=WEDNESDAY)
    house.compose(WEDNESDAY)
    house.store(robot(2), on=WEDNESDAY)
    house.store(robot(3), on=THURSDAY)
    house.compose(THURSDAY)
    house.store(robot(4), on=FRIDAY)
    house.compose(FRIDAY)
    assert house.chosen(ann, THURSDAY) == ["3", "2 of 03-18"]
    assert house.chosen(ann, FRIDAY) == ["4"]


def test_a_list_that_no_edition_was_composed_of_comes_with_the_next(house: House) -> None:
    ann = add_reader(house.desk, "ann@example.org", KEYWORD)
    house.store(robot(1), on=WEDNESDAY)
    house.compose(WEDNESDAY)
    house.store(robot(2), (robot(3), REPLACE), on=THURSDAY)  # and then the machine is down until Friday's is there
    house.store(robot(4), on=FRIDAY)
    house.compose(FRIDAY)
    assert house.chosen(ann, FRIDAY) == ["4", "2 of 03-19"]


def test_a_fresh_installation_carries_nothing(house: House) -> None:
    ann = add_reader(house.desk, "ann@example.org", KEYWORD)
    house.store(robot(1), on=WEDNESDAY)
    house.store(robot(2), on=FRIDAY)
    house.compose(FRIDAY)
    assert house.chosen(ann, FRIDAY) == ["2"]


def test_what_was_fetched_for_the_archive_is_not_carried(house: House) -> None:
    ann = add_reader(house.desk, "ann@example.org", KEYWORD)
    house.store(robot(1), on=WEDNESDAY)
    house.compose(WEDNESDAY)
    house.store(robot(2), on=THURSDAY, is_backfilled=True)
    house.store(robot(3), on=FRIDAY)
    house.compose(FRIDAY)
    assert house.chosen(ann, FRIDAY) == ["3"]


def test_after_two_weeks_a_late_paper_is_no_news(house: House) -> None:
    ann = add_reader(house.desk, "ann@example.org", KEYWORD)
    for day in (5, 6, 19):
        house.store(robot(day % 10), on=date(2026, 3, day))
        house.compose(date(2026, 3, day))
    house.store(robot(1), on=date(2026, 3, 5))
    house.store(robot(2), on=date(2026, 3, 6))
    house.store(robot(3), on=FRIDAY)
    house.compose(FRIDAY)
    assert house.chosen(ann, FRIDAY) == ["3", "2 of 03-06"]


def test_a_paper_that_another_category_brought_on_time_is_not_late(house: House) -> None:
    house.store(robot(1), on=THURSDAY)
    add_reader(house.desk, "ann@example.org", KEYWORD)
    house.compose(THURSDAY)
    house.store((robot(1), CROSS), on=THURSDAY, category="stat")
    bob = add_reader(house.desk, "bob@example.org", KEYWORD)  # to him it would not be a repetition
    house.store(robot(2), on=FRIDAY)
    house.compose(FRIDAY)
    assert house.chosen(bob, FRIDAY) == ["2"]


def test_late_papers_stand_in_the_order_of_their_lists(house: House) -> None:
    ann = add_reader(house.desk, "ann@example.org", KEYWORD)
    house.store(robot(1), on=WEDNESDAY)
    house.compose(WEDNESDAY)
    house.store(robot(9), on=THURSDAY)
    house.store((robot(8), CROSS), robot(7), on=THURSDAY, category="stat")
    house.store(robot(6), on=WEDNESDAY)
    house.store(robot(5), on=FRIDAY)
    house.compose(FRIDAY)
    assert house.chosen(ann, FRIDAY) == ["5", "6 of 03-18", "9 of 03-19", "7 of 03-19", "8 of 03-19"]


def test_a_late_new_paper_that_was_replaced_meanwhile_is_still_new(house: House) -> None:
    ann = add_reader(house.desk, "ann@example.org", KEYWORD)
    house.store(robot(1), on=THURSDAY)
    house.compose(THURSDAY)
    house.store(robot(2), on=THURSDAY)
    house.store((replace(robot(2), version=2), REPLACE), on=FRIDAY)
    house.compose(FRIDAY)
    (entry,) = house.entries(ann, FRIDAY)
    assert (entry["kind"], entry["listed_on"]) == ("new", "2026-03-19")


def test_late_papers_are_translated_too(house: House) -> None:
    desk = replace(house.desk, translators=(WordForWord(),))
    ann = add_reader(desk, "ann@example.org", KEYWORD)
    house.store(robot(1), on=THURSDAY)
    house.compose(THURSDAY)
    house.store(robot(2), on=THURSDAY)
    house.store(robot(3), on=FRIDAY)
    compose_edition(desk, FRIDAY, message_id=message_id)
    with reading(house.engine) as session:
        row = find_row(session, ann.id, FRIDAY)
        assert row is not None
        (digest,) = load_digests(session, [thaw(row, 0)], desk.addresses)
    shown = [entry.paper for entry in digest.sections[0].entries]
    assert [paper.late_from for paper in shown] == [None, THURSDAY]
    assert all(paper.title_translated for paper in shown)


def test_a_preview_carries_them_too(house: House) -> None:
    ann = add_reader(house.desk, "ann@example.org", KEYWORD)
    house.store(robot(1), on=THURSDAY)
    house.compose(THURSDAY)
    house.store(robot(2), on=THURSDAY)
    house.store(robot(3), on=FRIDAY)
    sections = preview_digest(house.desk, ann, FRIDAY).sections
    house.compose(FRIDAY)
    with reading(house.engine) as session:
        row = find_row(session, ann.id, FRIDAY)
    assert row is not None
    assert row.sections == sections


def test_a_sample_edition_carries_nothing_and_counts_for_nothing(house: House) -> None:
    ann = add_reader(house.desk, "ann@example.org", KEYWORD)
    house.store(robot(1), on=WEDNESDAY)
    house.store(robot(2), on=THURSDAY, category=SAMPLE_CATEGORY)
    with transaction(house.engine) as session:
        session.delete(session.get_one(EditionRow, THURSDAY))
    with transaction(house.engine) as session:
        now = house.desk.now()
        open_edition(
            session, THURSDAY, announced_at=announced_at(THURSDAY), opened_at=now, paper_count=1, is_sample=True
        )
    house.compose(THURSDAY)
    assert house.chosen(ann, THURSDAY) == ["2"]
    house.store(robot(3), on=FRIDAY)
    house.compose(FRIDAY)
    assert house.chosen(ann, FRIDAY) == ["3"]  # before it no real edition was composed


def test_what_is_seen_while_an_edition_is_being_translated_is_late_for_it(house: House) -> None:
    class Slow(WordForWord):
        """A translator during whose work the rest of the list arrives."""

        def translate(
            self, texts: Sequence[str], *, source: str, target: str, terms: Sequence[TermPair] = ()
        ) -> Answer:
            house.store(robot(2), on=THURSDAY)
            house.clock.instant += timedelta(minutes=20)
            return super().translate(texts, source=source, target=target)

    ann = add_reader(house.desk, "ann@example.org", KEYWORD)
    house.store(robot(1), on=THURSDAY)
    compose_edition(replace(house.desk, translators=(Slow(),)), THURSDAY, message_id=message_id)
    accept_mail(house.desk)
    house.store(robot(3), on=FRIDAY)
    house.compose(FRIDAY)
    assert [house.chosen(ann, day) for day in (THURSDAY, FRIDAY)] == [["1"], ["3", "2 of 03-19"]]


def test_a_composition_that_died_half_way_loses_and_repeats_nothing(house: House) -> None:
    ann, bob = (add_reader(house.desk, f"{name}@example.org", KEYWORD) for name in ("ann", "bob"))
    house.store(robot(1), on=THURSDAY)
    house.compose(THURSDAY)
    with transaction(house.engine) as session:  # what a death between the two leaves behind
        session.get_one(EditionRow, THURSDAY).composed_at = None
        for table in (DeliveryRow, DigestRow):
            for row in session.exec(select(table).where(table.subscriber_id == bob.id)):
                session.delete(row)
    house.store(robot(2), on=THURSDAY)
    house.compose(THURSDAY)
    house.store(robot(3), on=FRIDAY)
    house.compose(FRIDAY)
    assert [house.chosen(ann, day) for day in (THURSDAY, FRIDAY)] == [["1"], ["3", "2 of 03-19"]]
    assert [house.chosen(bob, day) for day in (THURSDAY, FRIDAY)] == [["1", "2"], ["3"]]


def test_a_reader_who_came_after_the_late_paper_has_it_once(house: House) -> None:
    ann = add_reader(house.desk, "ann@example.org", KEYWORD)
    house.store(robot(1), on=THURSDAY)
    house.compose(THURSDAY)
    house.store(robot(2), on=THURSDAY)
    bob = add_reader(house.desk, "bob@example.org", KEYWORD)
    house.compose(THURSDAY)
    house.store(robot(3), on=FRIDAY)
    house.compose(FRIDAY)
    assert [house.chosen(ann, day) for day in (THURSDAY, FRIDAY)] == [["1"], ["3", "2 of 03-19"]]
    assert [house.chosen(bob, day) for day in (THURSDAY, FRIDAY)] == [["1", "2"], ["3"]]


def test_a_reader_who_was_skipped_gets_the_late_paper(house: House) -> None:
    ann = add_reader(house.desk, "ann@example.org", KEYWORD, preferences=Preferences(weekdays=("fri",)))
    house.store(robot(1), on=THURSDAY)
    house.compose(THURSDAY)
    house.store(robot(2), on=THURSDAY)
    house.store(robot(3), on=FRIDAY)
    house.compose(FRIDAY)
    assert house.chosen(ann, FRIDAY) == ["3", "2 of 03-19"]


def test_an_edition_waits_for_a_list_that_is_just_being_stored(engine: Engine) -> None:
    house = House(engine)
    ann = add_reader(house.desk, "ann@example.org", KEYWORD)
    house.store(robot(1), on=THURSDAY)
    is_stored, is_held, composed = threading.Event(), threading.Event(), threading.Event()

    def compose() -> None:
        is_stored.wait(10)
        with transaction(house.engine) as session:
            hold_lists(session)
            is_held.set()
        house.compose(THURSDAY)
        composed.set()

    thread = threading.Thread(target=compose)
    thread.start()
    with transaction(house.engine) as session:
        announcement = announce([robot(2)], listed_on=THURSDAY)
        store_announcement(session, announcement, collected_at=house.desk.now())
        is_stored.set()
        assert not is_held.wait(0.3)  # as long as this transaction is open
    thread.join(30)
    assert composed.is_set()
    assert house.chosen(ann, THURSDAY) == ["1", "2"]


def test_an_edition_says_as_of_when_its_papers_are(house: House) -> None:
    add_reader(house.desk, "ann@example.org", KEYWORD)
    house.store(robot(1), on=THURSDAY)
    house.compose(THURSDAY)
    as_of = house.clock.instant
    house.clock.instant = datetime(2026, 3, 19, 12, tzinfo=UTC)
    add_reader(house.desk, "bob@example.org", KEYWORD)
    house.compose(THURSDAY)
    with reading(house.engine) as session:
        assert get_edition(session, THURSDAY).composed_at == as_of
