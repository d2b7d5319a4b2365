"""Composing gives every reader exactly one row, with their papers or with the reason why not."""

import json
from datetime import date

import pytest
from sqlalchemy import Engine, event
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.store import count_skips, count_states
from newsletter.deliveries.tables import DeliveryRow
from newsletter.digests.load import load_digests, thaw
from newsletter.digests.store import find_row
from newsletter.digests.tables import DigestRow
from newsletter.editions.compose import Composition, compose_edition, preview_digest
from newsletter.editions.desk import Desk
from newsletter.editions.store import get_edition
from newsletter.errors import NotFoundError
from newsletter.papers.paper import Announcement, AnnouncementKind
from newsletter.subscribers.store import set_keywords
from newsletter.subscribers.subscriber import Languages, Order, Preferences, Subscriber, Subscription
from newsletter.subscribers.suppression_store import suppress
from tests.chinese import in_chinese
from tests.factories import (
    FRIDAY,
    MORNING,
    SITE,
    WordForWord,
    add_reader,
    announce,
    make_desk,
    make_paper,
    message_id,
    open_day,
)

WALKING = make_paper(1, "Reinforcement learning for walking")
DIFFUSION = make_paper(2, "Diffusion policies that walk", abstract="Reinforcement learning with diffusion policies.")
CROSSED = make_paper(3, "Reinforcement learning for chemistry", categories=("q-bio.QM", "cs.LG"))
REPLACED = make_paper(4, "Reinforcement learning, revised")
OTHER = make_paper(5, "A theorem on graphs")


def the_day() -> Announcement:
    return announce(
        [WALKING, DIFFUSION, OTHER, (CROSSED, AnnouncementKind.CROSS), (REPLACED, AnnouncementKind.REPLACE)]
    )


def compose(desk: Desk) -> Composition:
    return compose_edition(desk, FRIDAY, message_id=message_id)


def chosen(engine: Engine, reader: Subscriber, on: date = FRIDAY) -> list[tuple[str, list[str]]]:
    with reading(engine) as session:
        row = find_row(session, reader.id, on)
    assert row is not None
    return [(section["keyword"], [entry["id"][-1] for entry in section["entries"]]) for section in row.sections]


def states(engine: Engine) -> dict[str, int]:
    with reading(engine) as session:
        return {state.value: count for state, count in count_states(session, FRIDAY).items()}


def skips(engine: Engine) -> dict[str, int]:
    with reading(engine) as session:
        return count_skips(session, FRIDAY)


def test_a_reader_gets_their_papers_in_the_listings_order_each_once(engine: Engine) -> None:
    desk = make_desk(engine)
    open_day(desk, the_day())
    reader = add_reader(desk, "ann@example.org", "diffusion policy", "Reinforcement Learning", "graph neural network")
    composition = compose(desk)
    assert chosen(engine, reader) == [
        ("diffusion policy", ["2"]),
        ("Reinforcement Learning", ["1", "3"]),
        ("graph neural network", []),
    ]
    assert (composition.papers, composition.readers, composition.queued) == (5, 1, 1)


def test_a_paper_names_every_keyword_it_matched(engine: Engine) -> None:
    desk = make_desk(engine)
    open_day(desk, the_day())
    reader = add_reader(desk, "ann@example.org", "diffusion policy", "reinforcement learning")
    compose(desk)
    with reading(engine) as session:
        row = find_row(session, reader.id, FRIDAY)
        assert row is not None
        digest = load_digests(session, [thaw(row, 0)], desk.addresses)[0]
    assert digest.sections[0].entries[0].matched == ("diffusion policy", "reinforcement learning")


def test_kinds_come_as_the_reader_likes_them(engine: Engine) -> None:
    desk = make_desk(engine)
    open_day(desk, the_day())
    purist = add_reader(
        desk, "a@example.org", "reinforcement learning", preferences=Preferences(wants_cross_lists=False)
    )
    keen = add_reader(desk, "b@example.org", "reinforcement learning", preferences=Preferences(wants_replacements=True))
    compose(desk)
    assert chosen(engine, purist) == [("reinforcement learning", ["1", "2"])]
    assert chosen(engine, keen) == [("reinforcement learning", ["1", "2", "3", "4"])]


