"""A reader whose mail failed gets its papers with the next edition, once, and nobody else does."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, update
from sqlmodel import SQLModel, col, select

from newsletter.db.engine import open_engine, reading, transaction
from newsletter.deliveries.states import MAX_DEATHS
from newsletter.deliveries.tables import AttemptRow, DeliveryRow
from newsletter.digests.tables import DigestRow
from newsletter.editions.collect import open_editions
from newsletter.editions.compose import compose_edition, preview_digest
from newsletter.editions.desk import Desk
from newsletter.papers.calendar import announced_at
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.store import store_announcement
from newsletter.papers.versions import VersionChange
from newsletter.subscribers.subscriber import Preferences, Subscriber
from tests.factories import Hand, accept_mail, add_reader, announce, make_desk, make_paper, message_id

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2026, 3, day) for day in range(16, 21))
KEYWORD = "robot"


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return make_desk(engine, now=Hand(announced_at(MONDAY)))


def publish(
    desk: Desk,
    on: date,
    *numbers: int,
    failing: Collection[Subscriber] = (),
    state: str = "failed",
    kind: AnnouncementKind = AnnouncementKind.NEW,
    version: int = 1,
) -> None:
    """Store and compose a day of papers about robots; the relay takes every mail but those of some readers."""
    assert isinstance(desk.now, Hand)
    desk.now.instant = announced_at(on) + timedelta(minutes=30)
    papers = [replace(make_paper(number, f"A robot, number {number}"), version=version) for number in numbers]
    with transaction(desk.database) as session:
        announcement = announce([(paper, kind) for paper in papers], listed_on=on)
        store_announcement(session, announcement, collected_at=desk.now())
    open_editions(desk, [on])
    desk.now.instant += timedelta(minutes=1)
    compose_edition(desk, on, message_id=message_id)
    with transaction(desk.database) as session:
        theirs = update(DeliveryRow).where(
            col(DeliveryRow.subscriber_id).in_([int(reader.id) for reader in failing]),
            col(DeliveryRow.edition_on) == on,
            col(DeliveryRow.state) == "queued",
        )
        session.connection().execute(theirs.values(state=state))
    if state != "queued":
        accept_mail(desk)


def digest_of(desk: Desk, reader: Subscriber, on: date) -> list[str]:
    """Return the numbers of a digest's papers; those of earlier lists with their date."""
    with reading(desk.database) as session:
        statement = select(DigestRow).where(DigestRow.subscriber_id == reader.id, DigestRow.edition_on == on)
        sections = session.exec(statement).one().sections
    return [said(entry) for section in sections for entry in section["entries"]]


def said(entry: dict[str, object]) -> str:
    number = str(int(str(entry["id"]).rpartition(".")[2]))
    return f"{number} of {entry['listed_on']}" if "listed_on" in entry else number


def delivery_of(desk: Desk, reader: Subscriber, on: date) -> DeliveryRow:
    with reading(desk.database) as session:
        return session.exec(
            select(DeliveryRow).where(DeliveryRow.subscriber_id == reader.id, DeliveryRow.edition_on == on)
        ).one()


def test_the_next_digest_brings_what_a_failed_mail_held_and_nobody_else_gets_it_again(desk: Desk) -> None:
    ann, bob = (add_reader(desk, f"{name}@example.org", KEYWORD) for name in ("ann", "bob"))
    publish(desk, THURSDAY, 1, 2, failing=[ann])
    publish(desk, FRIDAY, 3)
    assert digest_of(desk, ann, FRIDAY) == ["3", "1 of 2026-03-19", "2 of 2026-03-19"]
    assert digest_of(desk, bob, FRIDAY) == ["3"]
    assert delivery_of(desk, ann, THURSDAY).folded_on == FRIDAY
    assert delivery_of(desk, bob, THURSDAY).folded_on is None


def test_a_mail_that_still_waits_when_the_next_edition_is_made_is_given_up_for_it(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD)
    publish(desk, THURSDAY, 1, failing=[ann], state="deferred")
    publish(desk, FRIDAY, 2)
    earlier = delivery_of(desk, ann, THURSDAY)
    assert (earlier.state, earlier.reason) == ("failed", "gave up: the edition of 2026-03-20 was made")
    assert digest_of(desk, ann, FRIDAY) == ["2", "1 of 2026-03-19"]


@pytest.mark.parametrize("state", ["sending", "uncertain", "accepted", "skipped"])
def test_what_may_have_arrived_or_was_never_meant_to_go_is_not_brought_again(desk: Desk, state: str) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD)
    publish(desk, THURSDAY, 1, failing=[ann], state=state)
    publish(desk, FRIDAY, 2)
    assert digest_of(desk, ann, FRIDAY) == ["2"]
    assert delivery_of(desk, ann, THURSDAY).state == state


def test_day_after_day_of_failure_is_made_up_for_by_the_first_mail_that_arrives(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD)
    publish(desk, TUESDAY, 1, failing=[ann])
    publish(desk, WEDNESDAY, 2, failing=[ann])
    publish(desk, THURSDAY, 3, failing=[ann])
    publish(desk, FRIDAY, 4)
    assert digest_of(desk, ann, FRIDAY) == ["4", "1 of 2026-03-17", "2 of 2026-03-18", "3 of 2026-03-19"]


