"""A signed link opens one page of one reader, and nothing else."""

from datetime import datetime, timedelta
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from newsletter.errors import InputError
from newsletter.subscribers.tokens import Tokens
from tests.conftest import NOON


def tokens(secret: str = "a secret", at: datetime = NOON) -> Tokens:
    return Tokens(secret, now=lambda: at)


@given(st.integers(1, 2**40), st.integers(0, 1000))
def test_a_token_reads_back_what_was_signed(subscriber_id: int, version: int) -> None:
    assert tokens().read("manage", tokens().sign("manage", subscriber_id, version)) == (subscriber_id, version)


def test_a_token_of_another_purpose_is_refused() -> None:
    with pytest.raises(InputError, match="not valid"):
        tokens().read("manage", tokens().sign("unsubscribe", 1, 0))


def test_a_token_of_another_installation_is_refused() -> None:
    with pytest.raises(InputError, match="not valid"):
        tokens("other").read("manage", tokens().sign("manage", 1, 0))


@given(st.text(max_size=80))
def test_no_text_that_was_not_signed_is_accepted(text: str) -> None:
    with pytest.raises(InputError):
        tokens().read("confirm", text)


def test_an_old_token_says_so() -> None:
    token = tokens().sign("confirm", 1, 0)
    later = tokens(at=NOON + timedelta(days=8))
    with pytest.raises(InputError, match="too old"):
        later.read("confirm", token, max_age_seconds=7 * 86400)
    assert later.read("confirm", token) == (1, 0)


@given(st.integers(1, 2**62), st.integers(0, 10_000))
def test_tokens_are_written_and_read_as_the_library_does_by_default(subscriber_id: int, version: int) -> None:
    serializer = URLSafeTimedSerializer("a secret", salt="chenbao.manage")
    token = tokens().sign("manage", subscriber_id, version)
    assert serializer.loads(token) == [subscriber_id, version]
    with mock.patch.object(TimestampSigner, "get_timestamp", return_value=int(NOON.timestamp())):
        assert serializer.dumps([subscriber_id, version]) == token


def test_a_token_is_safe_in_an_address() -> None:
    token = tokens().sign("unsubscribe", 12345, 3)
    assert token.replace("-", "").replace("_", "").replace(".", "").isalnum()
