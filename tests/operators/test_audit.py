"""An entry comes with what it tells of, or not at all."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from newsletter.db.engine import reading, transaction
from newsletter.operators.account import OperatorId
from newsletter.operators.audit import COMMAND_LINE, Actor, list_actions, list_audit, no_note, record
from newsletter.operators.roles import Role
from newsletter.operators.session import SignedIn
from tests.conftest import NOON


def test_entries_are_found_newest_first_by_time_action_and_words(engine: Engine) -> None:
    ann = Actor(who="ann@example.org", role="owner", network="192.0.2.7")
    with transaction(engine) as session:
        record(session, ann, "suppress", "bo@example.org", {"reason": "100% sure"}, at=NOON)
        record(session, COMMAND_LINE, "erase", "cy@example.org", at=NOON + timedelta(hours=1))
        record(session, ann, "resend", "2026-03-20", at=NOON + timedelta(hours=2))
    with reading(engine) as session:
        assert [entry.action for entry in list_audit(session)] == ["resend", "erase", "suppress"]
        assert [entry.action for entry in list_audit(session, since=NOON + timedelta(hours=1))] == ["resend", "erase"]
        assert [entry.action for entry in list_audit(session, words="ANN@")] == ["resend", "suppress"]
        assert [entry.what for entry in list_audit(session, action="erase")] == ["cy@example.org"]
        assert list_audit(session, words="%") == []
        (newest,) = list_audit(session, limit=1)
        assert [entry.action for entry in list_audit(session, before=newest.id)] == ["erase", "suppress"]
        assert list_audit(session, action="suppress")[0].detail == {"reason": "100% sure"}
        assert list_actions(session) == ["erase", "resend", "suppress"]


def test_what_is_not_done_is_not_written_down(engine: Engine) -> None:
    signed_in = SignedIn(
        session_id=1,
        operator_id=OperatorId(1),
        email="ann@example.org",
        role=Role.OWNER,
        csrf="",
        network="192.0.2.7",
        at=NOON,
    )
    with pytest.raises(ZeroDivisionError), transaction(engine) as session:
        record(session, COMMAND_LINE, "suppress", "bo@example.org", at=NOON)
        _ = 1 // 0
    with transaction(engine) as session:
        no_note(session)
        assert list_audit(session) == []
    assert signed_in.actor.network == "192.0.2.7"
    with pytest.raises(ValueError, match="fly"):
        signed_in.may("fly")