def test_the_most_relevant_come_first_if_asked(engine: Engine) -> None:
    desk = make_desk(engine)
    open_day(desk, the_day())
    reader = add_reader(desk, "a@example.org", "reinforcement learning", preferences=Preferences(order=Order.RELEVANCE))
    compose(desk)
    assert chosen(engine, reader)[0][1][-1] == "2"  # it has the words in its abstract only


@pytest.mark.parametrize(
    ("keywords", "preferences", "reason"),
    [
        (("quantum gravity",), Preferences(), "empty"),
        (("reinforcement learning",), Preferences(weekdays=("mon",)), "weekday"),
        ((), Preferences(), "no-keywords"),
    ],
)
def test_a_reader_without_mail_has_a_row_that_says_why(
    engine: Engine, keywords: tuple[str, ...], preferences: Preferences, reason: str
) -> None:
    desk = make_desk(engine)
    open_day(desk, the_day())
    add_reader(desk, "ann@example.org", *keywords, preferences=preferences)
    assert dict(compose(desk).skipped) == {reason: 1}
    assert (states(engine), skips(engine)) == ({"skipped": 1}, {reason: 1})


def test_an_empty_day_is_mailed_to_whoever_wants_to_know(engine: Engine) -> None:
    desk = make_desk(engine)
    open_day(desk, the_day())
    add_reader(desk, "ann@example.org", "quantum gravity", preferences=Preferences(wants_empty_mail=True))
    compose(desk)
    assert states(engine) == {"queued": 1}


def test_only_confirmed_readers_are_the_audience_and_suppressed_ones_are_skipped(engine: Engine) -> None:
    desk = make_desk(engine)
    open_day(desk, the_day())
    add_reader(desk, "pending@example.org", "reinforcement learning", is_confirmed=False)
    add_reader(desk, "Bounced@example.org", "reinforcement learning")
    with transaction(engine) as session:
        suppress(session, "bounced@example.org", reason="mailbox does not exist", at=MORNING)
    compose(desk)
    assert (states(engine), skips(engine)) == ({"skipped": 1}, {"suppressed": 1})


def test_composing_again_changes_nothing_but_adds_who_came_since(engine: Engine) -> None:
    desk = make_desk(engine)
    open_day(desk, the_day())
    ann = add_reader(desk, "ann@example.org", "reinforcement learning")
    compose(desk)
    with transaction(engine) as session:
        set_keywords(session, ann.id, [Subscription(keyword="graph", query="graph")])
    bob = add_reader(desk, "bob@example.org", "theorem")
    assert compose(desk).readers == 1
    assert chosen(engine, ann) == [("reinforcement learning", ["1", "2", "3"])]  # frozen
    assert chosen(engine, bob) == [("theorem", ["5"])]
    assert compose(desk).readers == 0
    assert states(engine) == {"queued": 2}


def test_a_composition_that_died_half_way_is_finished_by_the_next(engine: Engine) -> None:
    desk = make_desk(engine)
    open_day(desk, the_day())
    for number in range(6):
        add_reader(desk, f"r{number}@example.org", "reinforcement learning")
    compose(desk)
    with transaction(engine) as session:  # what a death between two batches leaves: some readers without a row
        for delivery in session.exec(select(DeliveryRow).where(DeliveryRow.subscriber_id > 3)):
            session.delete(delivery)
    assert compose(desk).readers == 3
    assert states(engine) == {"queued": 6}


def test_each_paper_is_translated_once_for_all_readers(engine: Engine) -> None:
    translator = WordForWord()
    desk = make_desk(engine, translator)
    open_day(desk, the_day())
    for number in range(5):
        add_reader(desk, f"r{number}@example.org", "reinforcement learning")
    add_reader(desk, "english@example.org", "theorem", preferences=Preferences(languages=Languages("en")))
    report = compose(desk).translation
    assert len(translator.asked) == len(set(translator.asked)) == report.translated
    assert OTHER.title not in translator.asked  # its only reader reads English
    assert compose(desk).translation.requested == 0


