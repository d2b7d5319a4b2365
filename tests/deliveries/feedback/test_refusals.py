"""What the relay says to our face counts as a report does: against the address, once, and never when it is about us."""

import pytest
from sqlmodel import Session

from newsletter.db.engine import reading
from newsletter.deliveries.feedback.hear import hear_refusal
from newsletter.deliveries.feedback.judge import Effect, MatchedBy
from newsletter.deliveries.feedback.store import list_feedback
from newsletter.mail.smtp import Outcome, SmtpReply
from tests.deliveries.feedback.hearing import SECRETS, Hearing
from tests.deliveries.world import FakeTransport, reply, run

ANN = "ann@example.org"
NO_MAILBOX = reply(Outcome.FAILED, code=550, enhanced_code="5.1.1", text="5.1.1 no such user")


def dispatch(hearing: Hearing, **answers: SmtpReply) -> None:
    """Send what is queued; the relay answers as told, by the reader's name."""
    transport = FakeTransport(answers={f"{name}@example.org": answer for name, answer in answers.items()})

    def hear(session: Session, delivery_id: int, attempt: int, answer: SmtpReply) -> None:
        hear_refusal(session, SECRETS, delivery_id, attempt, answer, at=hearing.world.time)

    run(hearing.world, transport, hear_refusal=hear)


def test_an_address_that_does_not_exist_is_stopped_at_once(hearing: Hearing) -> None:
    ids = hearing.world.queue(["ann", "bob"])
    dispatch(hearing, ann=NO_MAILBOX)
    assert hearing.stopped() == {ANN: "hard-bounce"}
    with reading(hearing.world.database) as session:
        [heard] = list_feedback(session, [ids["ann"]])
    assert (heard.matched_by, heard.effect, heard.source) == (MatchedBy.CONVERSATION, Effect.SUPPRESSED, "relay")
    assert (heard.status, heard.diagnostic) == ("5.1.1", "5.1.1 no such user")


@pytest.mark.parametrize(
    ("code", "enhanced_code", "text"),
    [
        (550, "5.7.1", "5.7.1 blocked"),
        (550, "5.7.515", "5.7.515 user unknown to our policy"),
        (550, "5.1.8", "5.1.8 bad sender"),
        (554, "5.6.0", "5.6.0 not like this"),
        (552, "5.3.4", "5.3.4 too big"),
    ],
)
def test_what_is_about_us_or_the_message_never_counts_against_the_address(
    hearing: Hearing, code: int, enhanced_code: str, text: str
) -> None:
    ids = hearing.world.queue(["ann"])
    dispatch(hearing, ann=reply(Outcome.FAILED, code=code, enhanced_code=enhanced_code, text=text))
    assert hearing.world.state("ann") == "failed"
    assert hearing.stopped() == {}
    with reading(hearing.world.database) as session:
        assert list_feedback(session, list(ids.values())) == []


def test_a_full_mailbox_counts_when_the_mail_is_given_up_and_not_before(hearing: Hearing) -> None:
    ids = hearing.world.queue(["ann"])
    full = reply(Outcome.DEFERRED, code=452, enhanced_code="4.2.2", text="4.2.2 full")
    found = []
    for _ in range(6):
        dispatch(hearing, ann=full)
        with reading(hearing.world.database) as session:
            found.append([heard.effect for heard in list_feedback(session, [ids["ann"]])])
        hearing.world.advance(hours=8)
    assert found[0] == []
    assert found[-1] == [Effect.COUNTED]
    assert hearing.stopped() == {}


def test_a_refusal_that_could_not_be_recorded_was_not_heard(hearing: Hearing) -> None:
    ids = hearing.world.queue(["ann"])

    def fail(session: Session, delivery_id: int, attempt: int, answer: SmtpReply) -> None:
        hear_refusal(session, SECRETS, delivery_id, attempt, answer, at=hearing.world.time)
        raise ZeroDivisionError("the process dies here")

    with pytest.raises(ZeroDivisionError):
        run(hearing.world, FakeTransport(answers={ANN: NO_MAILBOX}), hear_refusal=fail)
    assert hearing.stopped() == {}
    with reading(hearing.world.database) as session:
        assert list_feedback(session, list(ids.values())) == []


def test_a_relay_that_knows_nobody_any_more_does_not_empty_the_list_of_readers(hearing: Hearing) -> None:
    names = [f"reader{number}" for number in range(60)]
    hearing.world.queue(names)
    dispatch(hearing, **dict.fromkeys(names, NO_MAILBOX))
    assert hearing.world.states() == {"failed": 60}
    assert len(hearing.stopped()) == 19  # the twentieth in a row is one too many
    [alarm] = hearing.alarms()
    assert "its own mistake" in alarm.detail.en
    dispatch(hearing, **dict.fromkeys(names, NO_MAILBOX))


def test_some_dead_addresses_among_many_living_ones_are_no_storm(hearing: Hearing) -> None:
    names = [f"reader{number}" for number in range(100)]
    hearing.world.queue(names)
    dispatch(hearing, **dict.fromkeys(names[::4], NO_MAILBOX))
    assert len(hearing.stopped()) == 25
    assert hearing.alarms() == []
