"""An answer that comes when its lease is over already still counts: somebody knows what became of the mail."""

from dataclasses import dataclass

import pytest

from newsletter.db.engine import transaction
from newsletter.deliveries.store import requeue
from newsletter.deliveries.sweep import sweep
from newsletter.mail.smtp import Outcome, SmtpReply
from tests.deliveries.world import FakeTransport, World, reply, report, run

REFUSED = reply(Outcome.FAILED, code=550, enhanced_code="5.1.1", text="5.1.1 no such user")
BUSY = reply(Outcome.DEFERRED, code=452, enhanced_code="4.2.2", text="4.2.2 mailbox full")
SILENCE = reply(Outcome.UNKNOWN, text="no answer to the final dot")


@dataclass
class SleepyTransport(FakeTransport):
    """Between the final dot and its answer an hour passes, in which somebody sweeps; and an operator acts, if asked to."""

    world: World | None = None
    is_settled_by_hand: bool = False

    def end(self) -> None:
        FakeTransport.end(self)
        assert self.world is not None
        self.world.advance(hours=1)
        assert sweep(self.world.database, now=self.world.now, is_dead=lambda _: False).uncertain == 1
        if self.is_settled_by_hand:
            with transaction(self.world.database) as session:
                requeue(session, [self.world.row("ann").id or 0], at=self.world.time, reason="sent again by hand")


def answer_late(world: World, answer: SmtpReply, *, is_settled_by_hand: bool = False) -> None:
    world.queue(["ann"])
    transport = SleepyTransport({"ann@example.org": answer}, world=world, is_settled_by_hand=is_settled_by_hand)
    run(world, transport, should_stop=lambda: bool(transport.sent))
    assert transport.sent == ["ann@example.org"]


def test_a_late_yes_makes_an_uncertain_mail_accepted(world: World) -> None:
    answer_late(world, reply(Outcome.ACCEPTED, code=250))
    row = world.row("ann")
    assert (row.state, row.reason, row.accepted_at, row.attempt_count) == ("accepted", None, world.time, 1)
    assert [attempt.code for attempt in world.attempts("ann")] == [250]


@pytest.mark.parametrize("answer", [BUSY, REFUSED], ids=["for now", "for good"])
def test_a_late_no_queues_it_again_since_nothing_has_arrived(world: World, answer: SmtpReply) -> None:
    answer_late(world, answer)
    row = world.row("ann")
    assert (row.state, row.marked_at, row.attempt_count) == ("queued", None, 1)
    assert answer.text in (row.reason or "")
    assert [attempt.code for attempt in world.attempts("ann")] == [answer.code]
    world.advance(hours=1)
    assert run(world, FakeTransport()) == report(accepted=1)


def test_late_silence_leaves_it_uncertain_and_says_so(world: World) -> None:
    answer_late(world, SILENCE)
    row = world.row("ann")
    assert row.state == "uncertain"
    assert "no answer to the final dot" in (row.reason or "")
    assert [attempt.outcome for attempt in world.attempts("ann")] == ["unknown"]


def test_an_answer_that_comes_after_somebody_has_decided_changes_nothing(world: World) -> None:
    answer_late(world, reply(Outcome.ACCEPTED, code=250), is_settled_by_hand=True)
    assert (world.state("ann"), world.row("ann").reason) == ("queued", "sent again by hand")
    assert world.attempts("ann") == []
