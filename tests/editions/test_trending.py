"""Trending papers in a mail of their own: one a reader and day, whether arXiv announces or not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
import requests
from sqlalchemy import Engine
from sqlmodel import col, select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.letterhead import Letterhead
from newsletter.deliveries.letters import build_messages
from newsletter.deliveries.messages import Message
from newsletter.deliveries.store import Claimed
from newsletter.deliveries.tables import DeliveryRow
from newsletter.digests.render import Renderer
from newsletter.digests.store import find_row, find_trending_row
from newsletter.editions.compose import compose_edition
from newsletter.editions.desk import Desk
from newsletter.editions.store import get_edition
from newsletter.editions.trending import (
    TrendingComposition,
    collect_for_edition,
    compose_trending,
    is_awaited,
    is_due,
)
from newsletter.errors import SourceError
from newsletter.papers.paper import AnnouncementKind
from newsletter.settings import Settings
from newsletter.subscribers.store import set_preferences
from newsletter.subscribers.subscriber import Preferences, Trending
from newsletter.subscribers.suppression_store import suppress
from tests.editions.trends import THURSDAY, trend
from tests.factories import (
    FRIDAY,
    MORNING,
    SITE,
    Hand,
    WordForWord,
    add_reader,
    announce,
    make_desk,
    make_paper,
    message_id,
    open_day,
)
from tests.papers.hub import hub_entry, hub_page
from tests.papers.pages import Entry, api_page
from tests.papers.peer import Peer, Reply, settings_for

APART = Preferences(trending=Trending.TOP, trending_count=2, is_trending_apart=True)
MATCHING = Preferences(trending=Trending.MATCHING, is_trending_apart=True)
IN_DIGEST = Preferences(trending=Trending.TOP)
TRENDS = [make_paper(10 + place, title) for place, title in enumerate(("Agents", "Robots", "Graphs"))]
SATURDAY_NOON = datetime(2026, 3, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def desk(engine: Engine, clock: Hand) -> Desk:
    return make_desk(engine, now=clock)


def compose(desk: Desk, edition_on: date = FRIDAY) -> TrendingComposition:
    return compose_trending(desk, edition_on, message_id=message_id)


def deliveries(desk: Desk) -> list[DeliveryRow]:
    with reading(desk.database) as session:
        return list(session.exec(select(DeliveryRow).order_by(col(DeliveryRow.id))))


def test_each_reader_who_wants_it_gets_one_mail_a_day(desk: Desk) -> None:
    trend(desk, TRENDS)
    ann = add_reader(desk, "ann@example.org", "theorems", preferences=APART)
    add_reader(desk, "bob@example.org", "robots", preferences=IN_DIGEST)
    add_reader(desk, "cid@example.org", "robots")
    add_reader(desk, "new@example.org", "robots", preferences=APART, is_confirmed=False)
    assert compose(desk) == TrendingComposition(edition_on=FRIDAY, readers=1, queued=1, skipped={})
    assert compose(desk).readers == 0
    [delivery] = deliveries(desk)
    assert (delivery.subscriber_id, delivery.message, delivery.occasion) == (
        ann.id,
        Message.TRENDING,
        "trending-2026-03-20",
    )
    assert (delivery.state, delivery.edition_on, delivery.due_at) == ("queued", FRIDAY, MORNING)
    with reading(desk.database) as session:
        row = find_trending_row(session, ann.id, FRIDAY)
        assert find_row(session, ann.id, FRIDAY) is None
    assert row is not None
    assert ([entry["id"][-2:] for entry in row.sections[0]["entries"]], row.paper_count) == (["10", "11"], 2)


def test_a_reader_without_such_a_mail_has_a_row_that_says_why(desk: Desk) -> None:
    trend(desk, TRENDS)
    add_reader(desk, "ann@example.org", "theorems", preferences=MATCHING)
    add_reader(
        desk,
        "bob@example.org",
        "robots",
        preferences=Preferences(trending=Trending.TOP, is_trending_apart=True, weekdays=("mon",)),
    )
    add_reader(desk, "cid@example.org", "robots", preferences=APART)
    with transaction(desk.database) as session:
        suppress(session, "cid@example.org", reason="complaint", at=MORNING)
    assert dict(compose(desk).skipped) == {"empty": 1, "weekday": 1, "suppressed": 1}
    assert {(row.state, row.reason) for row in deliveries(desk)} == {
        ("skipped", "empty"),
        ("skipped", "weekday"),
        ("skipped", "suppressed"),
    }


def test_before_the_list_has_come_nothing_is_written(desk: Desk) -> None:
    add_reader(desk, "ann@example.org", "robots", preferences=APART)
    assert compose(desk).readers == 0
    assert deliveries(desk) == []


def test_it_comes_at_the_readers_hour(desk: Desk) -> None:
    trend(desk, TRENDS)
    late = Preferences(trending=Trending.TOP, is_trending_apart=True, timezone="Asia/Shanghai", hour=21)
    add_reader(desk, "ann@example.org", "robots", preferences=late)
    compose(desk)
    assert deliveries(desk)[0].due_at == datetime(2026, 3, 20, 13, 0, tzinfo=UTC)


def test_digest_and_mail_of_its_own_are_two_and_neither_repeats_the_other(desk: Desk) -> None:
    open_day(desk, announce([TRENDS[1], make_paper(1, "Walking robots")]))
    trend(desk, TRENDS)
    ann = add_reader(desk, "ann@example.org", "robots", preferences=APART)
    compose_edition(desk, FRIDAY, message_id=message_id)
    compose(desk)
    with reading(desk.database) as session:
        digest, apart = find_row(session, ann.id, FRIDAY), find_trending_row(session, ann.id, FRIDAY)
    assert digest is not None
    assert apart is not None
    assert [entry["id"][-2:] for entry in digest.sections[0]["entries"]] == ["11", "01"]
    assert [entry["id"][-2:] for entry in apart.sections[0]["entries"]] == ["10"]
    assert apart.sections[0]["left_out"] == 1


def test_what_trended_this_morning_does_not_come_again_as_a_cross_list(engine: Engine) -> None:
    desk = replace(make_desk(engine), categories=("cs", "stat"))
    open_day(desk, announce([TRENDS[1]], listed_on=THURSDAY))
    ann = add_reader(desk, "ann@example.org", "robots", preferences=APART)
    trend(desk, TRENDS)
    compose(desk)
    open_day(desk, announce([(TRENDS[1], AnnouncementKind.CROSS)], category="stat"))
    compose_edition(desk, FRIDAY, message_id=message_id)
    with reading(engine) as session:
        digest, apart = find_row(session, ann.id, FRIDAY), find_trending_row(session, ann.id, FRIDAY)
    assert digest is not None
    assert apart is not None
    assert (apart.paper_count, digest.paper_count) == (2, 0)


def test_a_reader_who_changes_the_way_in_the_morning_is_not_told_twice(desk: Desk) -> None:
    open_day(desk, announce([make_paper(1, "Walking robots")]))
    trend(desk, TRENDS[:2])
    ann = add_reader(desk, "ann@example.org", "robots", preferences=IN_DIGEST)
    compose_edition(desk, FRIDAY, message_id=message_id)
    with transaction(desk.database) as session:
        set_preferences(session, ann.id, APART)
    assert dict(compose(desk).skipped) == {"empty": 1}


def test_its_texts_are_translated(engine: Engine) -> None:
    translator = WordForWord()
    desk = make_desk(engine, translator)
    trend(desk, TRENDS)
    add_reader(desk, "ann@example.org", "theorems", preferences=APART)
    compose(desk)
    assert {"Agents", "Robots"} <= set(translator.asked)
    assert "Graphs" not in translator.asked


def test_the_message_is_its_own_with_the_readers_links(desk: Desk, renderer: Renderer) -> None:
    trend(desk, TRENDS)
    add_reader(desk, "ann@example.org", "theorems", preferences=APART)
    compose(desk)
    [row] = deliveries(desk)
    claimed = Claimed(
        id=row.id or 0,
        subscriber_id=row.subscriber_id,
        email="ann@example.org",
        name="",
        message=row.message,
        occasion=row.occasion,
        revision=0,
        edition_on=row.edition_on,
        digest_id=row.digest_id,
        message_id=row.message_id,
        attempt_count=0,
        due_at=row.due_at,
        first_attempt_at=None,
    )
    letterhead = Letterhead(from_header="Chenbao <chenbao@example.org>", public_url=SITE)
    with reading(desk.database) as session:
        built = build_messages(session, [claimed], letterhead, renderer, desk.addresses, now=MORNING)[claimed.id]
    assert not isinstance(built, Exception)
    message = message_from_bytes(built.message.octets(is_eight_bit=False), policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message["Subject"] == "Trending papers · Agents + 1 · Fri 20 Mar"
    assert message["List-Unsubscribe"].startswith(f"<{SITE}/unsubscribe/")
    assert message["List-Archive"].endswith("/2026-03-20/trending>")
    assert message["Feedback-ID"] == "20260320:trending:chenbao:example.org"
    text = message.get_body(("plain",))
    assert text is not None
    assert "↑ 90 on Hugging Face · 3 comments · Walkers' Union · code ★ 1.2k" in " ".join(text.get_content().split())


# --- when ---------------------------------------------------------------------------------------------------------------


def test_nobody_is_asked_where_nobody_wants_it(desk: Desk) -> None:
    add_reader(desk, "ann@example.org", "robots")
    add_reader(desk, "new@example.org", "robots", preferences=APART, is_confirmed=False)
    assert not is_due(desk)
    add_reader(desk, "bob@example.org", "robots", preferences=IN_DIGEST)
    assert is_due(desk)


def test_it_is_due_again_only_for_readers_without_their_mail(desk: Desk, clock: Hand) -> None:
    trend(desk, TRENDS)
    add_reader(desk, "bob@example.org", "robots", preferences=IN_DIGEST)
    assert not is_due(desk)
    add_reader(desk, "ann@example.org", "theorems", preferences=MATCHING)
    assert is_due(desk)
    compose(desk)
    assert not is_due(desk)
    clock.instant = SATURDAY_NOON
    add_reader(desk, "cid@example.org", "robots", preferences=APART)
    assert not is_due(desk)


def test_an_edition_waits_half_an_hour_for_the_list_if_a_digest_is_to_show_it(desk: Desk, clock: Hand) -> None:
    def awaited() -> bool:
        with reading(desk.database) as session:
            return is_awaited(desk, get_edition(session, FRIDAY))

    open_day(desk, announce([make_paper(1, "Walking robots")]))
    add_reader(desk, "ann@example.org", "robots", preferences=APART)
    assert not awaited()
    add_reader(desk, "bob@example.org", "robots", preferences=IN_DIGEST)
    assert awaited()
    clock.instant = MORNING + timedelta(minutes=30)
    assert not awaited()
    clock.instant = MORNING
    trend(desk, TRENDS)
    assert not awaited()


def hub_settings(peer: Peer) -> Settings:
    return settings_for(peer.url).model_copy(update={"huggingface_url": peer.url})


def test_an_operator_who_runs_the_day_asks_once_and_only_if_somebody_wants_it(
    desk: Desk,
    peer: Peer,
    http: requests.Session,
) -> None:
    peer.on("/api/daily_papers", Reply(status=503), Reply(status=503), Reply(status=503), hub_page([hub_entry(10)]))
    peer.on("/api/query", api_page([Entry(arxiv_id="2603.00010")]))
    settings = hub_settings(peer)
    assert collect_for_edition(desk, http, settings, FRIDAY) is None
    add_reader(desk, "ann@example.org", "robots", preferences=IN_DIGEST)
    with pytest.raises(SourceError):
        collect_for_edition(desk, http, settings, FRIDAY)
    report = collect_for_edition(desk, http, settings, FRIDAY)
    assert report is not None
    assert (report.day, report.papers) == (THURSDAY, 1)
    assert collect_for_edition(desk, http, settings, FRIDAY) is None
