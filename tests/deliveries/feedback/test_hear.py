"""Hearing reports: whom they are about, what follows, and that it follows once."""

import threading
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel

from newsletter.db.engine import open_engine, reading, transaction
from newsletter.deliveries.alarms import AlarmKind
from newsletter.deliveries.feedback.hear import clear_refusals
from newsletter.deliveries.feedback.judge import Effect, MatchedBy
from newsletter.deliveries.feedback.store import FeedbackKind, list_feedback
from newsletter.deliveries.states import DeliveryState, SkipReason
from newsletter.mail.bounces import BounceClass
from newsletter.subscribers.store import confirm, get_by_email
from newsletter.subscribers.subscriber import Consent
from tests.deliveries.feedback.hearing import PATHS, Hearing, message_id, report

HARD, SOFT, POLICY, COMPLAINT = BounceClass.HARD, BounceClass.SOFT, BounceClass.POLICY, BounceClass.COMPLAINT
ANN = "ann@example.org"


def test_a_hard_bounce_to_the_signed_return_path_stops_the_address_and_what_is_queued(hearing: Hearing) -> None:
    ids = hearing.mail("ann", "bob")
    [heard] = hearing.bounce(HARD, ids["ann"], ANN)
    assert (heard.delivery_id, heard.matched_by, heard.effect) == (ids["ann"], MatchedBy.RETURN_PATH, Effect.SUPPRESSED)
    assert hearing.stopped() == {ANN: "hard-bounce"}
    hearing.set_state(ids["ann"], "queued")
    hearing.set_state(ids["bob"], "queued")
    batch = hearing.world.claim()
    assert [item.email for item in batch.claimed] == ["bob@example.org"]
    assert hearing.world.row("ann").reason == SkipReason.SUPPRESSED


def test_the_return_path_counts_more_than_whom_the_report_names(hearing: Hearing) -> None:
    ids = hearing.mail("ann", "bob")
    hearing.bounce(HARD, ids["ann"], "bob@example.org")  # ann's mail was forwarded, or somebody lies
    assert hearing.stopped() == {ANN: "hard-bounce"}


def test_of_several_recipients_the_delivery_s_own_reader_speaks(hearing: Hearing) -> None:
    ids = hearing.mail("ann")
    written = report(SOFT, "colleague@example.net", ANN, key="1", to=PATHS.of(ids["ann"]))
    assert [found.recipient for found in hearing.hear(written)] == [ANN]


def test_a_report_finds_its_delivery_by_the_message_id(hearing: Hearing) -> None:
    ids = hearing.mail("ann")
    for written in (message_id("ann"), message_id("ann").strip("<>")):
        [heard] = hearing.hear(report(SOFT, "else@example.net", key=written, message_id=written))
        assert (heard.delivery_id, heard.matched_by) == (ids["ann"], MatchedBy.MESSAGE_ID)


def test_a_complaint_stops_the_address_and_unsubscribes(hearing: Hearing) -> None:
    ids = hearing.mail("ann")
    hearing.bounce(COMPLAINT, ids["ann"], ANN)
    assert hearing.stopped() == {ANN: "complaint"}
    assert hearing.consent("ann") is Consent.UNSUBSCRIBED


@pytest.mark.parametrize("address", [ANN, "ANN@example.org"])
@pytest.mark.parametrize("times", [1, 30])
def test_policy_bounces_never_stop_an_address_however_many(hearing: Hearing, address: str, times: int) -> None:
    ids = hearing.mail("ann")
    for number in range(times):
        hearing.bounce(POLICY, ids["ann"], address, key=str(number))
    assert not hearing.is_stopped("ann")
    [alarm] = hearing.alarms()
    assert (alarm.kind, alarm.subject) == (AlarmKind.POLICY_BOUNCE, "example.org")
    assert "@" not in alarm.detail.en + alarm.detail.zh


def test_an_alarm_about_a_destination_ends_after_a_day_without_such_a_bounce(hearing: Hearing) -> None:
    ids = hearing.mail("ann")
    for number in range(2):
        hearing.bounce(POLICY, ids["ann"], ANN, key=str(number))
        hearing.world.advance(hours=20)
        with transaction(hearing.database) as session:
            assert clear_refusals(session, at=hearing.world.time) == 0
    hearing.world.advance(hours=4)
    with transaction(hearing.database) as session:
        assert clear_refusals(session, at=hearing.world.time) == 1
    assert not hearing.alarms()


