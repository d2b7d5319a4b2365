"""Which moves a delivery can make, and what an answer of the relay moves it to."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.deliveries.states import (
    FINAL,
    MAX_AGE,
    MAX_ATTEMPTS,
    DeliveryState,
    Event,
    find_outcome,
    is_about_us,
    judge_reply,
    next_attempt_after,
    parse_uncertain_policy,
    pause_after,
    sources_of,
    target_of,
    transition,
)
from newsletter.errors import ConflictError, SettingsError
from newsletter.mail.smtp import Outcome, Phase, SmtpReply
from tests.deliveries.world import reply

S, E = DeliveryState, Event
ALLOWED = {
    (S.QUEUED, E.CLAIM): S.SENDING,
    (S.DEFERRED, E.CLAIM): S.SENDING,
    (S.QUEUED, E.SKIP): S.SKIPPED,
    (S.DEFERRED, E.SKIP): S.SKIPPED,
    (S.QUEUED, E.GIVE_UP): S.FAILED,
    (S.DEFERRED, E.GIVE_UP): S.FAILED,
    (S.SENDING, E.ACCEPT): S.ACCEPTED,
    (S.SENDING, E.DEFER): S.DEFERRED,
    (S.SENDING, E.FAIL): S.FAILED,
    (S.SENDING, E.LOSE): S.UNCERTAIN,
    (S.SENDING, E.RELEASE): S.QUEUED,
    (S.SENDING, E.EXPIRE): S.UNCERTAIN,
    (S.UNCERTAIN, E.RESOLVE): S.ACCEPTED,
    (S.UNCERTAIN, E.REQUEUE): S.QUEUED,
}
NOW = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
BUSY = reply(Outcome.DEFERRED, code=452, enhanced_code="4.2.2", text="4.2.2 mailbox full")
GREYLISTED = reply(Outcome.DEFERRED, code=450, enhanced_code="4.7.1", text="4.7.1 come back")


@pytest.mark.parametrize(("state", "event"), [*product(DeliveryState, Event)])
def test_a_delivery_moves_only_as_the_table_says(state: DeliveryState, event: Event) -> None:
    if (state, event) in ALLOWED:
        assert transition(state, event) is ALLOWED[state, event]
        assert state in sources_of(event)
        assert target_of(event) is ALLOWED[state, event]
    else:
        with pytest.raises(ConflictError, match=f"{state} cannot {event}"):
            transition(state, event)
        assert state not in sources_of(event)


def test_what_is_final_stays_so_and_everything_else_can_still_arrive() -> None:
    assert frozenset(state for state in S if not any(source is state for source, _ in ALLOWED)) == FINAL
    for state in set(S) - FINAL:
        reached = {state}
        while reached != (
            further := reached | {target for (source, _), target in ALLOWED.items() if source in reached}
        ):
            reached = further
        assert S.ACCEPTED in reached


@pytest.mark.parametrize(
    ("answer", "event"),
    [
        (reply(Outcome.ACCEPTED, code=250), E.ACCEPT),
        (reply(Outcome.FAILED, code=550, text="no such user"), E.FAIL),
        (reply(Outcome.UNKNOWN, text="no answer"), E.LOSE),
        (BUSY, E.DEFER),
    ],
)
def test_each_outcome_has_its_event(answer: SmtpReply, event: Event) -> None:
    verdict = judge_reply(answer, attempt_count=1, first_attempt_at=NOW, now=NOW)
    assert verdict.event is event
    assert (verdict.next_attempt_at is not None) == (event is E.DEFER)
    assert (verdict.reason is None) == (event is E.ACCEPT)


def test_a_refused_mail_waits_half_an_hour_and_then_longer_each_time() -> None:
    delays = [next_attempt_after(count, BUSY) for count in range(1, MAX_ATTEMPTS + 1)]
    assert delays == [timedelta(minutes=30), timedelta(hours=1), timedelta(hours=3), timedelta(hours=8), None]


def test_a_greylisting_peer_is_asked_again_within_minutes() -> None:
    delays = [next_attempt_after(count, GREYLISTED) for count in range(1, MAX_ATTEMPTS + 1)]
    assert delays == [timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=3), timedelta(hours=8), None]


def test_after_the_last_try_the_reason_says_how_many_there_were_and_what_was_answered() -> None:
    verdict = judge_reply(BUSY, attempt_count=MAX_ATTEMPTS, first_attempt_at=NOW - timedelta(hours=13), now=NOW)
    assert verdict.event is E.FAIL
    assert verdict.reason == "gave up after 5 tries: 452 4.2.2 mailbox full"


def test_a_mail_is_given_up_rather_than_sent_after_the_next_edition() -> None:
    soon, later = NOW + timedelta(minutes=30), NOW + timedelta(minutes=31)
    for overtaken_at, event in ((soon, E.FAIL), (later, E.DEFER)):
        verdict = judge_reply(BUSY, attempt_count=1, first_attempt_at=NOW, now=NOW, overtaken_at=overtaken_at)
        assert verdict.event is event
    verdict = judge_reply(BUSY, attempt_count=1, first_attempt_at=NOW, now=NOW, overtaken_at=soon)
    assert verdict.reason == "gave up after 1 try: 452 4.2.2 mailbox full"


@pytest.mark.parametrize(
    ("phase", "code", "enhanced_code", "text", "outcome"),
    [
        (Phase.RCPT, 552, "5.2.2", "5.2.2 mailbox full", Outcome.DEFERRED),
        (Phase.RCPT, 552, None, "too many recipients", Outcome.DEFERRED),
        (Phase.RCPT, 552, "5.3.4", "5.3.4 too big", Outcome.FAILED),
        (Phase.DOT, 552, "5.2.2", "5.2.2 mailbox full", Outcome.FAILED),
        (Phase.RCPT, 550, "5.1.1", "5.1.1 no such user", Outcome.FAILED),
    ],
)
def test_552_at_rcpt_is_temporary_unless_the_message_is_too_large(
    phase: Phase, code: int, enhanced_code: str | None, text: str, outcome: Outcome
) -> None:
    answer = reply(Outcome.FAILED, phase=phase, code=code, enhanced_code=enhanced_code, text=text)
    assert find_outcome(answer) is outcome


@pytest.mark.parametrize(
    ("text", "after"),
    [("hold", None), ("retry-once-after=6h", timedelta(hours=6)), ("retry-once-after=90m", timedelta(minutes=90))],
)
def test_the_policy_for_uncertain_mails_is_read(text: str, after: timedelta | None) -> None:
    assert parse_uncertain_policy(text) == after


@pytest.mark.parametrize("text", ["", "retry", "retry-once-after=6", "retry-once-after=-1h", "hold me"])
def test_a_policy_that_cannot_be_read_is_refused_with_the_ways_to_write_one(text: str) -> None:
    with pytest.raises(SettingsError, match="retry-once-after=6h"):
        parse_uncertain_policy(text)


def test_nobody_gets_yesterdays_papers_after_todays() -> None:
    assert next_attempt_after(2, BUSY, age=MAX_AGE) is None
    assert next_attempt_after(2, BUSY, age=MAX_AGE - timedelta(hours=1)) == timedelta(hours=1)


@given(st.integers(1, 50), st.timedeltas(timedelta(0), timedelta(days=3)), st.sampled_from([BUSY, GREYLISTED]))
def test_a_delay_is_never_short_enough_to_annoy_nor_too_long_to_matter(
    attempt_count: int, age: timedelta, answer: SmtpReply
) -> None:
    delay = next_attempt_after(attempt_count, answer, age=age)
    if delay is not None:
        assert timedelta(minutes=5) <= delay
        assert age + delay <= MAX_AGE
        assert attempt_count < MAX_ATTEMPTS


def test_attempts_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match="number 1"):
        next_attempt_after(0, BUSY)


@pytest.mark.parametrize(
    ("code", "enhanced_code", "is_ours"),
    [
        (550, "5.7.1", True),
        (550, "5.7.515", True),
        (451, "4.7.28", True),
        (451, "4.7.1", False),
        (550, "5.1.1", False),
        (550, None, False),
    ],
)
def test_a_refusal_for_policy_is_about_us(code: int, enhanced_code: str | None, *, is_ours: bool) -> None:
    assert is_about_us(reply(Outcome.FAILED, code=code, enhanced_code=enhanced_code)) is is_ours


@given(st.timedeltas(-timedelta(days=1), timedelta(days=3)), st.timedeltas(timedelta(0), timedelta(days=1)))
def test_the_longer_the_relay_is_gone_the_longer_it_is_left_alone(waited: timedelta, longer: timedelta) -> None:
    assert timedelta(minutes=1) <= pause_after(waited) <= pause_after(waited + longer) <= timedelta(minutes=15)
