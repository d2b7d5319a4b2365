"""What operators decide about an address."""

import pytest
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.feedback.by_hand import erase, lift_by_hand, suppress_by_hand
from newsletter.deliveries.feedback.judge import Effect
from newsletter.deliveries.feedback.store import FeedbackKind
from newsletter.deliveries.tables import AttemptRow, DeliveryRow
from newsletter.errors import AddressError, NotFoundError
from newsletter.mail.bounces import BounceClass
from newsletter.subscribers.subscriber import Consent
from newsletter.subscribers.tables import SubscriberRow, SuppressionRow
from tests.deliveries.feedback.hearing import TOKENS, Hearing

ANN = "ann@example.org"


def suppress(hearing: Hearing, email: str = ANN, reason: str = "asked by phone") -> bool:
    with transaction(hearing.database) as session:
        return suppress_by_hand(session, TOKENS, email, reason=reason, at=hearing.world.time)


def lift(hearing: Hearing, email: str = ANN) -> None:
    with transaction(hearing.database) as session:
        lift_by_hand(session, TOKENS, email, reason="the mailbox is back", at=hearing.world.time)


def forget(hearing: Hearing, email: str = ANN) -> None:
    with transaction(hearing.database) as session:
        erase(session, TOKENS, email, at=hearing.world.time)


def test_an_address_that_an_operator_stops_is_stopped_with_the_operator_s_words(hearing: Hearing) -> None:
    hearing.mail("ann")
    assert suppress(hearing, "Ann@example.org")
    assert not suppress(hearing)
    with reading(hearing.database) as session:
        [stopped] = session.exec(select(SuppressionRow)).all()
    assert (stopped.reason, stopped.detail) == ("operator", "asked by phone")
    [row] = hearing.rows()
    assert (row.kind, row.effect, row.reason) == (FeedbackKind.OPERATOR, Effect.SUPPRESSED, "asked by phone")


def test_what_is_no_address_cannot_be_stopped(hearing: Hearing) -> None:
    with pytest.raises(AddressError):
        suppress(hearing, "ann")


def test_a_lifted_address_begins_anew(hearing: Hearing) -> None:
    hearing.mail("ann")
    for day in range(1, 8):
        hearing.next_day()
        hearing.bounce(BounceClass.SOFT, hearing.mail_again("ann", day), ANN)
    assert hearing.is_stopped("ann")
    lift(hearing)
    assert not hearing.is_stopped("ann")
    assert hearing.rows()[-1].effect == Effect.LIFTED
    hearing.next_day()
    hearing.bounce(BounceClass.SOFT, hearing.mail_again("ann", 8), ANN)
    assert not hearing.is_stopped("ann")
    assert hearing.rows()[-1].reason.startswith("1.0 of 5 points")


def test_an_old_report_that_comes_after_the_lifting_changes_nothing(hearing: Hearing) -> None:
    ids = hearing.mail("ann")
    suppress(hearing)
    hearing.next_day()
    lift(hearing)
    hearing.bounce(BounceClass.HARD, ids["ann"], ANN)
    assert not hearing.is_stopped("ann")


def test_what_is_not_stopped_cannot_be_lifted(hearing: Hearing) -> None:
    with pytest.raises(NotFoundError, match="newsletter suppressions"):
        lift(hearing)


def test_an_erased_reader_is_nowhere_but_the_ledger_counts_as_before(hearing: Hearing) -> None:
    ids = hearing.mail("ann")
    with transaction(hearing.database) as session:
        session.add(
            AttemptRow(
                delivery_id=ids["ann"],
                started_at=hearing.world.time,
                duration_seconds=1,
                server="127.0.0.1:25",
                phase="dot",
                outcome="accepted",
                text="250 <ann@example.org> ok",
            )
        )
    hearing.bounce(BounceClass.HARD, ids["ann"], ANN)
    forget(hearing)
    with reading(hearing.database) as session:
        everything = [
            *session.exec(select(SubscriberRow)),
            *session.exec(select(AttemptRow)),
            *session.exec(select(SuppressionRow)),
            *hearing.rows(),
        ]
        [delivery] = session.exec(select(DeliveryRow)).all()
        [reader] = session.exec(select(SubscriberRow)).all()
    assert "ann@" not in repr(everything).lower()
    assert (delivery.state, delivery.subscriber_id) == ("accepted", reader.id)
    assert reader.consent == Consent.UNSUBSCRIBED
    assert hearing.is_stopped("ann")


def test_an_erased_reader_s_report_still_counts_once(hearing: Hearing) -> None:
    ids = hearing.mail("ann")
    hearing.bounce(BounceClass.HARD, ids["ann"], ANN)
    forget(hearing)
    assert hearing.bounce(BounceClass.HARD, ids["ann"], ANN) == []
    [late] = hearing.bounce(BounceClass.SOFT, ids["ann"], ANN)
    assert (late.effect, late.recipient, late.diagnostic) == (Effect.RECORDED, "", "")
    assert len(hearing.stopped()) == 1


def test_a_stopped_address_without_a_reader_can_be_erased(hearing: Hearing) -> None:
    suppress(hearing, "cid@example.org")
    forget(hearing, "cid@example.org")
    assert hearing.is_stopped("cid")
    assert "cid" not in repr(hearing.stopped())
    lift(hearing, "cid@example.org")
    assert not hearing.is_stopped("cid")


def test_an_address_that_nobody_knows_cannot_be_erased(hearing: Hearing) -> None:
    with pytest.raises(NotFoundError):
        forget(hearing, "nobody@example.org")
