"""What becomes of work whose worker is gone."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from newsletter.db.engine import transaction
from newsletter.deliveries.claims import mark, renew
from newsletter.deliveries.lease import this_owner
from newsletter.deliveries.states import MAX_DEATHS, SUSPECT_DEATHS, judge_reply
from newsletter.deliveries.sweep import SweepReport, sweep
from newsletter.mail.smtp import Outcome
from tests.deliveries.world import World, message_id, record_one, reply

OWNER = "here:1:1:a"
NOTHING = SweepReport(requeued=0, uncertain=0, accepted=0)


def claim_two(world: World, owner: str = OWNER) -> None:
    """Claim ann's and bob's delivery and mark bob's."""
    ids = world.queue(["ann", "bob"])
    world.claim(owner)
    with transaction(world.database) as session:
        assert mark(session, [ids["bob"]], owner, at=world.time, lease_until=world.time + timedelta(minutes=11))


def run(world: World, *, is_dead: bool | None, was_received: Callable[[str], bool | None] | None = None) -> SweepReport:
    return sweep(world.database, now=world.now, is_dead=lambda _: is_dead, was_received=was_received)


def test_work_in_living_hands_is_left_alone(world: World) -> None:
    claim_two(world)
    assert run(world, is_dead=False) == NOTHING
    assert run(world, is_dead=None) == NOTHING
    assert world.states() == {"sending": 2}


def test_a_dead_workers_deliveries_come_back_at_once_and_what_may_have_left_is_uncertain(world: World) -> None:
    claim_two(world)
    assert run(world, is_dead=True) == SweepReport(requeued=1, uncertain=1, accepted=0)
    assert (world.state("ann"), world.state("bob")) == ("queued", "uncertain")
    assert world.row("bob").reason == "the worker ended between the final dot and its answer"
    assert world.row("bob").lease_owner is None
    assert [item.name for item in world.claim().claimed] == ["ann"]


def test_a_worker_of_another_host_is_given_up_when_its_lease_is_over(world: World) -> None:
    claim_two(world)
    world.advance(minutes=5)
    assert run(world, is_dead=None) == SweepReport(requeued=1, uncertain=0, accepted=0)
    world.advance(minutes=6)
    assert run(world, is_dead=None) == SweepReport(requeued=0, uncertain=1, accepted=0)


def test_a_living_worker_whose_lease_is_over_loses_it_too(world: World) -> None:
    claim_two(world)
    world.advance(minutes=11)
    assert run(world, is_dead=False) == SweepReport(requeued=1, uncertain=1, accepted=0)


def test_our_own_inbox_can_say_what_arrived(world: World) -> None:
    claim_two(world)
    asked: list[str] = []

    def was_received(wanted: str) -> bool:
        asked.append(wanted)
        return True

    assert run(world, is_dead=True, was_received=was_received) == SweepReport(requeued=1, uncertain=0, accepted=1)
    assert asked == [message_id("bob")]
    assert (world.state("bob"), world.row("bob").accepted_at) == ("accepted", world.time)


def test_what_our_own_inbox_never_got_is_sent_again(world: World) -> None:
    claim_two(world)
    world.advance(seconds=2)
    assert run(world, is_dead=True, was_received=lambda _: False) == SweepReport(requeued=2, uncertain=0, accepted=0)
    assert sorted(item.name for item in world.claim().claimed) == ["ann", "bob"]


def test_what_may_still_be_on_its_way_to_our_inbox_is_asked_for_again_later(world: World) -> None:
    claim_two(world)
    report = run(world, is_dead=True, was_received=lambda _: False)
    assert report == SweepReport(requeued=1, uncertain=0, accepted=0, in_flight=1)
    assert world.state("bob") == "sending"
    world.advance(seconds=2)
    assert run(world, is_dead=True, was_received=lambda _: True) == SweepReport(requeued=0, uncertain=0, accepted=1)


def test_an_inbox_that_does_not_know_leaves_it_uncertain(world: World) -> None:
    claim_two(world)
    assert run(world, is_dead=True, was_received=lambda _: None).uncertain == 1


def test_sweeping_twice_finds_nothing_more(world: World) -> None:
    claim_two(world)
    run(world, is_dead=True)
    assert run(world, is_dead=True) == NOTHING


def test_a_lease_renewed_while_we_looked_is_not_taken(world: World) -> None:
    """The worker comes back to life between the look at the leases and the taking of them."""
    ids = world.queue(["ann"])
    world.claim()
    world.advance(minutes=6)

    def wake(owner: str) -> bool:
        with transaction(world.database) as session:
            assert renew(session, list(ids.values()), owner, lease_until=world.time + timedelta(minutes=5))
        return False

    sweep(world.database, now=world.now, is_dead=wake)
    assert world.state("ann") == "sending"


