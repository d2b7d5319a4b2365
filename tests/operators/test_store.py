"""There is always an owner; an address is one operator."""

import pytest
from sqlalchemy import Engine

from newsletter.db.engine import transaction
from newsletter.errors import AddressError, ConflictError, NotFoundError
from newsletter.operators import store
from newsletter.operators.account import OperatorId
from newsletter.operators.roles import Role
from tests.conftest import NOON
from tests.operators.conftest import Hall


def test_an_address_is_one_operator_in_whatever_case(engine: Engine) -> None:
    with transaction(engine) as session:
        store.add_operator(session, "Ann@example.org", Role.OWNER, at=NOON)
        with pytest.raises(ConflictError):
            store.add_operator(session, "ann@EXAMPLE.org", Role.VIEWER, at=NOON)
        with pytest.raises(AddressError):
            store.add_operator(session, "ann", Role.VIEWER, at=NOON)
        assert [one.state for one in store.list_operators(session)] == ["invited"]


def test_who_is_not_there_is_not_found(engine: Engine) -> None:
    with transaction(engine) as session:
        with pytest.raises(NotFoundError):
            store.get_operator(session, "ann@example.org")
        with pytest.raises(NotFoundError):
            store.get_operator_by_id(session, OperatorId(7))


def test_the_last_owner_can_be_neither_disabled_nor_made_less(hall: Hall) -> None:
    hall.enrol()
    hall.enrol("bo@example.org", Role.OPERATOR)
    hall.invite("cy@example.org", Role.OWNER)  # has yet to enrol: does not count
    with transaction(hall.door.database) as session:
        ann = store.get_operator(session, "ann@example.org").id
        with pytest.raises(ConflictError):
            store.set_disabled(session, ann, NOON)
        with pytest.raises(ConflictError):
            store.set_role(session, ann, Role.OPERATOR)
        store.set_role(session, store.get_operator(session, "bo@example.org").id, Role.OWNER)
        store.set_role(session, ann, Role.VIEWER)
        assert store.get_operator(session, "ann@example.org").role is Role.VIEWER
