"""How the address of the mail server is read."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import SettingsError
from newsletter.mail.server import Caps, parse_smtp_urls
from newsletter.mail.smtp import Encryption, SmtpServer, parse_smtp_url


@pytest.mark.parametrize(
    ("url", "host", "port", "encryption"),
    [
        ("smtps://mail.example.org", "mail.example.org", 465, Encryption.IMPLICIT),
        ("smtp+starttls://mail.example.org", "mail.example.org", 587, Encryption.STARTTLS),
        ("smtp://127.0.0.1", "127.0.0.1", 25, Encryption.NONE),
        ("smtp://127.0.0.1:2525/", "127.0.0.1", 2525, Encryption.NONE),
        ("smtps://[::1]:1465", "::1", 1465, Encryption.IMPLICIT),
    ],
)
def test_the_scheme_says_how_the_connection_is_protected_and_which_port_is_usual(
    url: str, host: str, port: int, encryption: Encryption
) -> None:
    assert parse_smtp_url(url) == SmtpServer(host=host, port=port, encryption=encryption)


def test_user_and_password_are_percent_decoded_and_never_shown() -> None:
    server = parse_smtp_url("smtps://me%40example.org:p%40ss%3Aw%2Frd%25@mail.example.org")
    assert (server.user, server.password) == ("me@example.org", "p@ss:w/rd%")
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("", "smtps://"),
        ("mail.example.org:465", "smtps://"),
        ("smtp+tls://mail.example.org", "smtp+starttls://"),
        ("smtps://", "scheme://user:password@host:port"),
        ("smtps://mail.example.org:0", "scheme://"),
        ("smtps://mail.example.org:99999", "cannot be read"),
        ("smtps://u:s3cret/pass@mail.example.org", "percent-encode"),
        ("smtps://u:s3cret#pass@mail.example.org", "percent-encode"),
        ("smtps://u:s3cret?pass@mail.example.org", "percent-encode"),
        ("smtps://u@mail.example.org", "both in ASCII"),
        ("smtps://u:密码@mail.example.org", "both in ASCII"),
        ("smtp://u:s3cret@mail.example.org", "plain text"),
    ],
)
def test_a_wrong_url_is_refused_with_a_hint_and_without_the_password(url: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_smtp_url(url)
    assert hint in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None  # a cause could quote the URL in a traceback


def test_a_password_may_go_in_plain_text_to_this_machine_only() -> None:
    assert parse_smtp_url("smtp://u:p@127.0.0.1:2525").user == "u"
    assert parse_smtp_url("smtp://u:p@localhost").user == "u"


@given(st.text())
def test_any_text_is_read_or_refused_politely(text: str) -> None:
    with contextlib.suppress(SettingsError):
        assert parse_smtp_url(text).host


def test_accounts_are_parted_by_white_space_and_carry_what_their_caps_say() -> None:
    preferred, other = parse_smtp_urls(
        "smtps://me:p%40ss@a.example.org?per_second=2.5&per_hour=500&per_day=5000&connections=4&warmup=2026-11-01\n"
        "  smtp+starttls://b.example.org"
    )
    assert preferred.caps == Caps(
        per_second=2.5, per_hour=500, per_day=5000, connections=4, warmup_on=date(2026, 11, 1)
    )
    assert (preferred.name, other.name) == ("a.example.org:465", "b.example.org:587")
    assert (preferred.server.password, other.caps) == ("p@ss", Caps())
    assert "p@ss" not in repr(preferred)


def test_two_accounts_at_one_server_are_told_apart_by_their_users() -> None:
    found = parse_smtp_urls("smtps://ann:x@a.example smtps://bob:y@a.example smtps://ann:x@b.example")
    assert [account.name for account in found] == ["ann@a.example:465", "bob@a.example:465", "b.example:465"]


@pytest.mark.parametrize(
    ("url", "is_local"),
    [
        ("smtp://127.0.0.1:25", True),
        ("smtp://[::1]:25", True),
        ("smtp://localhost", True),
        ("smtps://mail.example.org", False),
    ],
)
def test_an_account_on_this_machine_is_known_as_such(url: str, is_local: bool) -> None:
    (account,) = parse_smtp_urls(url)
    assert account.is_local is is_local


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("smtps://a.example?speed=4", "per_second, per_hour, per_day, connections, warmup"),
        ("smtps://a.example?per_hour=4&per_hour=5", "sets a cap twice"),
        ("smtps://a.example?per_hour=0", "per_hour='0' cannot be read"),
        ("smtps://a.example?per_hour=4.5", "cannot be read"),
        ("smtps://a.example?per_second=nan", "cannot be read"),
        ("smtps://a.example?per_second=-1", "cannot be read"),
        ("smtps://a.example?connections=", "cannot be read"),
        ("smtps://a.example?warmup=tomorrow", "cannot be read"),
        ("smtps://a.example smtps://a.example?per_hour=4", "the same account twice"),
        ("smtps://u:s3cret?pass@a.example", "percent-encode"),
        ("smtps://u:123?s3cret@a.example", "percent-encode"),
        ("smtps://u:p@a.example?s3cret", "percent-encode"),
        ("", "smtps://"),
    ],
)
def test_a_wrong_cap_is_refused_with_the_known_ones_and_without_the_password(text: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_smtp_urls(text)
    assert hint in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


@given(st.text() | st.text().map("smtps://a.example?{}".format))
def test_any_text_of_accounts_is_read_or_refused_politely(text: str) -> None:
    with contextlib.suppress(SettingsError):
        assert parse_smtp_urls(text)