def test_the_sweep_knows_a_living_process_by_itself(world: World) -> None:
    claim_two(world, this_owner())
    assert sweep(world.database, now=world.now) == NOTHING


# --- poison -----------------------------------------------------------------------------------------------------------


def die_with(world: World, *, times: int = 1) -> list[list[str]]:
    """Let worker after worker die with all it could claim in hand; return whose mail each one held."""
    held = []
    for number in range(times):
        owner = f"here:1:{number}:a"
        held.append([item.name for item in world.claim(owner).claimed])
        sweep(world.database, now=world.now, is_dead=partial(str.__eq__, owner))
    return held


def test_after_three_deaths_in_the_same_company_each_delivery_is_taken_alone(world: World) -> None:
    world.queue(["ann", "bob"])
    assert die_with(world, times=SUSPECT_DEATHS) == [["ann", "bob"]] * 3
    world.queue(["cyd"])
    assert [item.name for item in world.claim().claimed] == ["cyd"]  # the harmless first
    assert [item.name for item in world.claim().claimed] == ["ann"]
    assert [item.name for item in world.claim().claimed] == ["bob"]


def test_what_kills_worker_after_worker_is_parked_with_the_reason_and_its_neighbours_are_not(world: World) -> None:
    ids = world.queue(["ann", "bob"])
    die_with(world, times=SUSPECT_DEATHS)
    die_with(world, times=MAX_DEATHS - SUSPECT_DEATHS)
    assert (world.state("ann"), world.row("ann").reason) == (
        "failed",
        "parked: 6 workers died while it was in their hands",
    )
    assert world.claim().claimed[0].id == ids["bob"]


def test_a_parked_delivery_is_told_in_the_report(world: World) -> None:
    world.queue(["ann"])
    die_with(world, times=MAX_DEATHS - 1)
    world.claim(OWNER)
    assert run(world, is_dead=True) == SweepReport(requeued=0, uncertain=0, accepted=0, parked=1)


def test_an_answer_of_the_relay_clears_a_delivery_of_suspicion(world: World) -> None:
    ids = world.queue(["ann"])
    die_with(world, times=SUSPECT_DEATHS)
    world.claim(OWNER)
    deferred = reply(Outcome.DEFERRED, code=450, text="busy")
    verdict = judge_reply(deferred, attempt_count=1, first_attempt_at=world.time, now=world.time)
    with transaction(world.database) as session:
        assert record_one(session, ids["ann"], OWNER, deferred, verdict, at=world.time)
    assert world.row("ann").death_count == 0


# --- what may have arrived --------------------------------------------------------------------------------------------


def test_held_uncertain_mail_waits_for_a_person(world: World) -> None:
    claim_two(world)
    run(world, is_dead=True)
    world.advance(hours=12)
    assert run(world, is_dead=None) == NOTHING
    assert world.state("bob") == "uncertain"


def test_by_policy_it_is_sent_once_more_under_the_same_message_id_and_never_again(world: World) -> None:
    claim_two(world)
    run(world, is_dead=True)
    before = world.row("bob").message_id
    after = timedelta(hours=6)
    world.advance(hours=5, minutes=59)
    assert sweep(world.database, now=world.now, retry_uncertain_after=after).retried == 0
    world.advance(minutes=1)
    assert sweep(world.database, now=world.now, retry_uncertain_after=after).retried == 1
    row = world.row("bob")
    assert (row.state, row.message_id, row.retried_at) == ("queued", before, world.time)
    claimed = world.claim("here:1:9:a", ids=[row.id or 0]).claimed
    with transaction(world.database) as session:
        assert mark(
            session, [claimed[0].id], "here:1:9:a", at=world.time, lease_until=world.time + timedelta(minutes=11)
        )
    sweep(world.database, now=world.now, is_dead=lambda owner: owner == "here:1:9:a")
    world.advance(hours=7)
    assert sweep(world.database, now=world.now, retry_uncertain_after=after).retried == 0
    assert world.state("bob") == "uncertain"


def test_what_has_been_uncertain_for_days_is_not_sent_when_the_policy_is_changed(world: World) -> None:
    claim_two(world)
    run(world, is_dead=True)
    world.advance(hours=6 + 21)
    assert sweep(world.database, now=world.now, retry_uncertain_after=timedelta(hours=6)).retried == 0