@pytest.mark.parametrize("kind", [BounceClass.AUTO_REPLY, BounceClass.NOT_A_BOUNCE, BounceClass.UNKNOWN])
def test_what_is_no_failure_is_only_kept(hearing: Hearing, kind: BounceClass) -> None:
    ids = hearing.mail("ann")
    [heard] = hearing.hear(report(kind, key="1", to=PATHS.of(ids["ann"])))
    assert (heard.kind, heard.effect, heard.recipient) == (FeedbackKind(kind.value), Effect.RECORDED, ANN)
    assert not hearing.stopped()


def test_soft_bounces_of_a_week_of_mails_stop_an_address(hearing: Hearing) -> None:
    fates = []
    for day in range(7):
        delivery_id = hearing.mail("ann")["ann"] if day == 0 else hearing.mail_again("ann", day)
        for copy in range(3):  # delayed, delayed, given up: one failure
            hearing.bounce(SOFT, delivery_id, ANN, key=f"{day}.{copy}")
        fates.append(hearing.is_stopped("ann"))
        hearing.next_day()
    assert fates == [False] * 6 + [True]
    assert hearing.stopped() == {ANN: "soft-bounces"}


def test_a_report_about_an_uncertain_mail_says_that_it_was_accepted(hearing: Hearing) -> None:
    ids = hearing.mail("ann", "bob")
    for delivery_id in ids.values():
        hearing.set_state(delivery_id, "uncertain")
    hearing.bounce(SOFT, ids["ann"], ANN)
    hearing.hear(report(SOFT, "bob@example.org", key="2"))  # this one only knows an address
    assert hearing.world.state("ann") is DeliveryState.ACCEPTED
    assert hearing.world.state("bob") is DeliveryState.UNCERTAIN


# --- forged reports -------------------------------------------------------------------------------------------------


def test_a_forged_report_about_somebody_who_was_not_mailed_lately_changes_nothing(hearing: Hearing) -> None:
    hearing.mail("ann")
    hearing.world.advance(days=14, seconds=1)
    for number, kind in enumerate(BounceClass):
        [heard] = hearing.hear(report(kind, ANN, key=str(number)))
        assert (heard.effect, heard.delivery_id) == (Effect.RECORDED, None)
    assert not hearing.stopped()
    assert not hearing.alarms()


@pytest.mark.parametrize("kind", [HARD, SOFT, COMPLAINT])
def test_however_many_forged_reports_come_about_one_mail_they_are_one_point(
    hearing: Hearing, kind: BounceClass
) -> None:
    hearing.mail("ann")
    for number in range(50):
        hearing.hear(report(kind, ANN, key=str(number)))
    assert not hearing.stopped()
    assert hearing.consent("ann") is Consent.CONFIRMED


def test_a_report_with_a_forged_return_path_is_worth_no_more_than_an_address(hearing: Hearing) -> None:
    ids = hearing.mail("ann", "bob")
    forged = PATHS.of(ids["bob"]).replace(f"+{ids['bob']}-", f"+{ids['ann']}-")
    hearing.hear(report(HARD, ANN, key="1", to=forged))
    hearing.hear(report(HARD, ANN, key="2", message_id="<guessed@example.org>"))
    assert not hearing.stopped()


def test_a_report_that_a_service_signed_for_is_believed(hearing: Hearing) -> None:
    hearing.mail("ann")
    [heard] = hearing.hear(report(HARD, "Ann@Example.org", key="1", is_vouched=True))
    assert heard.effect is Effect.SUPPRESSED


# --- unsubscribing by mail ------------------------------------------------------------------------------------------


def test_a_mail_to_the_unsubscribe_address_stops_what_is_queued(hearing: Hearing) -> None:
    ids = hearing.world.queue(["ann"])
    reader = hearing.world.row("ann").subscriber_id
    leaving = report(BounceClass.NOT_A_BOUNCE, key="1", to=PATHS.unsubscribe_of(reader).upper())
    [heard] = hearing.hear(leaving)
    assert (heard.kind, heard.effect, heard.recipient) == (FeedbackKind.UNSUBSCRIBE, Effect.UNSUBSCRIBED, ANN)
    assert [mail.message for mail in hearing.world.claim().claimed] == ["goodbye"]
    assert hearing.world.row("ann").reason == SkipReason.UNSUBSCRIBED
    assert ids


def test_the_same_mail_read_again_does_not_unsubscribe_whoever_came_back(hearing: Hearing) -> None:
    hearing.mail("ann")
    leaving = report(BounceClass.NOT_A_BOUNCE, key="1", to=PATHS.unsubscribe_of(hearing.world.row("ann").subscriber_id))
    hearing.hear(leaving)
    with transaction(hearing.database) as session:
        confirm(session, get_by_email(session, ANN).id, at=hearing.world.time)
    assert hearing.hear(leaving) == []
    assert hearing.consent("ann") is Consent.CONFIRMED


