"""A digest that an operator sends to themselves: it arrives like any other mail, and counts for nothing else."""

from email import message_from_bytes, policy

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from newsletter.db.engine import reading
from newsletter.deliveries.claims import claim_batch
from newsletter.deliveries.letterhead import Letterhead
from newsletter.deliveries.letters import build_messages
from newsletter.deliveries.store import count_states
from newsletter.deliveries.tables import DeliveryRow
from newsletter.digests.store import find_first_composed_at, find_row
from newsletter.editions.compose import preview_digest
from newsletter.editions.desk import Desk
from newsletter.editions.try_out import queue_test
from newsletter.operators.audit import no_note
from newsletter.subscribers.subscriber import SubscriberId
from tests.factories import (
    FRIDAY,
    MORNING,
    SITE,
    Hand,
    add_reader,
    announce,
    make_desk,
    make_paper,
    message_id,
    open_day,
)
from tests.kept import kept_renderer

pytestmark = pytest.mark.one_database


@pytest.fixture
def desk(engine: Engine) -> Desk:
    found = make_desk(engine, now=Hand())
    open_day(found, announce([make_paper(1, "A walking robot")]))
    return found


def send(desk: Desk, address: str) -> int:
    reader = add_reader(desk, "ann@example.org", "robot")
    frozen = preview_digest(desk, reader, FRIDAY)
    delivery = queue_test(desk, frozen, address, message_id=message_id, note=no_note)
    assert delivery is not None
    return delivery


def test_it_goes_to_the_operator_says_that_it_is_a_test_and_holds_no_link_of_the_readers(desk: Desk) -> None:
    delivery = send(desk, "op@example.org")
    with reading(desk.database) as session:
        batch = claim_batch(session, now=MORNING, owner="me", lease_until=MORNING, limit=5)
        letterhead = Letterhead(from_header="Chenbao <chenbao@example.org>", public_url=SITE)
        renderer = kept_renderer()
        built = build_messages(session, batch.claimed, letterhead, renderer, desk.addresses, now=MORNING)
    outgoing = built[delivery]
    assert not isinstance(outgoing, Exception)
    message = message_from_bytes(outgoing.message.octets(is_eight_bit=False), policy=policy.default)
    assert str(message["To"]) == "op@example.org"
    assert str(message["Subject"]).startswith("[Test] ")
    assert message["List-Unsubscribe"] is None
    html = message.get_body(("html",))
    assert html is not None
    text = html.get_content()
    assert "A walking robot" in text
    assert f"{SITE}/admin/mail" in text
    assert "/unsubscribe/" not in text
    assert "/manage/" not in text


def test_it_counts_in_no_edition_and_is_never_taken_for_the_readers_digest(desk: Desk) -> None:
    delivery = send(desk, "ann@example.org")
    with reading(desk.database) as session:
        row = session.exec(select(DeliveryRow).where(DeliveryRow.id == delivery)).one()
        assert (row.message, row.edition_on) == ("test", None)
        assert count_states(session, FRIDAY) == {}
        assert find_row(session, SubscriberId(row.subscriber_id), FRIDAY) is None
        assert find_first_composed_at(session, FRIDAY, is_sample=False) is None


def test_each_test_is_a_mail_of_its_own(desk: Desk) -> None:
    send(desk, "op@example.org")
    reader_frozen = preview_digest(desk, add_reader(desk, "bo@example.org", "robot"), FRIDAY)
    assert isinstance(desk.now, Hand)
    desk.now.instant = MORNING.replace(minute=5)
    assert queue_test(desk, reader_frozen, "op@example.org", message_id=message_id, note=no_note) is not None
