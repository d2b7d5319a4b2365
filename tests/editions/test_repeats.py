"""A paper once mailed to a reader never comes again, unless they follow replacements and this is a newer version."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, event
from sqlmodel import update

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.tables import DeliveryRow
from newsletter.digests.load import load_digests, thaw
from newsletter.digests.store import find_row
from newsletter.editions.collect import open_editions
from newsletter.editions.compose import compose_edition, preview_digest
from newsletter.editions.desk import Desk
from newsletter.papers.calendar import announced_at
from newsletter.papers.paper import AnnouncementKind, Paper
from newsletter.papers.store import store_announcement
from newsletter.papers.versions import CommentChange, VersionChange
from newsletter.subscribers.store import set_keywords
from newsletter.subscribers.subscriber import Preferences, Subscriber, Subscription
from tests.factories import FRIDAY, Hand, accept_mail, add_reader, announce, make_desk, make_paper, message_id

NEW, CROSS, REPLACE = AnnouncementKind
TUESDAY, WEDNESDAY, THURSDAY = date(2026, 3, 17), date(2026, 3, 18), date(2026, 3, 19)
KEYWORD = "robot"
FOLLOWS = Preferences(wants_replacements=True)
Items = Sequence[Paper | tuple[Paper, AnnouncementKind]]


def robot(number: int, version: int = 1, comment: str | None = None) -> Paper:
    paper = make_paper(number, f"A robot, number {number}")
    return replace(paper, version=version, comment=comment, comment_source=comment)


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return desk_over(engine)


def desk_over(engine: Engine) -> Desk:
    return replace(make_desk(engine, now=Hand(announced_at(date(2025, 6, 1)))), categories=("cs", "stat"))


def publish(desk: Desk, items: Items, on: date, *, category: str = "cs", is_composed: bool = True) -> None:
    """Store a list half an hour after its announcement, and compose its edition."""
    assert isinstance(desk.now, Hand)
    desk.now.instant = max(desk.now.instant, announced_at(on) + timedelta(minutes=30)) + timedelta(seconds=1)
    with transaction(desk.database) as session:
        store_announcement(session, announce(items, category=category, listed_on=on), collected_at=desk.now())
    open_editions(desk, [on])
    if is_composed:
        compose(desk, on)


def compose(desk: Desk, on: date) -> None:
    assert isinstance(desk.now, Hand)
    desk.now.instant += timedelta(seconds=1)
    compose_edition(desk, on, message_id=message_id)
    accept_mail(desk)


def chosen(desk: Desk, reader: Subscriber, on: date) -> list[int]:
    """Return the numbers of the papers in a reader's digest."""
    with reading(desk.database) as session:
        row = find_row(session, reader.id, on)
    assert row is not None
    return [int(entry["id"][-3:]) for section in row.sections for entry in section["entries"]]


def changes(desk: Desk, reader: Subscriber, on: date) -> list[VersionChange | None]:
    with reading(desk.database) as session:
        row = find_row(session, reader.id, on)
        assert row is not None
        (digest,) = load_digests(session, [thaw(row, 0)], desk.addresses)
    return [entry.paper.change for section in digest.sections for entry in section.entries]


def test_a_cross_list_of_what_was_mailed_as_new_does_not_come(engine: Engine) -> None:
    desk = desk_over(engine)
    ann = add_reader(desk, "ann@example.org", KEYWORD)
    publish(desk, [robot(1)], THURSDAY)
    bob = add_reader(desk, "bob@example.org", KEYWORD)
    publish(desk, [(robot(1), CROSS), (robot(2), CROSS)], FRIDAY, category="stat")
    assert (chosen(desk, ann, FRIDAY), chosen(desk, bob, FRIDAY)) == ([2], [1, 2])


