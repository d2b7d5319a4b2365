"""Two who use the same code, link or last free try at the same instant: one of them does."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import Engine

from newsletter.operators.door import Door
from newsletter.operators.enrol import EnrolFault, Enrolled, enrol, find_invitation
from newsletter.operators.passwords import Passwords
from newsletter.operators.sealing import Seal
from newsletter.operators.sign_in import Admitted, Refused
from tests.factories import Hand
from tests.operators.conftest import CHEAP, HOME, PASSWORD, Hall

T = TypeVar("T")


@pytest.fixture
def hall(engine: Engine, clock: Hand) -> Hall:
    secret = Seal("a secret of the tests")
    return Hall(
        door=Door(database=engine, seal=secret, passwords=Passwords(CHEAP), now=clock, phone_now=clock), clock=clock
    )


def at_once(work: Callable[[], T], times: int) -> list[T]:
    """Do the same in so many threads, begun together."""
    found: list[T] = []
    gate = threading.Barrier(times)

    def run() -> None:
        gate.wait()
        found.append(work())

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_a_code_used_twice_at_once_lets_one_in(hall: Hall) -> None:
    ann = hall.enrol()
    found = at_once(lambda: hall.sign_in(ann), 4)
    assert sum(isinstance(one, Admitted) for one in found) == 1


def test_a_recovery_code_used_twice_at_once_lets_one_in(hall: Hall) -> None:
    ann = hall.enrol()
    found = at_once(lambda: hall.sign_in(ann, code=ann.recovery_codes[0]), 4)
    assert sum(isinstance(one, Admitted) for one in found) == 1


def test_a_link_used_twice_at_once_enrols_one(hall: Hall) -> None:
    token = hall.invite()
    invitation = find_invitation(hall.door, token)
    assert invitation is not None
    code = hall.code(invitation.secret)
    found = at_once(lambda: enrol(hall.door, token, password=PASSWORD, code=code, network=HOME, browser="Firefox"), 3)
    assert sum(isinstance(one, Enrolled) for one in found) == 1
    assert found.count(EnrolFault.LINK) == 2


def test_many_guesses_at_once_are_no_more_than_five(hall: Hall) -> None:
    ann = hall.enrol()
    found = at_once(lambda: hall.sign_in(ann, password="a wrong password"), 8)
    assert found.count(Refused(wait=None)) == 5
    assert found.count(Refused(wait=timedelta(minutes=1))) == 3
