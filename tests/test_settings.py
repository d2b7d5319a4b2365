"""Settings are read once, from the environment and from files, and a wrong one says what to write instead."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.errors import SettingsError
from newsletter.settings import Settings, is_loopback, load_settings
from newsletter.translator_settings import Translator


def test_the_defaults_are_one_machine_without_anything_else(tmp_path: Path) -> None:
    found = load_settings()
    assert found.database == f"sqlite:///{tmp_path / 'home' / 'newsletter.db'}"
    assert found.public_url == "http://127.0.0.1:8000"
    assert (found.uses_inbox, found.smtp) == (True, "smtp://127.0.0.1:2525")
    assert found.categories == ("cs",)
    assert found.arxiv_url == "https://arxiv.org"
    assert found.arxiv_interval_seconds == 3
    assert found.translator is Translator.NONE


def test_everything_can_be_set_by_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DATABASE_URL": "postgres://u:p@db/papers",
        "REDIS_URL": "redis://r:6379/1",
        "PORT": "9000",
        "NEWSLETTER_CATEGORIES": "cs.LG, cs.RO,cs.LG",
        "NEWSLETTER_TRANSLATOR": "deepl",
        "NEWSLETTER_ARXIV_URL": "http://127.0.0.1:1/",
        "NEWSLETTER_SMTP_URL": "smtps://u:p@mail.example.org:465",
        "NEWSLETTER_ADMIN_EMAIL": "ops@example.org, night@example.org",
        "NEWSLETTER_TRUSTED_PROXIES": "127.0.0.1,10.0.0.0/8",
    }.items():
        monkeypatch.setenv(name, value)
    found = load_settings()
    assert found.database == "postgres://u:p@db/papers"
    assert found.categories == ("cs.LG", "cs.RO")
    assert (found.arxiv_url, found.translator, found.port) == ("http://127.0.0.1:1", "deepl", 9000)
    assert not found.uses_inbox
    assert found.admin_email == ("ops@example.org", "night@example.org")
    assert found.trusted_proxies == ("127.0.0.1", "10.0.0.0/8")


def test_secrets_may_be_in_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("  from a file\n")
    monkeypatch.setenv("NEWSLETTER_TRANSLATOR_KEY_FILE", str(tmp_path / "key"))
    assert load_settings().translator_key == "from a file"
    monkeypatch.setenv("NEWSLETTER_TRANSLATOR_KEY", "from the environment")
    assert load_settings().translator_key == "from the environment"


def test_a_secret_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SECRET_KEY_FILE", "/nowhere/at/all")
    with pytest.raises(SettingsError, match="/nowhere/at/all"):
        load_settings()


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SECRET_KEY", "very-secret-1")
    monkeypatch.setenv("NEWSLETTER_TRANSLATOR_KEY", "very-secret-2")
    monkeypatch.setenv("NEWSLETTER_SMTP_URL", "smtps://u:very-secret-3@h")
    assert "very-secret" not in repr(load_settings())


def test_a_machine_of_its_own_makes_its_secret_once_for_nobody_else_to_read(tmp_path: Path) -> None:
    first = load_settings().secret_key
    assert len(first) == 64
    assert load_settings().secret_key == first
    assert stat.S_IMODE((tmp_path / "home" / "secret_key").stat().st_mode) == 0o600


def test_a_service_for_others_must_be_given_its_secret() -> None:
    with pytest.raises(SettingsError, match="openssl rand"):
        load_settings(base_url="https://papers.example.org")
    assert load_settings(base_url="https://papers.example.org", secret_key="k" * 32).secret_key == "k" * 32


@pytest.mark.parametrize("interval", [0, 0.5, 2.99])
def test_arxivs_three_seconds_hold_for_the_real_arxiv(interval: float) -> None:
    with pytest.raises(SettingsError, match="one request every 3 seconds"):
        load_settings(arxiv_interval_seconds=interval)


def test_only_an_arxiv_on_this_machine_may_be_asked_faster() -> None:
    here = dict.fromkeys(("arxiv_url", "arxiv_api_url", "arxiv_feed_url", "arxiv_oai_url"), "http://127.0.0.1:8901")
    assert load_settings(arxiv_interval_seconds=0, **here).arxiv_interval_seconds == 0
    with pytest.raises(SettingsError):
        load_settings(arxiv_interval_seconds=0, **(here | {"arxiv_oai_url": "https://oaipmh.arxiv.org"}))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("categories", "", "at least one"),
        ("categories", "cs.LG;cs.RO", "cs.LG;cs.RO"),
        ("arxiv_url", "ftp://arxiv.org", "https://"),
        ("base_url", "papers", "https://"),
        ("clock", "2026-03-19T21:00:00", "has no offset"),
        ("clock", "soon", "not an instant"),
        ("port", 0, "PORT"),
        ("translator", "babelfish", "deepl"),
        ("dispatch_batch", 0, "NEWSLETTER_DISPATCH_BATCH"),
    ],
)
def test_a_wrong_setting_says_what_to_write(field: str, value: object, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load_settings(**{field: value})


@given(st.text(min_size=1, max_size=30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_category_reaches_a_url_unchecked(text: str) -> None:
    try:
        found = load_settings(categories=text)
    except SettingsError:
        return
    assert all(name.replace(".", "").replace("-", "").isalnum() and name.isascii() for name in found.categories)


def test_a_rehearsed_clock_runs_on_and_is_the_same_in_every_process() -> None:
    started = datetime.now(UTC) - timedelta(hours=1)
    one, other = (load_settings(clock="2026-03-19T21:00:00-04:00", clock_started_at=started).now for _ in range(2))
    assert abs(one() - other()) < timedelta(seconds=5)
    assert timedelta(0) <= one() - datetime(2026, 3, 20, 2, 0, tzinfo=UTC) < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:1", True),
        ("http://127.8.9.1", True),
        ("http://localhost", True),
        ("http://[::1]:8", True),
        ("https://127.0.0.1.example.org", False),
        ("https://arxiv.org", False),
        ("", False),
    ],
)
def test_this_machine_is_told_from_others(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected


def test_settings_cannot_change_behind_our_back() -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(Settings(), "port", 1)  # noqa: B010  mypy knows better than to allow an assignment


@pytest.mark.parametrize(
    ("setting", "value"),
    [("admin_email", "ops"), ("admin_email", "Ops <o@x>"), ("trusted_proxies", "proxy.example.org")],
)
def test_lists_of_addresses_are_checked_at_the_start(setting: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"NEWSLETTER_{setting.upper()}: .* write"):
        load_settings(**{setting: value})
