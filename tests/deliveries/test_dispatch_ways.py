"""Sending by the ways that are open: a relay that is away, one that refuses us, several accounts, their caps."""

from collections.abc import Mapping
from datetime import timedelta

from newsletter.db.engine import transaction
from newsletter.deliveries.channels import Channels, Transport
from newsletter.deliveries.channels.survey import try_again_now
from newsletter.deliveries.dispatch import DispatchReport, dispatch
from newsletter.errors import TransportError
from newsletter.mail.server import SmtpAccount, parse_smtp_urls
from newsletter.mail.smtp import Outcome
from tests.deliveries.world import FakeTransport, World, reply, report, run, write

NAMES = [f"reader{number}" for number in range(6)]


def run_by(world: World, ways: Mapping[str, Transport], **options: object) -> DispatchReport:
    """Dispatch by several accounts; `ways` has the transport of each, by host, port and caps."""
    accounts = parse_smtp_urls(" ".join(f"smtp://{way}" for way in ways))
    transports = dict(zip((account.name for account in accounts), ways.values(), strict=True))

    def transport_for(account: SmtpAccount) -> Transport:
        return transports[account.name]

    def channels_for(owner: str) -> Channels:
        return Channels(world.database, accounts, now=world.now, owner=owner, transport_for=transport_for)

    return dispatch(world.database, channels_for, write, now=world.now, **options)  # type: ignore[arg-type]


def test_without_a_relay_nothing_is_lost_and_it_is_tried_again_after_a_while(world: World) -> None:
    world.queue(NAMES)
    transport = FakeTransport(answers={"reader2@example.org": TransportError("Nothing listens there.", retryable=True)})
    found = run(world, transport)
    problem = "127.0.0.1:25 is paused until 00:31 UTC: Nothing listens there."
    assert found == report(accepted=2, released=4, problem=problem)
    assert world.states() == {"accepted": 2, "queued": 4}
    row = world.row("reader2")
    assert (row.next_attempt_at, row.reason) == (world.time + timedelta(minutes=1), problem)
    assert (row.attempt_count, world.attempts("reader2")) == (0, [])
    assert run(world, FakeTransport()).accepted == 0
    world.advance(minutes=1)
    assert run(world, FakeTransport()) == report(accepted=4)


def test_the_longer_the_relay_is_away_the_rarer_it_is_asked(world: World) -> None:
    world.queue(["ann"])
    down = FakeTransport(answers={"ann@example.org": TransportError("Down.", retryable=True)})
    pauses = []
    for _ in range(12):
        run(world, down)
        next_attempt_at = world.row("ann").next_attempt_at
        assert next_attempt_at is not None
        pauses.append(next_attempt_at - world.time)
        world.time = next_attempt_at
    assert pauses == sorted(pauses)
    assert (pauses[0], max(pauses) <= timedelta(minutes=15)) == (timedelta(minutes=1), True)
    assert pauses[-1] > timedelta(minutes=2)


def test_a_relay_that_names_a_time_is_left_alone_until_then(world: World) -> None:
    world.queue(["ann"])
    slow_down = TransportError("Slow down.", retryable=True, retry_after_seconds=600)
    run(world, FakeTransport(answers={"ann@example.org": slow_down}))
    assert world.row("ann").next_attempt_at == world.time + timedelta(minutes=10)


def test_a_refusal_for_policy_stops_its_destination_and_nobody_elses(world: World) -> None:
    """5.7.x is about us: who was refused is not suppressed, and the others there wait instead of being refused too."""
    world.queue(NAMES)
    world.queue(["zoe"], domain="example.com")
    refused = reply(Outcome.FAILED, code=550, enhanced_code="5.7.515", text="5.7.515 not authenticated")
    found = run(world, FakeTransport(answers={"reader0@example.org": refused}))
    assert (found.failed, found.accepted, found.released) == (1, 1, 5)
    assert "127.0.0.1:25 to example.org is paused until 00:40 UTC: 550 5.7.515 not authenticated" in (
        found.problem or ""
    )
    assert world.state("zoe") == "accepted"
    assert world.row("reader3").next_attempt_at == world.time + timedelta(minutes=10)
    assert not world.is_suppressed("reader0")