def test_chinese_keywords_find_papers_by_their_translation(engine: Engine) -> None:
    desk = make_desk(engine, WordForWord())
    open_day(desk, announce([make_paper(1, "Strong walking robots", abstract="A robot."), OTHER]))
    keyword = in_chinese("walking robots")
    reader = add_reader(desk, "wang@example.org", keyword)
    compose(desk)
    assert chosen(engine, reader) == [(keyword, ["1"])]


def test_without_a_translator_the_digest_says_so_in_one_line(engine: Engine) -> None:
    desk = make_desk(engine)
    open_day(desk, the_day())
    reader = add_reader(desk, "ann@example.org", "reinforcement learning")
    assert compose(desk).translation.problem is not None
    with reading(engine) as session:
        row = find_row(session, reader.id, FRIDAY)
        assert row is not None
        digest = load_digests(session, [thaw(row, 0)], desk.addresses)[0]
    assert digest.count == 3
    assert len(digest.notes) == 1
    assert "no Chinese translation" in digest.notes[0]["en"]


def test_a_preview_is_what_would_be_sent_and_stores_no_digest(engine: Engine) -> None:
    desk = make_desk(engine, WordForWord())
    open_day(desk, the_day())
    reader = add_reader(desk, "ann@example.org", "reinforcement learning", "theorem")
    frozen = preview_digest(desk, reader, FRIDAY)
    with reading(engine) as session:
        assert session.exec(select(DigestRow)).all() == []
        preview = load_digests(session, [frozen], desk.addresses)[0]
    compose(desk)
    with reading(engine) as session:
        row = find_row(session, reader.id, FRIDAY)
        assert row is not None
        assert load_digests(session, [thaw(row, 0)], desk.addresses)[0] == preview
    assert preview.sections[0].entries[0].paper.title_translated == in_chinese(WALKING.title)


def test_the_edition_is_marked_when_every_reader_has_a_row(engine: Engine) -> None:
    desk = make_desk(engine)
    open_day(desk, the_day())
    compose(desk)
    with reading(engine) as session:
        assert get_edition(session, FRIDAY).composed_at == MORNING


def test_an_unknown_day_names_the_newest(engine: Engine) -> None:
    desk = make_desk(engine)
    with pytest.raises(NotFoundError, match="newsletter collect"):
        compose(desk)
    open_day(desk, the_day())
    with pytest.raises(NotFoundError, match=r"the newest is 2026-03-20"):
        compose_edition(desk, date(2026, 3, 21), message_id=message_id)


def test_every_link_of_a_digest_is_the_readers_own(engine: Engine) -> None:
    desk = make_desk(engine)
    open_day(desk, the_day())
    readers = [add_reader(desk, f"r{n}@example.org", "reinforcement learning") for n in range(2)]
    with reading(engine) as session:
        found = load_digests(session, [preview_digest(desk, reader, FRIDAY) for reader in readers], desk.addresses)
    links = [digest.links for digest in found]
    assert links[0].manage_url != links[1].manage_url
    assert all(link.unsubscribe_url.startswith(f"{SITE}/unsubscribe/") for link in links)
    assert desk.addresses.tokens.read("manage", links[1].manage_url.rpartition("/")[2]) == (readers[1].id, 0)


@pytest.mark.parametrize("readers", [2, 40])
def test_storing_digests_takes_the_same_number_of_statements_for_many_readers(engine: Engine, readers: int) -> None:
    desk = make_desk(engine)
    open_day(desk, the_day())
    for number in range(readers):
        add_reader(desk, f"r{number}@example.org", "reinforcement learning")
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    compose(desk)
    changing = [text for text in statements if text.startswith(("INSERT", "UPDATE"))]
    assert len(changing) == 4, json.dumps(changing)  # what still waited, digests, deliveries, the edition's mark
