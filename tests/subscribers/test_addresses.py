"""Addresses are checked without asking anybody."""

import pytest

from newsletter.errors import AddressError
from newsletter.subscribers.addresses import address_key, parse_address


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" ann@Example.ORG ", "ann@example.org"),
        ("Ann.Lee+arxiv@example.org", "Ann.Lee+arxiv@example.org"),
        ("王@例子.测试", "王@例子.测试"),
        ("reader@chenbao.test", "reader@chenbao.test"),
        ("reader@localhost", "reader@localhost"),
    ],
)
def test_an_address_is_kept_as_mail_is_sent_to_it(typed: str, kept: str) -> None:
    assert parse_address(typed) == kept


@pytest.mark.parametrize("typed", ["", "@example.org", "ann@gmail", "ann@exa mple.org", "a" * 70 + "@example.org"])
def test_what_is_no_address_is_refused_in_words(typed: str) -> None:
    with pytest.raises(AddressError, match="is not an e-mail address"):
        parse_address(typed)


def test_two_spellings_of_one_mailbox_have_one_key() -> None:
    assert address_key("Ann@Example.org") == address_key("ann@example.org")