def test_it_does_not_come_under_another_keyword_either(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD)
    publish(desk, [robot(1)], THURSDAY)
    with transaction(desk.database) as session:
        set_keywords(session, ann.id, [Subscription(keyword="walk", query="walk")])
    publish(desk, [(robot(1), CROSS), (robot(2), CROSS)], FRIDAY, category="stat")
    assert chosen(desk, ann, FRIDAY) == [2]


def test_months_later_it_is_still_remembered(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD)
    publish(desk, [robot(1)], date(2025, 6, 12))
    publish(desk, [(robot(1), CROSS)], FRIDAY, category="stat")
    assert chosen(desk, ann, FRIDAY) == []


def test_a_late_paper_that_was_mailed_is_remembered_under_the_edition_that_carried_it(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD)
    publish(desk, [robot(1)], TUESDAY)
    publish(desk, [robot(2)], TUESDAY, is_composed=False)
    publish(desk, [robot(3)], WEDNESDAY)
    publish(desk, [(robot(2), CROSS)], FRIDAY, category="stat")
    assert (chosen(desk, ann, WEDNESDAY), chosen(desk, ann, FRIDAY)) == ([3, 2], [])


def test_what_a_skipped_delivery_held_was_not_mailed(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD)
    publish(desk, [robot(1)], THURSDAY)
    with transaction(desk.database) as session:
        session.connection().execute(update(DeliveryRow).values(state="skipped", reason="suppressed"))
    publish(desk, [(robot(1), CROSS)], FRIDAY, category="stat")
    assert chosen(desk, ann, FRIDAY) == [1]


@pytest.mark.parametrize(("state", "numbers"), [("uncertain", []), ("sending", []), ("failed", [1])])
def test_what_may_have_arrived_counts_as_mailed_and_what_failed_does_not(
    desk: Desk, state: str, numbers: list[int]
) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD)
    publish(desk, [robot(1)], THURSDAY)
    with transaction(desk.database) as session:
        session.connection().execute(update(DeliveryRow).values(state=state))
    publish(desk, [(robot(1), CROSS)], FRIDAY, category="stat")
    assert chosen(desk, ann, FRIDAY) == numbers


def test_a_newer_version_comes_to_whoever_follows_replacements_and_says_what_changed(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD, preferences=FOLLOWS)
    bob = add_reader(desk, "bob@example.org", KEYWORD)
    publish(desk, [robot(1, comment="9 pages"), robot(2)], WEDNESDAY)
    publish(desk, [(robot(1, 2, "9 pages"), REPLACE), (robot(2, 2, "Accepted"), REPLACE)], THURSDAY)
    publish(desk, [(robot(1, 4, "10 pages"), REPLACE), (robot(3, 7), REPLACE)], FRIDAY)
    assert changes(desk, ann, WEDNESDAY) == [None, None]
    assert changes(desk, ann, THURSDAY) == [
        VersionChange(version=2, before=1),
        VersionChange(version=2, before=1, comment=CommentChange.NEW),
    ]
    assert changes(desk, ann, FRIDAY) == [
        VersionChange(version=4, before=2, comment=CommentChange.CHANGED),
        VersionChange(version=7),
    ]
    assert [chosen(desk, bob, day) for day in (WEDNESDAY, THURSDAY, FRIDAY)] == [[1, 2], [], []]


def test_the_version_is_frozen_with_the_replacement_only(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD, preferences=FOLLOWS)
    publish(desk, [(robot(1, 3), CROSS), (robot(2, 3), REPLACE)], FRIDAY)
    with reading(desk.database) as session:
        row = find_row(session, ann.id, FRIDAY)
    assert row is not None
    assert [entry.get("version") for entry in row.sections[0]["entries"]] == [None, 3]


def test_the_same_version_listed_twice_comes_once(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD, preferences=FOLLOWS)
    publish(desk, [(robot(1, 2), REPLACE)], FRIDAY)
    publish(desk, [(robot(1, 2), REPLACE), robot(2)], THURSDAY)  # an older list, composed after the fact
    assert (chosen(desk, ann, FRIDAY), chosen(desk, ann, THURSDAY)) == ([1], [2])


