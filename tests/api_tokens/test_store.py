"""Tokens are kept as hashes, and found by nothing but the whole token."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from newsletter.api_tokens.store import add_token, find_token, is_use_due, list_tokens, note_use, revoke_token
from newsletter.api_tokens.token import ApiToken, Owner, Scope, make_token
from newsletter.db.engine import reading, transaction
from newsletter.errors import InputError, NotFoundError
from tests.conftest import NOON
from tests.factories import add_reader, make_desk

KEY = "a secret of the tests"


def add(engine: Engine, written: str, *, owner: Owner | None = None, name: str = "") -> ApiToken:
    with transaction(engine) as session:
        return add_token(
            session,
            written,
            owner=owner or Owner(operator_id=1),
            scopes=[Scope.PAPERS_READ],
            secret_key=KEY,
            created_at=NOON,
            expires_at=None,
            name=name,
        )


def test_a_token_is_found_by_its_whole_text_alone(engine: Engine) -> None:
    written = make_token()
    token = add(engine, written, name="my script")
    with reading(engine) as session:
        assert find_token(session, written, secret_key=KEY) == token
        assert find_token(session, written[:-1] + ("A" if written[-1] != "A" else "B"), secret_key=KEY) is None
        assert find_token(session, written, secret_key="another key") is None
        assert find_token(session, make_token(), secret_key=KEY) is None
        assert find_token(session, "\x00", secret_key=KEY) is None


def test_the_database_does_not_hold_the_secret(engine: Engine) -> None:
    written = make_token()
    add(engine, written)
    with engine.connect() as connection:
        kept = str(connection.execute(text("SELECT * FROM api_token")).one())
    assert written.rpartition("_")[2] not in kept


def test_a_reader_sees_and_withdraws_their_own_tokens_only(engine: Engine) -> None:
    ann, bo = (add_reader(make_desk(engine), f"{name}@example.org") for name in ("ann", "bo"))
    mine = add(engine, make_token(), owner=Owner(subscriber_id=ann.id))
    other = add(engine, make_token(), owner=Owner(subscriber_id=bo.id))
    with transaction(engine) as session:
        assert list_tokens(session, subscriber_id=ann.id) == [mine]
        assert list_tokens(session) == [other, mine]
        with pytest.raises(NotFoundError):
            revoke_token(session, other.prefix, at=NOON, owner=Owner(subscriber_id=ann.id))
        revoke_token(session, mine.prefix, at=NOON, owner=Owner(subscriber_id=ann.id))
        revoke_token(session, mine.prefix, at=NOON + timedelta(days=1))
        (found,) = list_tokens(session, subscriber_id=ann.id)
    assert found.revoked_at == NOON


def test_a_use_is_written_down_every_few_minutes(engine: Engine) -> None:
    written = make_token()
    token = add(engine, written)
    assert is_use_due(token, at=NOON)
    with transaction(engine) as session:
        note_use(session, token, at=NOON)
        found = find_token(session, written, secret_key=KEY)
    assert found is not None
    assert found.last_used_at == NOON
    assert not is_use_due(found, at=NOON + timedelta(minutes=4))
    assert is_use_due(found, at=NOON + timedelta(minutes=5))


@pytest.mark.parametrize("name", ["x" * 81, "a\x00b", "line\nbreak"])
def test_a_name_is_a_short_line(engine: Engine, name: str) -> None:
    with pytest.raises(InputError):
        add(engine, make_token(), name=name)