def test_a_forged_unsubscribe_address_unsubscribes_nobody(hearing: Hearing) -> None:
    hearing.mail("ann")
    reader = hearing.world.row("ann").subscriber_id
    other = PATHS.unsubscribe_of(reader + 1)
    for address in (
        other,
        other.replace(f"+{reader + 1}-", f"+{reader}-"),
        f"unsubscribe+{reader}@bounces.example.org",
    ):
        hearing.hear(report(BounceClass.NOT_A_BOUNCE, key=address, to=address))
    assert hearing.consent("ann") is Consent.CONFIRMED


# --- once, whatever happens -----------------------------------------------------------------------------------------


def test_a_report_that_is_read_twice_counts_once(hearing: Hearing) -> None:
    ids = hearing.mail("ann")
    assert len(hearing.bounce(SOFT, ids["ann"], ANN)) == 1
    assert hearing.bounce(SOFT, ids["ann"], ANN) == []
    assert len(hearing.rows()) == 1


def _reports(ids: dict[str, int]) -> list[tuple[BounceClass, int, str, str]]:
    return [
        (SOFT, ids["ann"], ANN, "1"),
        (HARD, ids["ann"], ANN, "2"),
        (SOFT, ids["ann"], ANN, "3"),
        (COMPLAINT, ids["bob"], "bob@example.org", "4"),
        (POLICY, ids["cid"], "cid@example.org", "5"),
        (SOFT, ids["cid"], "cid@example.org", "6"),
    ]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.integers(0, 5), min_size=6, max_size=14).filter(lambda drawn: set(drawn) == set(range(6)))
    | st.permutations(range(6))
)
def test_in_any_order_and_however_often_the_same_addresses_are_stopped(order: Iterable[int]) -> None:
    with TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'test.db'}")
        SQLModel.metadata.create_all(engine)
        hearing = Hearing(engine)
        ids = hearing.mail("ann", "bob", "cid")
        for number in order:
            kind, delivery_id, address, key = _reports(ids)[number]
            hearing.bounce(kind, delivery_id, address, key=key)
        assert set(hearing.stopped()) == {ANN, "bob@example.org"}
        assert len(hearing.rows()) == 6
        assert hearing.consent("bob") is Consent.UNSUBSCRIBED
        engine.dispose()


def _hear_from_all_sides(hearing: Hearing, delivery_ids: list[int]) -> None:
    """Two threads hear the same reports at once, in opposite orders."""
    start = threading.Barrier(2)

    def listen(order: list[int]) -> None:
        start.wait(10)
        for delivery_id in order:
            hearing.bounce(SOFT, delivery_id, ANN)

    threads = [threading.Thread(target=listen, args=[order]) for order in (delivery_ids, delivery_ids[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def _make_reports(hearing: Hearing) -> list[int]:
    return [hearing.mail("ann")["ann"], *(hearing.mail_again("ann", number) for number in range(1, 6))]


def test_two_that_hear_the_same_reports_at_once_count_each_once(hearing: Hearing) -> None:
    ids = _make_reports(hearing)
    _hear_from_all_sides(hearing, ids)
    assert len(hearing.rows()) == len(ids)
    assert [row.effect for row in hearing.rows()].count(Effect.COUNTED) == 4
    assert hearing.stopped() == {ANN: "soft-bounces"}


# --- the story ------------------------------------------------------------------------------------------------------


def test_the_story_of_a_delivery_tells_what_came_back(hearing: Hearing) -> None:
    ids = hearing.mail("ann", "bob")
    hearing.bounce(SOFT, ids["ann"], ANN, key="1")
    hearing.world.time += timedelta(hours=1)
    hearing.bounce(HARD, ids["ann"], ANN, key="2")
    hearing.bounce(HARD, ids["bob"], "bob@example.org", key="3")
    with reading(hearing.database) as session:
        first, second = list_feedback(session, [ids["ann"]])
    assert (first.kind, first.effect, first.status) == (FeedbackKind.SOFT, Effect.COUNTED, "5.0.0")
    assert (second.kind, second.effect) == (FeedbackKind.HARD, Effect.SUPPRESSED)
    assert second.received_at - first.received_at == timedelta(hours=1)
    assert second.diagnostic == "550 <ann@example.org> is gone"