def test_after_the_pause_one_message_shows_whether_the_others_may_go(world: World) -> None:
    world.queue(NAMES)
    refused = reply(Outcome.FAILED, code=550, enhanced_code="5.7.1", text="5.7.1 blocked")
    run(world, FakeTransport(answers={"reader0@example.org": refused}))
    world.advance(minutes=10)
    still = FakeTransport(answers={"reader1@example.org": refused})
    assert (run(world, still).failed, still.sent) == (1, ["reader1@example.org"])
    world.advance(minutes=20)
    assert run(world, FakeTransport()).accepted == 4


def test_when_the_first_account_is_away_the_next_one_carries_the_mail_and_gives_it_back(world: World) -> None:
    world.queue(NAMES)
    first = FakeTransport(answers={"reader0@example.org": TransportError("Nothing listens there.", retryable=True)})
    second = FakeTransport()
    ways = {"127.0.0.1:25": first, "127.0.0.1:26": second}
    assert run_by(world, ways) == report(accepted=6)
    assert (len(first.sent), len(second.sent)) == (0, 6)
    assert {attempt.outcome for name in NAMES for attempt in world.attempts(name)} == {"accepted"}
    world.advance(minutes=2)
    world.queue(["zoe"])
    assert run_by(world, ways) == report(accepted=1)
    assert first.sent == ["zoe@example.org"]


def test_when_no_account_is_there_everything_waits_for_the_first_that_comes_back(world: World) -> None:
    world.queue(NAMES)
    down = TransportError("Down.", retryable=True)
    away = TransportError("Away.", retryable=True, retry_after_seconds=600)
    ways = {
        "127.0.0.1:25": FakeTransport(answers=dict.fromkeys((f"{name}@example.org" for name in NAMES), away)),
        "127.0.0.1:26": FakeTransport(answers=dict.fromkeys((f"{name}@example.org" for name in NAMES), down)),
    }
    found = run_by(world, ways, limit=2)
    assert (found.accepted, found.released) == (0, 2)  # it does not try batch after batch
    assert "Away." in (found.problem or "")
    assert "Down." in (found.problem or "")
    assert world.row("reader0").next_attempt_at == world.time + timedelta(minutes=1)
    assert world.row("reader5").next_attempt_at is None


def test_an_account_that_may_send_so_many_an_hour_sends_so_many(world: World) -> None:
    world.queue(NAMES)
    transport = FakeTransport()
    found = run_by(world, {"127.0.0.1:25?per_hour=4": transport})
    assert (found.accepted, found.released) == (4, 2)
    assert "the 4 messages it may carry in any hour" in (found.problem or "")
    world.advance(hours=2)
    assert run_by(world, {"127.0.0.1:25?per_hour=4": transport}) == report(accepted=2)


def test_an_account_that_may_send_so_many_a_second_is_waited_for(world: World) -> None:
    world.queue(NAMES)
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        world.advance(seconds=seconds)

    started_at = world.time
    found = run_by(world, {"127.0.0.1:25?per_second=2": FakeTransport()}, pause=pause)
    assert found == report(accepted=6)
    assert timedelta(seconds=2) <= world.time - started_at <= timedelta(seconds=4)


def test_whoever_sends_by_hand_does_not_wait_for_our_own_pause_but_for_one_the_server_asked_for(world: World) -> None:
    world.queue(NAMES)
    accounts = parse_smtp_urls("smtp://127.0.0.1:25")
    down = TransportError("Nothing listens there.", retryable=True)
    asked = TransportError("Come back later.", retryable=True, retry_after_seconds=600)
    assert run(world, FakeTransport(answers={"reader0@example.org": down})).accepted == 0
    with transaction(world.database) as session:
        try_again_now(session, accounts, at=world.time)
    assert run(world, FakeTransport(answers={"reader1@example.org": asked}), ignoring_due=True).accepted == 1
    with transaction(world.database) as session:
        try_again_now(session, accounts, at=world.time)
    assert run(world, FakeTransport(), ignoring_due=True).accepted == 0
