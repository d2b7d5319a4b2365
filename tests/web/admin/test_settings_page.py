"""The settings: every one of them, without a secret, with where it comes from; and how the parts are."""

import re
from pathlib import Path
from typing import Any

import pytest

from newsletter.findings import Grade
from newsletter.inspection.parts import inspect
from newsletter.settings import Settings, load_settings
from newsletter.web.admin.settings_view import DEFAULT, ENVIRONMENT, FILE, MASK, ShownSetting, list_settings
from tests.web.admin.conftest import OperatorBrowser
from tests.web.pages import Page, faults

HERE = "/admin/settings"


def shown(environment: dict[str, str] | None = None, **values: Any) -> dict[str, ShownSetting]:
    settings = load_settings(secret_key="very secret", **values)
    return {item.name: item for group in list_settings(settings, environment or {}) for item in group.settings}


def test_every_setting_is_shown_once_and_has_words() -> None:
    groups = list_settings(load_settings(secret_key="x"), {})
    found = [item for group in groups for item in group.settings]
    assert len(found) == len(Settings.model_fields)
    assert [group.words.en for group in groups if group.words.en == "Other"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("smtp_url", "smtps://ann:geheim@mail.example.org"),
        ("translator_key", "geheim-key"),
        ("bounce_webhook_secret", "geheim-geheim-geheim"),
        ("database_url", "postgresql://ann:geheim@db.example.org/papers"),
        ("redis_url", "redis://:geheim@broker.example.org:6379/0"),
        ("translator_url", "https://ann:geheim@translate.example.org"),
        ("redis_url", "redis://:ge@heim@broker.example.org:6379/0"),
    ],
)
def test_no_secret_is_ever_shown(field: str, value: str) -> None:
    text = " ".join(item.value for item in shown(None, **{field: value}).values())
    assert "geheim" not in text
    assert "heim@" not in text
    assert "very secret" not in text
    assert MASK in text


def test_where_a_setting_comes_from_is_told() -> None:
    found = shown(
        {"NEWSLETTER_MAIL_FROM": "a@example.org", "PORT": "9000", "NEWSLETTER_TRANSLATOR_KEY_FILE": "/run/key"},
        mail_from="a@example.org",
        port=9000,
        translator_key="key",
    )
    assert found["NEWSLETTER_MAIL_FROM"].origin == ENVIRONMENT
    assert found["PORT"].origin == ENVIRONMENT
    assert found["NEWSLETTER_TRANSLATOR_KEY_FILE"].origin == FILE
    assert found["NEWSLETTER_CATEGORIES"].origin == DEFAULT
    assert found["DATABASE_URL"].is_default


def test_the_page_shows_them_and_asks_for_the_findings_by_itself(owner: OperatorBrowser) -> None:
    for language in ("en", "zh"):
        response = owner.get(HERE, headers={"Accept-Language": language})
        page = Page(response)
        assert page.attributes("//div[@id='found']/@data-poll") == [f"{HERE}/findings"]
        assert "a secret of the tests" not in response.text
        assert faults(response) == []


def test_the_findings_come_as_a_part_that_asks_no_more(owner: OperatorBrowser) -> None:
    response = owner.get(f"{HERE}/findings")
    assert response.status_code == 200
    assert "data-poll" not in response.text
    assert "the private broker is not running" in response.text


def test_in_chinese_every_finding_is_chinese(owner: OperatorBrowser) -> None:
    response = owner.get(HERE, params={"check": "here"}, headers={"Accept-Language": "zh"})
    said = Page(response).texts("//ul[@class='findings']/li/p")
    assert len(said) > 5
    assert [text for text in said if not re.search("[\u4e00-\u9fff]", text)] == []
    assert faults(response) == []


def test_reports_that_nobody_reads_are_found(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path, bounce_domain="bounces.example.org")
    (found,) = [finding for finding in inspect(settings, is_offline=True) if finding.part == "bounces"]
    assert (found.grade, "nobody reads them" in found.text) == (Grade.WARNING, True)
    heard = settings.model_copy(update={"bounce_maildir": tmp_path})
    assert not [finding for finding in inspect(heard, is_offline=True) if finding.part == "bounces"]


def test_without_script_the_findings_are_a_link_away(owner: OperatorBrowser) -> None:
    response = owner.get(HERE, params={"check": "here"})
    page = Page(response)
    assert "data-poll" not in response.text
    assert page.texts("//ul[@class='findings']/li/strong")
    assert faults(response) == []
