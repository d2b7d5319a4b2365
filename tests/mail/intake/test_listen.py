"""Where reports are listened for is one URL."""

import pytest

from newsletter.errors import SettingsError
from newsletter.mail.intake.listen import DEFAULT_URL, ListenAt, has_reports, parse_listen_url
from newsletter.settings import load_settings


def test_a_place_is_read() -> None:
    assert parse_listen_url(DEFAULT_URL) == ListenAt(host="127.0.0.1", port=2526, is_lmtp=False)
    assert parse_listen_url("lmtp://[::1]:24") == ListenAt(host="::1", port=24, is_lmtp=True)


@pytest.mark.parametrize(
    "url", ["2526", "smtp://127.0.0.1", "http://127.0.0.1:1", "smtp://127.0.0.1:x", "smtp://h:1/x"]
)
def test_what_is_no_place_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(SettingsError, match="NEWSLETTER_BOUNCE_LISTEN"):
        parse_listen_url(url)


@pytest.mark.parametrize(
    "source",
    [
        {"bounce_imap_url": "imaps://a:b@example.org"},
        {"bounce_maildir": "/var/mail/bounces"},
        {"bounce_listen": DEFAULT_URL},
        {"bounce_webhook_secret": "sixteen letters!"},
    ],
)
def test_any_source_of_reports_will_do(source: dict[str, str]) -> None:
    assert has_reports(load_settings(**source))
    assert not has_reports(load_settings(bounce_domain="bounces.example.org"))
