"""A mail of which nobody knows whether it arrived: listed, and settled by an operator's word."""

from datetime import timedelta

import pytest

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.claims import expire, mark
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.uncertain import Fate, list_uncertain, settle, settle_all
from newsletter.errors import ConflictError
from tests.deliveries.world import EDITION_ON, World

OWNER = "here:1:1:a"


@pytest.fixture
def lost(world: World) -> int:
    """The reader whose worker died between the final dot and its answer; another's mail still waits."""
    ids = world.queue(["ann", "bo"])
    world.claim(OWNER, ids=[ids["ann"]])
    with transaction(world.database) as session:
        assert mark(session, [ids["ann"]], OWNER, at=world.time, lease_until=world.time + timedelta(minutes=5))
        expire(session, [ids["ann"]], OWNER, at=world.time, reason="the worker ended")
    return world.row("ann").subscriber_id


def word(world: World, reader: int, fate: Fate) -> list[int]:
    with transaction(world.database) as session:
        return settle(session, reader, EDITION_ON, fate, message=Message.DIGEST, at=world.time)


def test_it_is_listed_with_what_is_needed_to_look_for_it(world: World, lost: int) -> None:
    with reading(world.database) as session:
        (mail,) = list_uncertain(session)
        assert list_uncertain(session, EDITION_ON) == [mail]
        assert list_uncertain(session, EDITION_ON + timedelta(days=1)) == []
    assert (mail.email, mail.reason, mail.since) == ("ann@example.org", "the worker ended", world.time)
    assert mail.message_id == world.row("ann").message_id


@pytest.mark.parametrize(("fate", "state"), [(Fate.ARRIVED, DeliveryState.ACCEPTED), (Fate.LOST, DeliveryState.QUEUED)])
def test_an_operators_word_settles_it_once(world: World, lost: int, fate: Fate, state: DeliveryState) -> None:
    assert word(world, lost, fate) == [world.row("ann").id]
    assert world.state("ann") is state
    assert str(world.row("ann").reason).startswith("an operator says")
    with pytest.raises(ConflictError, match="No digest of 2026-03-20"):
        word(world, lost, fate)


def test_what_is_not_uncertain_is_left_alone(world: World, lost: int) -> None:
    with pytest.raises(ConflictError):
        word(world, world.row("bo").subscriber_id, Fate.ARRIVED)
    assert world.state("bo") is DeliveryState.QUEUED


def test_several_are_settled_at_once_and_those_that_are_not_uncertain_stay(world: World, lost: int) -> None:
    ids = [world.row(name).id or 0 for name in ("ann", "bo")]
    with transaction(world.database) as session:
        assert settle_all(session, ids, Fate.ARRIVED, at=world.time) == 1
        assert settle_all(session, ids, Fate.LOST, at=world.time) == 0
    assert (world.state("ann"), world.state("bo")) == (DeliveryState.ACCEPTED, DeliveryState.QUEUED)
