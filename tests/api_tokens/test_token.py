"""A token names itself, hides its secret, and cannot do more than its owner."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.api_tokens.token import (
    OF_OPERATORS,
    OF_READERS,
    ApiToken,
    Owner,
    Scope,
    check_prefix,
    find_prefix,
    hash_token,
    make_token,
    parse_scopes,
)
from newsletter.errors import InputError

NOW = datetime(2026, 3, 20, tzinfo=UTC)


def made(**changes: datetime | None) -> ApiToken:
    fixed = {"expires_at": None, "last_used_at": None, "revoked_at": None} | changes
    return ApiToken(
        id=1, prefix="a" * 8, name="", owner=Owner(subscriber_id=1), scopes=OF_READERS, created_at=NOW, **fixed
    )


def test_a_token_is_written_with_its_name_and_a_secret() -> None:
    written = make_token(lambda count: b"\x01" * count)
    assert written == "chenbao_aeaqcaib_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"
    assert find_prefix(written) == "aeaqcaib"


@given(st.binary(min_size=37, max_size=37))
def test_every_token_can_be_read(random: bytes) -> None:
    parts = iter((random[:5], random[5:]))
    prefix = find_prefix(make_token(lambda _count: next(parts)))
    assert prefix is not None
    assert check_prefix(f"chenbao_{prefix}") == prefix


@given(st.text())
def test_any_other_text_is_no_token(text: str) -> None:
    assert find_prefix(text) is None


def test_a_hash_depends_on_the_installation() -> None:
    written = make_token()
    assert hash_token("one", written) != hash_token("other", written)
    assert written.rpartition("_")[2] not in hash_token("one", written)
    assert make_token(secrets.token_bytes) != make_token(secrets.token_bytes)


def test_a_token_is_good_until_it_is_over_or_withdrawn() -> None:
    assert made().is_good(NOW)
    assert made(expires_at=NOW + timedelta(seconds=1)).is_good(NOW)
    assert not made(expires_at=NOW).is_good(NOW)
    assert not made(revoked_at=NOW).is_good(NOW)


def test_scopes_are_those_that_such_an_owner_can_have() -> None:
    assert parse_scopes(["me:read", "papers:read"], allowed=OF_READERS) == {Scope.ME_READ, Scope.PAPERS_READ}
    for written, allowed in (
        (["me:read"], OF_OPERATORS),
        (["readers:read"], OF_READERS),
        (["all"], OF_READERS),
        ([], OF_READERS),
    ):
        with pytest.raises(InputError):
            parse_scopes(written, allowed=allowed)


@pytest.mark.parametrize("written", ["", "chenbao_", "k7qd2mz", "k7qd2mz!", "K7QD2MZA", "\x00"])
def test_what_names_no_token_is_refused(written: str) -> None:
    with pytest.raises(InputError):
        check_prefix(written)
