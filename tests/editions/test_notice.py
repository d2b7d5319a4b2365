"""A day without a list is told to those who want mail every day: once, when it is known, and not when the list came."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.claims import claim_batch
from newsletter.deliveries.letterhead import Letterhead
from newsletter.deliveries.letters import build_messages
from newsletter.deliveries.tables import DeliveryRow
from newsletter.digests.render import Renderer
from newsletter.editions.compose import READERS_A_TRANSACTION, compose_edition
from newsletter.editions.desk import Desk
from newsletter.editions.notice import compose_notices
from newsletter.papers.ledger import Judgement
from newsletter.subscribers.store import add_subscriber, confirm
from newsletter.subscribers.subscriber import Languages, Preferences
from newsletter.subscribers.suppression_store import suppress
from tests.factories import (
    FRIDAY,
    MORNING,
    SITE,
    Hand,
    add_reader,
    announce,
    judge_list,
    make_desk,
    make_paper,
    message_id,
    open_day,
)

EVERY_DAY = Preferences(wants_empty_mail=True)
AFTER_INDEPENDENCE_DAY = date(2026, 7, 6)
ITS_MORNING = datetime(2026, 7, 6, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def desk(engine: Engine, clock: Hand) -> Desk:
    return make_desk(engine, now=clock)


def tell(desk: Desk) -> int:
    return compose_notices(desk, message_id=message_id)


def deliveries(desk: Desk) -> list[DeliveryRow]:
    with reading(desk.database) as session:
        return list(session.exec(select(DeliveryRow).order_by(col(DeliveryRow.id))))


def states(desk: Desk) -> list[tuple[str, str, str | None]]:
    return [(row.message, row.state, row.reason) for row in deliveries(desk)]


def claim(desk: Desk, renderer: Renderer) -> Sequence[EmailMessage]:
    """Take what is due and return the messages that would go out."""
    now = desk.now()
    with transaction(desk.database) as session:
        claimed = claim_batch(session, now=now, owner="test", lease_until=now, limit=10).claimed
        letterhead = Letterhead(from_header="Chenbao <chenbao@example.org>", public_url=SITE)
        built = build_messages(session, claimed, letterhead, renderer, desk.addresses, now=now)
    messages = []
    for item in built.values():
        assert not isinstance(item, Exception)
        message = message_from_bytes(item.message.octets(is_eight_bit=False), policy=policy.default)
        assert isinstance(message, EmailMessage)
        messages.append(message)
    return messages


def test_each_reader_who_wants_mail_every_day_is_told_once(engine: Engine) -> None:
    desk = make_desk(engine)
    ann = add_reader(desk, "ann@example.org", "robots", preferences=EVERY_DAY)
    add_reader(desk, "bob@example.org", "robots")
    add_reader(desk, "new@example.org", "robots", preferences=EVERY_DAY, is_confirmed=False)
    add_reader(desk, "mon@example.org", "robots", preferences=replace(EVERY_DAY, weekdays=("mon",)))
    add_reader(desk, "cid@example.org", "robots", preferences=EVERY_DAY)
    with transaction(engine) as session:
        suppress(session, "CID@example.org", reason="complaint", at=MORNING)
    judge_list(desk, Judgement.NONE)
    assert (tell(desk), tell(desk)) == (1, 0)
    [row] = deliveries(desk)
    assert (row.subscriber_id, row.message, row.occasion, row.revision) == (ann.id, "notice", "2026-03-20-none", 0)
    assert (row.state, row.edition_on, row.digest_id, row.due_at) == ("queued", FRIDAY, None, MORNING)


def test_it_comes_at_the_readers_hour(desk: Desk) -> None:
    evening = replace(EVERY_DAY, timezone="Asia/Shanghai", hour=21)
    add_reader(desk, "ann@example.org", "robots", preferences=evening)
    judge_list(desk, Judgement.NONE)
    tell(desk)
    assert deliveries(desk)[0].due_at == datetime(2026, 3, 20, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize("other", [None, *(judgement for judgement in Judgement if judgement is not Judgement.NONE)])
def test_nobody_is_told_before_every_list_is_known_not_to_have_come(engine: Engine, other: Judgement | None) -> None:
    desk = replace(make_desk(engine), categories=("cs", "stat"))
    add_reader(desk, "ann@example.org", "robots", preferences=EVERY_DAY)
    assert tell(desk) == 0
    judge_list(desk, Judgement.NONE)
    if other is not None:
        judge_list(desk, other, category="stat")
    assert tell(desk) == 0
    judge_list(desk, Judgement.NONE, category="stat")
    assert tell(desk) == 1


def test_a_holiday_in_arxivs_calendar_alone_tells_nobody(desk: Desk, clock: Hand) -> None:
    clock.instant = ITS_MORNING
    add_reader(desk, "ann@example.org", "robots", preferences=EVERY_DAY)
    assert tell(desk) == 0
    judge_list(desk, Judgement.LATE, listed_on=AFTER_INDEPENDENCE_DAY)
    assert tell(desk) == 0


def test_yesterdays_gap_is_not_told_when_the_next_list_is_due(desk: Desk, clock: Hand) -> None:
    add_reader(desk, "ann@example.org", "robots", preferences=EVERY_DAY)
    judge_list(desk, Judgement.NONE)
    clock.instant = datetime(2026, 3, 23, 0, 0, tzinfo=UTC)  # Sunday 20:00 in New York
    assert tell(desk) == 0


def test_on_the_weekend_after_it_nobody_is_told_again(desk: Desk, clock: Hand) -> None:
    add_reader(desk, "ann@example.org", "robots", preferences=EVERY_DAY)
    judge_list(desk, Judgement.NONE)
    assert tell(desk) == 1
    clock.instant = datetime(2026, 3, 22, 12, 0, tzinfo=UTC)
    assert tell(desk) == 0


def test_a_day_with_an_edition_has_no_notice(desk: Desk) -> None:
    add_reader(desk, "ann@example.org", "robots", preferences=EVERY_DAY)
    open_day(desk, announce([make_paper(1, "Walking robots")]))
    judge_list(desk, Judgement.NONE)
    assert tell(desk) == 0


def test_when_the_list_comes_after_all_the_digest_is_mailed_and_no_waiting_notice(
    desk: Desk, clock: Hand, renderer: Renderer
) -> None:
    add_reader(desk, "ann@example.org", "robots", preferences=EVERY_DAY)
    add_reader(desk, "bob@example.org", "robots", preferences=replace(EVERY_DAY, hour=23))
    judge_list(desk, Judgement.NONE)
    assert tell(desk) == 2
    assert len(claim(desk, renderer)) == 1
    open_day(desk, announce([make_paper(1, "Walking robots")]))
    assert tell(desk) == 0
    assert states(desk) == [("notice", "sending", None), ("notice", "skipped", "overtaken")]
    assert compose_edition(desk, FRIDAY, message_id=message_id).queued == 2
    clock.instant = datetime(2026, 3, 20, 23, 0, tzinfo=UTC)
    assert [message["Subject"] for message in claim(desk, renderer)] == ["1 paper · robots · Fri 20 Mar"] * 2


def test_a_large_audience_is_told_in_batches_and_newcomers_later(desk: Desk) -> None:
    with transaction(desk.database) as session:
        for number in range(READERS_A_TRANSACTION + 1):
            reader = add_subscriber(
                session, f"r{number}@example.org", subscriptions=[], preferences=EVERY_DAY, created_at=MORNING
            )
            confirm(session, reader.id, at=MORNING)
    judge_list(desk, Judgement.NONE)
    assert tell(desk) == READERS_A_TRANSACTION + 1
    add_reader(desk, "late@example.org", preferences=EVERY_DAY)
    assert tell(desk) == 1
    rows = deliveries(desk)
    assert len({row.subscriber_id for row in rows}) == len(rows) == READERS_A_TRANSACTION + 2


def test_the_message_says_why_and_has_the_readers_links(desk: Desk, clock: Hand, renderer: Renderer) -> None:
    clock.instant = ITS_MORNING
    wish = replace(EVERY_DAY, languages=Languages("en"), timezone="Asia/Shanghai")
    ann = add_reader(desk, "ann@example.org", "robots", preferences=wish)
    judge_list(desk, Judgement.NONE, listed_on=AFTER_INDEPENDENCE_DAY)
    tell(desk)
    [message] = claim(desk, renderer)
    assert (message["Subject"], message["To"]) == ("arXiv announced nothing · Mon 6 Jul", "ann@example.org")
    assert message["Message-ID"] == f"<{ann.id}.notice.2026-07-06-none.0@papers.example.org>"
    assert message["Content-Language"] == "en"
    assert message["List-Unsubscribe"].startswith(f"<{SITE}/unsubscribe/")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Archive"] == f"<{SITE}>"
    assert message["Feedback-ID"] == "20260706:notice:chenbao:example.org"
    text = message.get_body(("plain",))
    assert text is not None
    said = " ".join(text.get_content().split())
    assert (
        "arXiv announced nothing dated Mon 6 Jul; it names a holiday. "
        "The next list is due on Monday at 20:00 Eastern (Tuesday 08:00 your time)."
    ) in said
    assert f"{SITE}/manage/" in said


@pytest.mark.parametrize(
    "preferences",
    [
        Preferences(wants_empty_mail=True, weekly_on="fri"),
        Preferences(wants_empty_mail=True, paused_until=FRIDAY + timedelta(days=1)),
    ],
)
def test_who_has_weekly_mail_or_paused_it_is_not_told_of_a_day_without_a_list(
    desk: Desk, preferences: Preferences
) -> None:
    add_reader(desk, "ann@example.org", "robot", preferences=preferences)
    judge_list(desk, Judgement.NONE)
    assert compose_notices(desk, message_id=message_id) == 0