def test_a_replacement_whose_listing_does_not_say_the_version_comes_again(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD, preferences=FOLLOWS)
    publish(desk, [(robot(1, 2), REPLACE)], THURSDAY)
    publish(desk, [(robot(1, 2), REPLACE)], FRIDAY)  # without a link to the HTML it is read as the second
    assert chosen(desk, ann, FRIDAY) == [1]
    assert changes(desk, ann, FRIDAY) == [VersionChange(version=3, before=2)]


def test_an_edition_composed_after_a_later_one_that_carried_its_papers_repeats_nothing(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD)
    publish(desk, [robot(1)], WEDNESDAY)
    publish(desk, [robot(2)], THURSDAY, is_composed=False)
    publish(desk, [robot(3)], FRIDAY)
    compose(desk, THURSDAY)
    assert [chosen(desk, ann, day) for day in (FRIDAY, THURSDAY)] == [[3, 2], []]


def test_a_preview_leaves_out_what_was_mailed(desk: Desk) -> None:
    ann = add_reader(desk, "ann@example.org", KEYWORD)
    publish(desk, [robot(1)], THURSDAY)
    publish(desk, [(robot(1), CROSS), robot(2)], FRIDAY, category="stat", is_composed=False)
    (section,) = preview_digest(desk, ann, FRIDAY).sections
    assert [entry["id"] for entry in section["entries"]] == ["2603.00002"]


def statements_of(desk: Desk, on: date) -> list[str]:
    """Compose an edition, and return the statements that read digests which were mailed before."""
    statements: list[str] = []

    def note(*details: object) -> None:
        statements.append(str(details[2]))

    event.listen(desk.database, "before_cursor_execute", note)
    compose(desk, on)
    event.remove(desk.database, "before_cursor_execute", note)
    return [text for text in statements if "digest.sections" in text and "folded_on" not in text]


@pytest.mark.parametrize("readers", [2, 40])
def test_remembering_takes_one_statement_for_many_readers(desk: Desk, readers: int) -> None:
    for number in range(readers):
        add_reader(desk, f"r{number}@example.org", KEYWORD)
    publish(desk, [robot(1)], WEDNESDAY)
    publish(desk, [robot(2)], THURSDAY)
    publish(desk, [(robot(1), CROSS), (robot(2), CROSS)], FRIDAY, category="stat", is_composed=False)
    assert len(statements_of(desk, FRIDAY)) == 1


def test_digests_are_read_only_of_readers_whom_such_a_paper_matches_and_who_want_its_kind(desk: Desk) -> None:
    add_reader(desk, "ann@example.org", "theorem")
    add_reader(desk, "bob@example.org", KEYWORD, preferences=Preferences(wants_cross_lists=False))
    publish(desk, [robot(1), robot(2)], THURSDAY)
    items: Items = [(robot(1), CROSS), (robot(2, 2), REPLACE), make_paper(3, "A theorem"), robot(4)]
    publish(desk, items, FRIDAY, category="stat", is_composed=False)
    assert statements_of(desk, FRIDAY) == []


@pytest.mark.parametrize("papers", [1, 300])
def test_a_day_is_read_in_the_same_number_of_statements_however_many_papers_it_has(desk: Desk, papers: int) -> None:
    add_reader(desk, "ann@example.org", KEYWORD)
    publish(desk, [robot(number) for number in range(papers)], THURSDAY)
    items = [(robot(number, 2), REPLACE) for number in range(papers)]
    publish(desk, items, FRIDAY, is_composed=False)
    statements: list[str] = []
    event.listen(desk.database, "before_cursor_execute", lambda *args: statements.append(args[2]))
    compose(desk, FRIDAY)
    selects = [text for text in statements if text.startswith("SELECT") and "\nFROM edition" not in text]
    assert len(selects) == 15, selects
