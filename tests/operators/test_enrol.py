"""An enrolment link is good once, for a day, and only as a whole: password, phone and code together."""

from datetime import timedelta

import pytest
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.operators import store
from newsletter.operators.enrol import EnrolFault, Enrolled, enrol, find_invitation, invite
from newsletter.operators.password_policy import PasswordFault
from newsletter.operators.sign_in import Admitted
from newsletter.operators.tables import EnrolmentRow, OperatorRow, RecoveryCodeRow
from tests.operators.conftest import HOME, PASSWORD, Hall


def attempt(hall: Hall, token: str, *, password: str = PASSWORD, code: str = "") -> object:
    invitation = find_invitation(hall.door, token)
    typed = code or (hall.code(invitation.secret) if invitation else "123456")
    return enrol(hall.door, token, password=password, code=typed, network=HOME, browser="Firefox")


def test_who_enrols_is_signed_in_and_has_ten_recovery_codes(hall: Hall) -> None:
    done = attempt(hall, hall.invite())
    assert isinstance(done, Enrolled)
    assert len(done.recovery_codes) == 10
    found = hall.door.find_signed_in(done.token, network=HOME)
    assert found is not None
    assert (found.email, found.role) == ("ann@example.org", "owner")
    assert [entry.action for entry in hall.audit()] == ["enrol"]


def test_the_link_shows_the_same_secret_each_time_it_is_opened(hall: Hall) -> None:
    token = hall.invite()
    assert find_invitation(hall.door, token) == find_invitation(hall.door, token) is not None


def test_a_link_is_good_once(hall: Hall) -> None:
    token = hall.invite()
    assert isinstance(attempt(hall, token), Enrolled)
    assert attempt(hall, token) is EnrolFault.LINK
    assert find_invitation(hall.door, token) is None


@pytest.mark.parametrize("token", ["", "x" * 43])
def test_an_unknown_link_is_not_good(hall: Hall, token: str) -> None:
    assert attempt(hall, token) is EnrolFault.LINK


def test_a_link_is_good_for_a_day(hall: Hall) -> None:
    token = hall.invite()
    hall.clock.instant += timedelta(hours=24, seconds=-1)
    assert find_invitation(hall.door, token) is not None
    hall.clock.instant += timedelta(seconds=1)
    assert attempt(hall, token) is EnrolFault.LINK


def test_a_new_link_makes_the_old_one_void(hall: Hall) -> None:
    old = hall.invite()
    with transaction(hall.door.database) as session:
        operator = store.get_operator(session, "ann@example.org")
        new = invite(session, operator.id, hall.door.seal, at=hall.clock())
    assert attempt(hall, old) is EnrolFault.LINK
    assert isinstance(attempt(hall, new), Enrolled)


def test_a_weak_password_or_a_wrong_code_leaves_the_link_as_it_is(hall: Hall) -> None:
    token = hall.invite()
    assert attempt(hall, token, password="short") is PasswordFault.TOO_SHORT
    assert attempt(hall, token, code="000000") is EnrolFault.CODE
    assert isinstance(attempt(hall, token), Enrolled)


def test_who_is_shut_out_cannot_enrol(hall: Hall) -> None:
    hall.enrol("bo@example.org")
    token = hall.invite()
    with transaction(hall.door.database) as session:
        store.set_disabled(session, store.get_operator(session, "ann@example.org").id, hall.clock())
    assert attempt(hall, token) is EnrolFault.LINK


def test_the_code_of_the_enrolment_does_not_count_a_second_time(hall: Hall) -> None:
    person = hall.enrol()
    assert not isinstance(hall.sign_in(person, code=hall.code(person.secret, later=-30)), Admitted)
    assert isinstance(hall.sign_in(person), Admitted)


def test_nothing_stored_lets_anybody_in(hall: Hall) -> None:
    token = hall.invite("bo@example.org")
    person = hall.enrol()
    with reading(hall.door.database) as session:
        rows = [repr(session.exec(select(table)).all()) for table in (OperatorRow, EnrolmentRow, RecoveryCodeRow)]
    stored = "".join(rows)
    plain = [
        token,
        person.secret,
        PASSWORD,
        *person.recovery_codes,
        *(code.replace("-", "") for code in person.recovery_codes),
    ]
    assert not [secret for secret in plain if secret in stored]
