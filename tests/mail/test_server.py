"""How the address of the mail server is read."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import SettingsError
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