def test_a_day_without_new_papers_still_brings_what_was_missed(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD)
    publish(desk, THURSDAY, 1, failing=[ann])
    publish(desk, FRIDAY)
    assert digest_of(desk, ann, FRIDAY) == ["1 of 2026-03-19"]
    assert delivery_of(desk, ann, FRIDAY).state == "accepted"


def test_a_weekday_without_mail_leaves_it_for_the_next_one_with(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD, preferences=Preferences(weekdays=("wed", "fri")))
    publish(desk, WEDNESDAY, 1, failing=[ann])
    publish(desk, THURSDAY, 2)
    publish(desk, FRIDAY, 3)
    assert delivery_of(desk, ann, THURSDAY).state == "skipped"
    assert digest_of(desk, ann, FRIDAY) == ["3", "1 of 2026-03-18"]


def test_a_paper_that_was_replaced_meanwhile_comes_to_whoever_wants_no_replacements(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD)
    bob = add_reader(desk, "bob@example.org", KEYWORD)
    publish(desk, THURSDAY, 1, failing=[ann])
    publish(desk, FRIDAY, 1, kind=AnnouncementKind.REPLACE, version=2)
    assert digest_of(desk, ann, FRIDAY) == ["1"]
    assert digest_of(desk, bob, FRIDAY) == []


def test_a_replacement_that_was_missed_still_says_what_changed(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD, preferences=Preferences(wants_replacements=True))
    publish(desk, WEDNESDAY, 1)
    publish(desk, THURSDAY, 1, kind=AnnouncementKind.REPLACE, version=2, failing=[ann])
    publish(desk, FRIDAY, 2)
    with reading(desk.database) as session:
        statement = select(DigestRow).where(DigestRow.subscriber_id == ann.id, DigestRow.edition_on == FRIDAY)
        entries = [entry for section in session.exec(statement).one().sections for entry in section["entries"]]
    assert [(entry["kind"], entry.get("version"), entry.get("version_before")) for entry in entries] == [
        ("new", None, None),
        ("replace", 2, VersionChange(version=2, before=1).before),
    ]


@pytest.mark.parametrize("is_killer", [True, False])
def test_the_papers_of_a_message_that_could_not_be_built_are_left_out_lest_they_be_why(
    desk: Desk, *, is_killer: bool
) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD)
    publish(desk, THURSDAY, 1, failing=[ann])
    with transaction(desk.database) as session:
        if is_killer:
            session.connection().execute(update(DeliveryRow).values(death_count=MAX_DEATHS))
        else:
            delivery_id = session.exec(select(DeliveryRow.id)).one()
            session.add(
                AttemptRow(
                    delivery_id=delivery_id or 0,
                    started_at=desk.now(),
                    duration_seconds=0,
                    server="",
                    phase="build",
                    outcome="failed",
                )
            )
    publish(desk, FRIDAY, 2)
    assert digest_of(desk, ann, FRIDAY) == ["2"]


def test_a_preview_shows_what_was_missed_and_changes_nothing(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD)
    publish(desk, THURSDAY, 1, failing=[ann])
    publish(desk, FRIDAY, 2, failing=[ann])
    previewed = preview_digest(desk, ann, FRIDAY)
    assert [said(entry) for section in previewed.sections for entry in section["entries"]] == ["2", "1 of 2026-03-19"]
    assert delivery_of(desk, ann, FRIDAY).folded_on is None


def test_composing_again_after_a_death_brings_it_to_those_who_have_no_digest_yet(desk: Desk) -> None:
    ann, bob = (add_reader(desk, f"{name}@example.org", KEYWORD) for name in ("ann", "bob"))
    publish(desk, THURSDAY, 1, failing=[ann, bob])
    publish(desk, FRIDAY, 2)
    with transaction(desk.database) as session:  # as if the process had died before Bob's row was written
        delivery = session.exec(
            select(DeliveryRow).where(DeliveryRow.subscriber_id == bob.id, DeliveryRow.edition_on == FRIDAY)
        ).one()
        digest = session.get(DigestRow, delivery.digest_id)
        session.delete(delivery)
        session.flush()
        session.delete(digest)
        old = update(DeliveryRow).where(col(DeliveryRow.subscriber_id) == int(bob.id))
        session.connection().execute(old.values(folded_on=None))
    compose_edition(desk, FRIDAY, message_id=message_id)
    assert digest_of(desk, ann, FRIDAY) == digest_of(desk, bob, FRIDAY) == ["2", "1 of 2026-03-19"]


@given(st.lists(st.sets(st.sampled_from(["ann", "bob"])), min_size=5, max_size=5))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whoever_fails_when_every_paper_arrives_once_by_the_first_day_that_works(failures: list[set[str]]) -> None:
    database = open_engine("sqlite://")
    SQLModel.metadata.create_all(database)
    desk = make_desk(database, now=Hand(announced_at(MONDAY)))
    readers = {name: add_reader(desk, f"{name}@example.org", KEYWORD) for name in ("ann", "bob")}
    days = (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
    for number, (on, failing) in enumerate(zip(days, failures, strict=True), 1):
        publish(desk, on, number, failing=[readers[name] for name in failing])
    for name, reader in readers.items():
        arrived = [on for on, failing in zip(days, failures, strict=True) if name not in failing]
        numbers = sorted(int(paper.split()[0]) for on in arrived for paper in digest_of(desk, reader, on))
        last = days.index(arrived[-1]) + 1 if arrived else 0
        assert numbers == list(range(1, last + 1))
    database.dispose()
