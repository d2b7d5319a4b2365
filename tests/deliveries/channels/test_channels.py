"""Which account carries a message to which destination, and when none does."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from newsletter.deliveries.alarms import AlarmKind
from newsletter.deliveries.channels import Channel, Channels, Wait
from newsletter.deliveries.lease import this_owner
from tests.deliveries.channels.office import (
    GONE,
    LOCKED_OUT,
    OK,
    REFUSED,
    STOPPED,
    THROTTLED,
    WHOLE,
    Office,
    account_of,
    minutes_of,
)
from tests.deliveries.test_claims import counted_statements


@contextmanager
def gone(database: Engine) -> Iterator[None]:
    """Let every new transaction fail meanwhile."""

    def fail(_connection: object) -> None:
        raise OperationalError("BEGIN", {}, sqlite3.OperationalError("disk I/O error"))

    event.listen(database, "begin", fail, insert=True)
    try:
        yield
    finally:
        event.remove(database, "begin", fail)


TWO = "smtps://a.example smtps://b.example"
A, B = "a.example:465", "b.example:465"
READERS = [f"reader{number}@domain{number % 7}.example" for number in range(100)]


def test_a_healthy_run_takes_one_transaction_in_fifty_messages(office: Office) -> None:
    with office.worker() as worker:
        office.send_all(worker, READERS[:50])
        with counted_statements(office.database) as statements:
            office.send_all(worker, READERS[50:])
    assert len(statements) <= 12
    assert office.usage() == 100
    assert office.slots() == set()


def test_mail_to_this_machine_has_no_limits_and_leaves_nothing_behind_but_a_count(office: Office) -> None:
    office.urls = "smtp://127.0.0.1:25"
    with office.worker() as worker:
        office.send_all(worker, READERS)
    assert office.time == office.sent[0][2]
    assert office.stored("127.0.0.1:25") == {}
    assert office.usage("127.0.0.1:25") == 100


def test_a_clock_that_is_set_back_holds_up_nothing_that_has_no_pace(office: Office) -> None:
    office.urls = "smtp://127.0.0.1:25"
    with office.worker() as worker:
        office.send(worker, READERS[0])
        office.advance(milliseconds=-5)
        assert isinstance(office.open(worker, READERS[1]), Channel)


def test_a_healthy_relay_is_soon_sent_to_as_fast_as_it_takes_mail(office: Office) -> None:
    readers = [f"reader{number}@big.example" for number in range(1000)]
    with office.worker() as worker:
        for start in range(0, 1000, 50):
            office.send_all(worker, readers[start : start + 50])
    assert office.time - office.sent[0][2] < timedelta(seconds=4)
    assert office.stored()["big"].pace.rate_per_second == 1000


def test_two_domains_of_one_provider_share_a_channel(office: Office) -> None:
    with office.worker() as worker:
        office.send(worker, "ann@big.example", STOPPED)
        found = office.send(worker, "bob@large.example")
        assert minutes_of(found, office.time) == 10
        assert isinstance(office.send(worker, "cyd@small.example"), Channel)
    assert isinstance(found, Wait)
    assert not found.is_everywhere
    assert "to big is paused until 12:10 UTC: 421 4.7.28 unusual rate of mail." in found.reason


def test_a_hold_is_known_to_every_worker(office: Office) -> None:
    with office.worker() as one, office.worker("elsewhere:1:1:b") as other:
        office.send(one, "ann@big.example", REFUSED)
        assert isinstance(office.send(other, "bob@big.example"), Wait)


def test_a_refusal_of_us_pauses_the_channel_alarms_and_names_no_reader(office: Office) -> None:
    with office.worker() as worker:
        office.send(worker, "ann@big.example", REFUSED)
        found = office.send(worker, "bob@big.example")
    assert isinstance(found, Wait)
    assert "ann@" not in found.reason
    assert office.alarms() == [(AlarmKind.CHANNEL_PAUSED, f"{A} to big")]


def test_after_a_hold_one_message_at_a_time_tries_and_an_acceptance_opens_the_channel(office: Office) -> None:
    with office.worker() as one, office.worker("elsewhere:1:1:b") as other:
        office.send(one, "ann@big.example", REFUSED)
        office.advance(minutes=10)
        probe = office.open(one, "ann@big.example")
        assert isinstance(probe, Channel)
        assert isinstance(office.open(other, "bob@big.example"), Wait)
        one.settle(probe, OK)
        assert office.alarms() == []
        office.advance(seconds=5)
        assert isinstance(office.open(other, "bob@big.example"), Channel)


def test_a_refusal_that_comes_again_doubles_the_hold(office: Office) -> None:
    with office.worker() as worker:
        for minutes in (10, 20, 40, 80, 120, 120):
            assert isinstance(office.send(worker, "ann@big.example", REFUSED), Channel)
            assert minutes_of(office.open(worker, "ann@big.example"), office.time) == minutes
            office.advance(minutes=minutes)


def test_after_gmails_stop_there_is_one_connection_then_one_more_at_a_time(office: Office) -> None:
    workers = [office.worker(f"elsewhere:1:1:{letter}") for letter in "abcd"]
    office.send(workers[0], "ann@big.example", STOPPED)
    office.advance(minutes=10)
    assert isinstance(office.send(workers[0], "ann@big.example"), Channel)
    for allowed in (1, 2, 3):
        pace = office.stored()["big"].pace
        assert pace.connection_limit == allowed
        office.advance(seconds=15)
        used = [isinstance(office.open(worker, "bob@big.example"), Channel) for worker in workers]
        assert sum(used) <= allowed
        for worker in workers:
            worker.close()
        if allowed < 3:
            office.send_all(workers[0], ["cyd@big.example"] * 20)
            workers[0].close()


def test_throttling_halves_what_may_go_and_is_forgotten_step_by_step(office: Office) -> None:
    with office.worker() as worker:
        office.send(worker, "ann@big.example", THROTTLED)
        assert (office.stored()["big"].pace.connection_limit, office.stored()["big"].pace.rate_per_second) == (10, 25)
        office.advance(seconds=10)
        office.send_all(worker, ["bob@big.example"] * 40)
    assert (office.stored()["big"].pace.connection_limit, office.stored()["big"].pace.rate_per_second) == (12, 27)


def test_an_account_that_cannot_be_used_is_left_for_the_next_and_come_back_to(office: Office) -> None:
    office.urls = TWO
    with office.worker() as worker:
        assert account_of(office.send(worker, "ann@big.example", GONE)) == A
        assert account_of(office.send(worker, "ann@big.example")) == B
        office.advance(minutes=1)
        assert account_of(office.send(worker, "bob@big.example")) == A
        assert account_of(office.send(worker, "cyd@big.example")) == A
    assert office.relays[0].closed == 2


def test_when_every_account_is_in_trouble_the_wait_says_so(office: Office) -> None:
    office.urls = TWO
    with office.worker() as worker:
        office.send(worker, "ann@big.example", LOCKED_OUT)
        office.send(worker, "ann@big.example", GONE)
        found = office.open(worker, "ann@big.example")
    assert isinstance(found, Wait)
    assert found.is_everywhere
    assert found.until == office.time + timedelta(minutes=1)
    assert "refused the login" in found.reason
    assert "Nothing listens" in found.reason
    assert office.alarms() == [(AlarmKind.ACCOUNT_UNUSABLE, A)]


def test_the_only_account_in_lasting_trouble_is_an_unusable_relay_until_it_answers(office: Office) -> None:
    with office.worker() as worker:
        office.send(worker, "ann@big.example", LOCKED_OUT)
        assert office.alarms() == [(AlarmKind.RELAY_UNUSABLE, A)]
        office.advance(minutes=5)
        office.send(worker, "ann@big.example")
    assert office.alarms() == []
    assert office.stored()[WHOLE].pace.hold is None


def test_an_account_in_trouble_is_tried_by_one_worker_alone(office: Office) -> None:
    with office.worker() as one, office.worker("elsewhere:1:1:b") as other:
        office.send(one, "ann@big.example", GONE)
        office.advance(minutes=1)
        assert isinstance(office.open(one, "ann@big.example"), Channel)
        assert isinstance(office.open(other, "bob@small.example"), Wait)


def test_five_destinations_that_refuse_us_in_a_row_stop_the_account(office: Office) -> None:
    with office.worker() as worker:
        for number in range(4):
            office.send(worker, f"ann@domain{number}.example", REFUSED)
        assert isinstance(office.send(worker, "ann@domain5.example", REFUSED), Channel)
        found = office.open(worker, "ann@domain6.example")
    assert isinstance(found, Wait)
    assert found.is_everywhere
    assert minutes_of(found, office.time) == 10
    assert (AlarmKind.RELAY_UNUSABLE, A) in office.alarms()


def test_an_account_that_has_carried_its_hour_is_followed_by_the_next_and_comes_back(office: Office) -> None:
    office.urls = "smtps://a.example?per_hour=30 smtps://b.example"
    with office.worker() as worker:
        office.send_all(worker, READERS[:50])
        assert Counter(account for account, _, _ in office.sent) == {A: 30, B: 20}
        office.advance(minutes=66)
        assert account_of(office.send(worker, "ann@big.example")) == A


def test_without_another_account_the_wait_says_which_cap_is_reached_and_until_when(office: Office) -> None:
    office.urls = "smtps://a.example?per_day=3"
    with office.worker() as worker:
        office.send_all(worker, READERS[:3])
        found = office.open(worker, "ann@big.example")
    assert isinstance(found, Wait)
    assert found.is_everywhere
    assert found.until == office.time + timedelta(hours=24, minutes=5)
    assert found.reason == f"{A} has carried the 3 messages it may carry in any 24 hours"


def test_what_was_not_used_is_given_back(office: Office) -> None:
    office.urls = "smtps://a.example?per_hour=60"
    with office.worker() as one:
        one.prepare(READERS[:50])
        one.open(READERS[0])
    assert office.usage() == 1


def test_an_account_that_is_warmed_up_carries_by_the_day_and_is_not_used_before(office: Office) -> None:
    office.urls = "smtps://a.example?warmup=2026-03-21 smtps://b.example"
    readers = [f"reader{number}@domain{number % 9}.example" for number in range(400)]
    with office.worker() as worker:
        assert account_of(office.send(worker, "ann@big.example")) == B
        for carried in (50, 100, 200):
            office.advance(hours=25)
            office.sent.clear()
            for start in range(0, 400, 50):
                office.send_all(worker, readers[start : start + 50])
            assert Counter(account for account, _, _ in office.sent)[A] == carried


def test_an_account_carries_no_more_a_second_than_it_may(office: Office) -> None:
    office.urls = "smtps://a.example?per_second=4"
    with office.worker() as worker:
        office.send_all(worker, READERS[:41])
    assert office.time - office.sent[0][2] == timedelta(seconds=10)


def test_a_cap_of_the_second_is_waited_for_and_no_reason_to_change_the_account(office: Office) -> None:
    office.urls = "smtps://a.example?per_second=4 smtps://b.example"
    with office.worker() as worker:
        office.send_all(worker, READERS[:20])
    assert {account for account, _, _ in office.sent} == {A}


def test_the_connections_of_an_account_are_shared_and_come_back(office: Office) -> None:
    office.urls = "smtps://a.example?connections=2 smtps://b.example"
    workers = [office.worker(f"elsewhere:1:1:{letter}") for letter in "abc"]
    assert [account_of(office.send(worker, "ann@big.example")) for worker in workers] == [A, A, B]
    workers[0].close()
    office.advance(seconds=5)
    assert account_of(office.send(workers[2], "ann@big.example")) == A


def test_the_connection_of_a_dead_worker_is_free_at_once_and_of_one_elsewhere_in_time(office: Office) -> None:
    office.urls = "smtps://a.example?connections=1"
    host, _, rest = this_owner().partition(":")
    start, _, *_ = rest.split(":")
    dead = f"{host}:{start}:999999999:a"
    office.worker(dead).open("ann@big.example")
    worker = office.worker()
    assert isinstance(office.open(worker, "ann@big.example"), Channel)  # and is not given back: this one dies unseen
    other = office.worker("elsewhere:1:1:b")
    assert isinstance(office.open(other, "ann@big.example"), Wait)
    office.advance(minutes=12)
    assert isinstance(office.open(other, "ann@big.example"), Channel)


@pytest.mark.parametrize("answer", [REFUSED, STOPPED, THROTTLED, GONE])
def test_nothing_is_held_open_when_a_run_ends(office: Office, answer: object) -> None:
    office.urls = "smtps://a.example?connections=3&per_hour=100"
    with office.worker() as worker:
        worker.prepare(READERS)
        office.send(worker, READERS[0])
        office.send(worker, READERS[1], answer)  # type: ignore[arg-type]
    assert office.slots() == set()
    assert office.usage() == 2


def test_a_local_peer_that_refuses_one_domain_is_sent_the_others(office: Office) -> None:
    office.urls = "smtp://127.0.0.1:25"
    with office.worker() as worker:
        office.send(worker, "ann@big.example", REFUSED)
        assert isinstance(office.send(worker, "bob@big.example"), Wait)
        assert isinstance(office.send(worker, "bob@large.example"), Channel)
        office.advance(minutes=10)
        assert isinstance(office.send(worker, "bob@big.example"), Channel)
        assert isinstance(office.send(worker, "cyd@large.example"), Channel)


def test_an_answer_is_heard_though_the_database_is_gone(office: Office) -> None:
    with office.worker() as worker:
        channel = office.open(worker, "ann@big.example")
        assert isinstance(channel, Channel)
        with gone(office.database):
            worker.settle(channel, REFUSED)
            assert minutes_of(worker.open("bob@big.example"), office.time) == 10
            worker.settle(channel, OK)
            worker.settle_trouble(channel, GONE)
            assert minutes_of(worker.open("bob@small.example"), office.time) == 1
            worker.close()


def test_connections_that_could_not_be_given_back_are_free_at_once_though_the_process_lives(office: Office) -> None:
    office.urls = "smtps://a.example?connections=1"
    worker = office.worker(this_owner())
    assert isinstance(office.send(worker, "ann@big.example"), Channel)
    assert isinstance(office.open(office.worker(this_owner()), "bob@big.example"), Wait)
    with gone(office.database):
        worker.close()
    assert isinstance(office.open(office.worker(this_owner()), "bob@big.example"), Channel)


def test_an_account_that_only_stood_in_keeps_nothing_from_other_workers(office: Office) -> None:
    office.urls = "smtps://a.example smtps://b.example?connections=1&per_hour=100"
    with office.worker() as worker:
        worker.prepare(READERS[:50])
        office.send(worker, READERS[0], GONE)
        assert account_of(office.send(worker, READERS[0])) == B
        assert office.slots() == {(WHOLE, "elsewhere:1:1:a"), (READERS[0].partition("@")[2], "elsewhere:1:1:a")}
        office.advance(minutes=1)
        worker.prepare(READERS[50:])
        assert account_of(office.send(worker, READERS[50])) == A
    assert office.usage(B) == 1


def test_a_local_account_with_a_cap_takes_no_more_of_it_than_it_needs(office: Office) -> None:
    office.urls = "smtp://127.0.0.1:25?per_hour=20"
    with office.worker() as one, office.worker("elsewhere:1:1:b") as other:
        one.prepare(READERS[:10])
        office.send(one, READERS[0])
        other.prepare(READERS[10:15])
        assert isinstance(office.send(other, READERS[10]), Channel)


def test_connections_are_counted_one_by_one_for_all_workers_together(office: Office) -> None:
    office.urls = "smtps://a.example?connections=4"
    readers = [f"ann@domain{number}.example" for number in range(8)]
    one = office.worker("elsewhere:1:1:a", connections=3)
    other = office.worker("elsewhere:2:1:b", connections=3)

    def volley(worker: Channels) -> list[int]:
        worker.prepare(readers)
        return [way.place for way in worker.gather(readers, pause=office.wait) if isinstance(way, Channel)]

    assert volley(one) == [0, 1, 2]
    assert volley(other) == [0]
    assert {(owner[-1], count) for _, owner, count in office.counted_slots("*")} == {("a", 3), ("b", 1)}
    one.close()
    office.advance(seconds=30)
    assert volley(other) == [0, 1, 2]


def test_a_slowed_destination_gets_no_more_at_a_time_than_it_may(office: Office) -> None:
    with office.worker(connections=5) as worker:
        office.send(worker, "ann@big.example", STOPPED)
        office.advance(minutes=11)
        worker.prepare(["ann@big.example", "bob@big.example", "cyd@small.example"])
        found = worker.gather(["ann@big.example", "bob@big.example", "cyd@small.example"], pause=office.wait)
        assert [type(way) for way in found] == [Channel, type(None), Channel]
