"""Many readers at once: planned line by line, then added in parts."""

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.tables import DeliveryRow
from newsletter.editions.desk import Desk
from newsletter.editions.enlist import READERS_A_TRANSACTION, Outcome, import_readers, plan_import
from newsletter.editions.roster import read_roster
from newsletter.errors import ConflictError, InputError
from newsletter.operators.audit import no_note
from newsletter.subscribers.store import ensure_operators, list_subscribers
from newsletter.subscribers.suppression_store import suppress
from newsletter.subscribers.tables import SubscriberRow
from tests.factories import MORNING, add_reader, make_desk, message_id

FILE = b"email,name,keywords\nann@example.org,Ann,robot\nbo@example.org,Bo,graph;memory\n"


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return make_desk(engine)


def bring(desk: Desk, content: bytes, *, proof: str = "", expected: str | None = None) -> tuple[int, list[int]]:
    lines = read_roster(content)
    promised = plan_import(desk, lines).fingerprint if expected is None else expected
    return import_readers(desk, lines, expected=promised, proof=proof, message_id=message_id, note=lambda _: no_note)


def readers(desk: Desk) -> list[tuple[str, str, int]]:
    with reading(desk.database) as session:
        return [(one.email, one.consent.value, len(one.subscriptions)) for one in list_subscribers(session)]


def test_without_a_proof_each_is_pending_and_gets_the_confirmation_mail(desk: Desk) -> None:
    number, deliveries = bring(desk, FILE)
    assert (number, len(deliveries)) == (2, 2)
    assert readers(desk) == [("ann@example.org", "pending", 1), ("bo@example.org", "pending", 2)]
    with reading(desk.database) as session:
        assert set(session.exec(select(DeliveryRow.message))) == {"confirm"}


def test_with_a_proof_they_are_confirmed_and_get_no_mail(desk: Desk) -> None:
    assert bring(desk, FILE, proof="signed the list at the reading group") == (2, [])
    assert {consent for _, consent, _ in readers(desk)} == {"confirmed"}


def test_known_stopped_and_repeated_addresses_are_left_out_with_their_reason(desk: Desk) -> None:
    add_reader(desk, "Ann@Example.org", "graph")
    with transaction(desk.database) as session:
        suppress(session, "cy@example.org", reason="complaint", at=MORNING)
    lines = read_roster(FILE + b"cy@example.org,Cy,robot\nBO@example.org,Again,robot\n")
    plan = plan_import(desk, lines)
    assert [(item.line.name, item.outcome, item.why.en) for item in plan.lines] == [
        ("Ann", Outcome.LEFT_OUT, "is a reader already, and stays as they are"),
        ("Bo", Outcome.ADDED, ""),
        ("Cy", Outcome.LEFT_OUT, "mail to this address is stopped"),
        ("Again", Outcome.LEFT_OUT, "the same address as in line 3"),
    ]
    assert plan.may_go


def test_one_wrong_line_keeps_everybody_out(desk: Desk) -> None:
    with pytest.raises(InputError):
        bring(desk, FILE + b"nobody,,robot\n")
    assert readers(desk) == []


def test_what_was_promised_is_what_is_done_or_nothing(desk: Desk) -> None:
    promised = plan_import(desk, read_roster(FILE)).fingerprint
    add_reader(desk, "ann@example.org", "graph")
    with pytest.raises(ConflictError):
        bring(desk, FILE, expected=promised)
    assert len(readers(desk)) == 1


def test_the_same_file_twice_adds_nobody_twice(desk: Desk) -> None:
    bring(desk, FILE)
    assert not plan_import(desk, read_roster(FILE)).may_go


def test_what_breaks_off_is_finished_by_the_same_file(desk: Desk) -> None:
    """A part is added together with what is written down about it, or not at all."""

    def broken(session: Session) -> None:
        assert session.exec(select(SubscriberRow)).all()
        raise RuntimeError("the disk is full")

    number = READERS_A_TRANSACTION + 3
    content = b"email,keywords\n" + b"".join(b"reader%d@example.org,robot\n" % one for one in range(number))
    lines = read_roster(content)
    notes = iter([no_note, broken])
    expected = plan_import(desk, lines).fingerprint
    with pytest.raises(RuntimeError):
        import_readers(desk, lines, expected=expected, proof="", message_id=message_id, note=lambda _: next(notes))
    assert len(readers(desk)) == READERS_A_TRANSACTION
    assert bring(desk, content)[0] == 3
    with reading(desk.database) as session:
        assert len(session.exec(select(DeliveryRow.id)).all()) == number


def test_an_operators_address_becomes_a_readers(desk: Desk) -> None:
    with transaction(desk.database) as session:
        ensure_operators(session, ["ann@example.org"], at=MORNING)
    assert bring(desk, FILE, proof="signed the list") == (2, [])
    assert sorted(readers(desk)) == [("ann@example.org", "confirmed", 1), ("bo@example.org", "confirmed", 2)]


def test_a_keyword_twice_is_kept_once_and_too_many_are_wrong(desk: Desk) -> None:
    bring(desk, b"email,keywords,paused_keywords\nann@example.org,robot;Robot,graph;robot\n")
    assert readers(desk) == [("ann@example.org", "pending", 2)]
    many = ";".join(f"word{number}" for number in range(60))
    (line,) = read_roster(
        f"email,keywords,paused_keywords\nbo@example.org,{many},{many.replace('word', 'term')}\n".encode()
    )
    assert line.problem is not None
