"""A weekly reader gets the week's papers in one digest; whoever changes how often loses nothing and gets nothing twice."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import SQLModel, select

from newsletter.db.engine import open_engine, reading, transaction
from newsletter.deliveries.tables import DeliveryRow
from newsletter.digests.addresses import Addresses
from newsletter.digests.figures import figures_of
from newsletter.digests.load import load_digests, thaw
from newsletter.digests.tables import DigestRow
from newsletter.digests.wording import subject_values, summary
from newsletter.editions.compose import preview_digest
from newsletter.editions.desk import Desk
from newsletter.editions.sign_up import parse_keywords
from newsletter.papers.calendar import announced_at
from newsletter.papers.paper import AnnouncementKind
from newsletter.subscribers.store import set_keywords, set_preferences
from newsletter.subscribers.subscriber import Preferences, Subscriber, Subscription
from tests.editions.test_unread import delivery_of, digest_of, publish
from tests.factories import Hand, add_reader, make_addresses, make_desk

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2026, 3, day) for day in range(16, 21))
WEEK = (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
NEXT_MONDAY, NEXT_FRIDAY = MONDAY + timedelta(days=7), FRIDAY + timedelta(days=7)
KEYWORD = "robot"
DAILY, WEEKLY = Preferences(), Preferences(weekly_on="fri")


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return make_desk(engine, now=Hand(announced_at(MONDAY)))


def choose(desk: Desk, reader: Subscriber, preferences: Preferences) -> None:
    with transaction(desk.database) as session:
        set_preferences(session, reader.id, preferences)


def mailed(desk: Desk, reader: Subscriber) -> list[str]:
    """Return the days of the digests that reached the reader."""
    with reading(desk.database) as session:
        statement = select(DeliveryRow).where(DeliveryRow.subscriber_id == reader.id, DeliveryRow.state == "accepted")
        return sorted(str(found.edition_on) for found in session.exec(statement))


def test_a_week_comes_in_one_digest_in_the_order_of_its_lists(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD, preferences=WEEKLY)
    for number, on in enumerate(WEEK, 1):
        publish(desk, on, number)
    assert mailed(desk, ann) == [str(FRIDAY)]
    assert [said.split()[0] for said in digest_of(desk, ann, FRIDAY)] == ["1", "2", "3", "4", "5"]
    kept = delivery_of(desk, ann, MONDAY)
    assert (kept.state, kept.reason, kept.folded_on) == ("skipped", "weekly", FRIDAY)


def test_the_digest_says_which_lists_it_brings_and_calls_none_of_their_papers_late(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD, preferences=WEEKLY)
    for number, on in enumerate(WEEK, 1):
        publish(desk, on, number)
    with reading(desk.database) as session:
        row = session.exec(select(DigestRow).where(DigestRow.edition_on == FRIDAY)).one()
        addresses: Addresses = make_addresses(desk.now)
        [digest] = load_digests(session, [thaw(row, ann.token_version)], addresses)
    assert row.since_on == MONDAY
    assert digest.is_weekly
    assert {entry.paper.late_from for section in digest.sections for entry in section.entries} == {None}
    assert "the lists of Mon 16 Mar to Fri 20 Mar" in summary(figures_of(digest), "en")
    assert "3月16日 周一至3月20日 周五的列表" in summary(figures_of(digest), "zh")
    assert subject_values(digest)["date"] == "Mon 16 Mar to Fri 20 Mar"


def test_a_holiday_on_the_chosen_day_puts_the_digest_off_to_the_next_edition(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD, preferences=WEEKLY)
    for number, on in enumerate((WEDNESDAY, THURSDAY, NEXT_MONDAY, NEXT_FRIDAY), 1):
        publish(desk, on, number)
    assert mailed(desk, ann) == [str(NEXT_MONDAY), str(NEXT_FRIDAY)]
    assert [said.split()[0] for said in digest_of(desk, ann, NEXT_MONDAY)] == ["1", "2", "3"]


def test_a_weekly_digest_that_failed_comes_again_with_the_next_one(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD, preferences=WEEKLY)
    publish(desk, THURSDAY, 1)
    publish(desk, FRIDAY, 2, failing=[ann])
    publish(desk, NEXT_MONDAY, 3)
    publish(desk, NEXT_FRIDAY, 4)
    assert mailed(desk, ann) == [str(NEXT_FRIDAY)]
    assert sorted(said.split()[0] for said in digest_of(desk, ann, NEXT_FRIDAY)) == ["1", "2", "3", "4"]


def test_a_week_without_a_paper_brings_no_mail_or_the_mail_that_says_so(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", "walrus", preferences=WEEKLY)
    bob = add_reader(desk, "bob@example.org", "walrus", preferences=replace(WEEKLY, wants_empty_mail=True))
    publish(desk, THURSDAY, 1)
    publish(desk, FRIDAY, 2)
    assert (mailed(desk, ann), mailed(desk, bob)) == ([], [str(FRIDAY)])
    assert delivery_of(desk, ann, FRIDAY).reason == "empty"


def test_a_keyword_that_was_given_up_during_the_week_brings_nothing_at_its_end(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD, "number", preferences=WEEKLY)
    publish(desk, THURSDAY, 1)
    with transaction(desk.database) as session:
        set_keywords(session, ann.id, parse_keywords(["walrus"]))
    publish(desk, FRIDAY, 2)
    assert digest_of(desk, ann, FRIDAY) == []


def test_a_paper_that_was_listed_twice_in_the_week_comes_once(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD, preferences=WEEKLY)
    publish(desk, MONDAY, 1)
    publish(desk, THURSDAY, 1, kind=AnnouncementKind.CROSS)
    publish(desk, FRIDAY, 2)
    assert [said.split()[0] for said in digest_of(desk, ann, FRIDAY)] == ["1", "2"]


def test_a_preview_in_the_middle_of_the_week_shows_the_week_so_far(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD, preferences=WEEKLY)
    publish(desk, MONDAY, 1)
    publish(desk, TUESDAY, 2)
    previewed = preview_digest(desk, ann, TUESDAY)
    assert [entry["id"][-1] for section in previewed.sections for entry in section["entries"]] == ["1", "2"]
    assert previewed.since_on == MONDAY
    assert delivery_of(desk, ann, MONDAY).folded_on is None


def test_a_pause_brings_nothing_until_its_date_and_nothing_of_it_afterwards(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD, preferences=Preferences(paused_until=THURSDAY))
    for number, on in enumerate(WEEK, 1):
        publish(desk, on, number)
    assert mailed(desk, ann) == [str(THURSDAY), str(FRIDAY)]
    assert digest_of(desk, ann, THURSDAY) == ["4"]
    assert delivery_of(desk, ann, MONDAY).reason == "paused"
    assert digest_of(desk, ann, MONDAY) == ["1"]  # it is in their history


def test_a_paused_keyword_finds_nothing_and_the_others_do(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD, "walrus")
    with transaction(desk.database) as session:
        paused = Subscription(keyword=KEYWORD, query=KEYWORD, is_paused=True)
        set_keywords(session, ann.id, [paused, Subscription(keyword="walrus", query="walrus")])
    publish(desk, MONDAY, 1)
    with reading(desk.database) as session:
        row = session.exec(select(DigestRow)).one()
    assert [section["keyword"] for section in row.sections] == ["walrus"]
    assert delivery_of(desk, ann, MONDAY).reason == "empty"


def test_a_reader_all_of_whose_keywords_are_paused_has_none(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD)
    with transaction(desk.database) as session:
        set_keywords(session, ann.id, [Subscription(keyword=KEYWORD, query=KEYWORD, is_paused=True)])
    publish(desk, MONDAY, 1)
    assert delivery_of(desk, ann, MONDAY).reason == "no-keywords"


MOMENTS = st.sampled_from([DAILY, WEEKLY, replace(WEEKLY, weekly_on="tue"), replace(WEEKLY, weekly_on="mon")])


@given(choices=st.lists(MOMENTS, min_size=10, max_size=10), failing=st.sets(st.integers(0, 9)))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whoever_changes_between_daily_and_weekly_mail_gets_every_paper_once(
    choices: list[Preferences], failing: set[int]
) -> None:
    database = open_engine("sqlite://")
    SQLModel.metadata.create_all(database)
    desk = make_desk(database, now=Hand(announced_at(MONDAY)))
    ann = add_reader(desk, "ann@example.org", KEYWORD)
    days = [on + timedelta(days=7 * week) for week in range(2) for on in WEEK]
    for number, (on, preferences) in enumerate(zip(days, choices, strict=True)):
        choose(desk, ann, preferences)
        publish(desk, on, number + 1, failing=[ann] if number in failing else ())
    choose(desk, ann, DAILY)
    publish(desk, days[-1] + timedelta(days=3), 11)  # whatever is still owed comes now
    arrived = [date.fromisoformat(on) for on in mailed(desk, ann)]
    numbers = [int(said.split()[0]) for on in arrived for said in digest_of(desk, ann, on)]
    assert sorted(numbers) == list(range(1, 12))
    database.dispose()
