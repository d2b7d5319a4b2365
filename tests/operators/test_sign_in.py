"""Who has the password and the phone comes in; everybody else hears the same words and waits longer each time."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine

from newsletter.db.engine import reading, transaction
from newsletter.operators import store
from newsletter.operators.door import Door, network_key
from newsletter.operators.passwords import Passwords
from newsletter.operators.sealing import Seal
from newsletter.operators.session import ABSOLUTE, IDLE
from newsletter.operators.sign_in import Admitted, Attempt, Refused, check_password, sign_in
from tests.operators.conftest import CHEAP, HOME, PASSWORD, Hall, Person

REFUSED = Refused(wait=None)
ELSEWHERE = "198.51.100.9"


@pytest.fixture
def ann(hall: Hall) -> Person:
    return hall.enrol()


def guess(hall: Hall, person: Person, times: int, **more: str) -> list[Admitted | Refused]:
    return [hall.sign_in(person, password="a wrong password", **more) for _ in range(times)]


def test_password_and_code_let_an_operator_in(hall: Hall, ann: Person) -> None:
    found = hall.sign_in(ann, browser="Firefox 130")
    assert isinstance(found, Admitted)
    signed_in = hall.door.find_signed_in(found.token, network=HOME)
    assert signed_in is not None
    assert (signed_in.email, signed_in.may("resend"), signed_in.at) == (ann.email, True, hall.clock())
    with reading(hall.door.database) as session:
        assert store.get_operator(session, ann.email).last_signed_in_at == hall.clock()
    assert (hall.audit()[0].action, hall.audit()[0].who, hall.audit()[0].network) == ("sign-in", ann.email, HOME)


def test_the_address_may_be_typed_in_any_case(hall: Hall, ann: Person) -> None:
    assert isinstance(hall.sign_in(ann, email=" ANN@Example.ORG "), Admitted)


def test_a_code_counts_once(hall: Hall, ann: Person) -> None:
    assert isinstance(hall.sign_in(ann), Admitted)
    assert hall.sign_in(ann) == REFUSED
    assert isinstance(hall.sign_in(ann, code=hall.code(ann.secret, later=30)), Admitted)
    assert hall.sign_in(ann) == REFUSED, "an earlier step than one that was used"


def test_wrong_password_wrong_code_and_unknown_address_are_answered_alike(hall: Hall, ann: Person) -> None:
    invited = Person(email="bo@example.org", secret=ann.secret, recovery_codes=[], kept="")
    hall.invite(invited.email)
    nobody = Person(email="nobody@example.org", secret=ann.secret, recovery_codes=[], kept="")
    answers = [
        hall.sign_in(ann, password="wrong"),
        hall.sign_in(ann, code="000000"),
        hall.sign_in(ann, code="zzzz-zzzz-zzzz"),
        hall.sign_in(nobody),
        hall.sign_in(invited),
        hall.sign_in(invited, password=""),
    ]
    assert answers == [REFUSED] * 6
    assert [(entry.action, entry.who) for entry in hall.audit()[:6]] == [
        ("refuse-sign-in", who) for who in ("unknown",) * 3 + (ann.email,) * 3
    ]


def test_the_hash_is_computed_whether_or_not_there_is_an_account(engine: Engine, hall: Hall, ann: Person) -> None:
    asked: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]  # noqa: A002
            asked.append(str(hash).split("$")[3])
            return bool(CHEAP.verify(hash, password))

    passwords = Passwords(Counting(time_cost=1, memory_cost=8, parallelism=1))
    door = Door(database=engine, seal=hall.door.seal, passwords=passwords, now=hall.clock, phone_now=hall.clock)
    for email in (ann.email, "nobody@example.org"):
        sign_in(door, Attempt(email=email, password="wrong", code="123456", network=HOME))
    assert asked == ["m=8,t=1,p=1"] * 2


def test_a_recovery_code_stands_in_for_the_phone_once(hall: Hall, ann: Person) -> None:
    code = ann.recovery_codes[3].upper()
    assert isinstance(hall.sign_in(ann, code=code), Admitted)
    assert hall.audit()[0].detail == {"by": "recovery code"}
    assert hall.sign_in(ann, code=code) == REFUSED
    assert isinstance(hall.sign_in(ann, code=ann.recovery_codes[4]), Admitted)


def test_a_recovery_code_of_somebody_else_is_none(hall: Hall, ann: Person) -> None:
    bo = hall.enrol("bo@example.org")
    assert hall.sign_in(ann, code=bo.recovery_codes[0]) == REFUSED


def test_who_is_disabled_is_out_at_once_and_does_not_come_in(hall: Hall, ann: Person) -> None:
    bo = hall.enrol("bo@example.org")
    admitted = hall.sign_in(bo)
    assert isinstance(admitted, Admitted)
    with transaction(hall.door.database) as session:
        store.set_disabled(session, store.get_operator(session, bo.email).id, hall.clock())
    assert hall.door.find_signed_in(admitted.token, network=HOME) is None
    assert hall.sign_in(bo, code=bo.recovery_codes[0]) == REFUSED


def test_after_five_wrong_tries_even_the_right_password_waits(hall: Hall, ann: Person) -> None:
    assert guess(hall, ann, 5) == [REFUSED] * 5
    assert hall.sign_in(ann) == Refused(wait=timedelta(minutes=1))
    hall.clock.instant += timedelta(minutes=1)
    assert isinstance(hall.sign_in(ann), Admitted)
    hall.clock.instant += timedelta(minutes=1)
    assert guess(hall, ann, 5) == [REFUSED] * 5, "the right password made it forgotten"


def test_the_waits_double_and_a_try_while_waiting_does_not_lengthen_them(hall: Hall, ann: Person) -> None:
    guess(hall, ann, 5)
    assert guess(hall, ann, 3) == [Refused(wait=timedelta(minutes=1))] * 3
    hall.clock.instant += timedelta(minutes=1)
    assert guess(hall, ann, 2) == [REFUSED, Refused(wait=timedelta(minutes=2))]


def test_an_unknown_account_is_locked_like_a_known_one(hall: Hall, ann: Person) -> None:
    nobody = Person(email="nobody@example.org", secret=ann.secret, recovery_codes=[], kept="")
    assert guess(hall, nobody, 6) == guess(hall, ann, 6)


def test_the_lock_outlives_the_process(engine: Engine, hall: Hall, ann: Person) -> None:
    guess(hall, ann, 5)
    restarted = Hall(
        door=Door(
            database=engine,
            seal=Seal("a secret of the tests"),
            passwords=Passwords(CHEAP),
            now=hall.clock,
            phone_now=hall.clock,
        ),
        clock=hall.clock,
    )
    assert restarted.sign_in(ann) == Refused(wait=timedelta(minutes=1))


def test_one_network_cannot_try_one_password_on_many_accounts(hall: Hall, ann: Person) -> None:
    for number in range(20):
        sign_in(hall.door, Attempt(email=f"{number}@example.org", password="x", code="1", network=ELSEWHERE))
    assert hall.sign_in(ann, network=ELSEWHERE) == Refused(wait=timedelta(minutes=1))
    assert isinstance(hall.sign_in(ann), Admitted), "from elsewhere nothing is locked"


def test_a_household_of_ipv6_is_one_network(hall: Hall, ann: Person) -> None:
    for number in range(20):
        sign_in(hall.door, Attempt(email=f"{number}@x.org", password="x", code="1", network=f"2001:db8::{number}:1"))
    assert hall.sign_in(ann, network="2001:db8::ffff") == Refused(wait=timedelta(minutes=1))
    assert network_key("::ffff:192.0.2.7") == "192.0.2.7"


def test_a_colleague_who_comes_in_does_not_clear_the_network_for_a_guesser(hall: Hall, ann: Person) -> None:
    for number in range(19):
        sign_in(hall.door, Attempt(email=f"{number}@example.org", password="x", code="1", network=HOME))
    assert isinstance(hall.sign_in(ann), Admitted)
    assert guess(hall, ann, 2) == [REFUSED, Refused(wait=timedelta(minutes=1))]


def test_strangers_cannot_lock_out_a_browser_that_was_let_in_before(hall: Hall, ann: Person) -> None:
    guess(hall, ann, 9, network=ELSEWHERE)
    assert hall.sign_in(ann) != REFUSED
    assert isinstance(hall.sign_in(ann, kept=ann.kept), Admitted)


def test_what_a_browser_kept_is_worth_nothing_for_another_account_nor_made_up(hall: Hall, ann: Person) -> None:
    bo = hall.enrol("bo@example.org")
    guess(hall, ann, 5)
    for kept in (bo.kept, "x.y", "", ann.kept[:-1] + "-", "é.é"):
        assert hall.sign_in(ann, kept=kept) == Refused(wait=timedelta(minutes=1))


def test_a_known_browser_is_locked_by_its_own_tries(hall: Hall, ann: Person) -> None:
    guess(hall, ann, 5, kept=ann.kept)
    assert hall.sign_in(ann, kept=ann.kept) == Refused(wait=timedelta(minutes=1))


def test_the_hash_is_renewed_when_its_cost_has_changed(engine: Engine, hall: Hall, ann: Person) -> None:
    dearer = Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    door = Door(database=engine, seal=hall.door.seal, passwords=dearer, now=hall.clock, phone_now=hall.clock)
    admitted = sign_in(door, Attempt(email=ann.email, password=PASSWORD, code=hall.code(ann.secret), network=HOME))
    assert isinstance(admitted, Admitted)
    with reading(engine) as session:
        known = store.find_credentials(session, ann.email)
    assert known is not None
    assert "$m=8,t=2,p=1$" in known.password_hash


def test_a_secret_sealed_by_another_installation_lets_nobody_in(engine: Engine, hall: Hall, ann: Person) -> None:
    door = Door(
        database=engine, seal=Seal("another"), passwords=hall.door.passwords, now=hall.clock, phone_now=hall.clock
    )
    code = hall.code(ann.secret)
    assert sign_in(door, Attempt(email=ann.email, password=PASSWORD, code=code, network=HOME)) == REFUSED


def test_a_session_ends_after_twelve_hours_unused(hall: Hall, ann: Person) -> None:
    admitted = hall.sign_in(ann)
    assert isinstance(admitted, Admitted)
    for _ in range(3):
        hall.clock.instant += IDLE - timedelta(seconds=1)
        assert hall.door.find_signed_in(admitted.token, network=HOME) is not None
    hall.clock.instant += IDLE
    assert hall.door.find_signed_in(admitted.token, network=HOME) is None


def test_a_session_ends_after_seven_days_however_much_it_is_used(hall: Hall, ann: Person) -> None:
    admitted = hall.sign_in(ann)
    assert isinstance(admitted, Admitted)
    end = hall.clock() + ABSOLUTE
    while hall.clock() + timedelta(hours=6) < end:
        hall.clock.instant += timedelta(hours=6)
        assert hall.door.find_signed_in(admitted.token, network=HOME) is not None
    hall.clock.instant = end
    assert hall.door.find_signed_in(admitted.token, network=HOME) is None


def test_an_unknown_token_is_nobodys(hall: Hall, ann: Person) -> None:
    assert hall.door.find_signed_in("", network=HOME) is None
    assert hall.door.find_signed_in("x" * 43, network=HOME) is None


def test_who_is_in_cannot_guess_the_password_there_either(hall: Hall, ann: Person) -> None:
    with reading(hall.door.database) as session:
        operator = store.get_operator(session, ann.email)
    assert check_password(hall.door, operator.id, PASSWORD) is True
    assert [check_password(hall.door, operator.id, "wrong") for _ in range(5)] == [False] * 5
    assert check_password(hall.door, operator.id, PASSWORD) == timedelta(minutes=1)
