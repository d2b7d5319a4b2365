"""The traps of MJML and premailer, and what start-up makes of the templates."""

import re
from pathlib import Path

import pytest
from lxml import html as lxml_html

from newsletter.digests.compile import compile_mjml, load_renderer
from newsletter.digests.render import Renderer
from newsletter.errors import SettingsError
from newsletter.subscribers.subscriber import Languages

PAGE = """<mjml lang="zh-Hans" dir="ltr"><mj-head>
<mj-style>/* inline */ .note { color: #b3261e } .gone { margin: 0 }</mj-style>
<mj-style>@media (prefers-color-scheme: dark) { .note { color: #ff8a7a !important } }</mj-style>
</mj-head><mj-body><mj-section><mj-column>
<mj-text font-family="Roboto"><a class="note gone" href="__abs_url__">&lt;晨报&gt;</a></mj-text>
<mj-raw>__rows__</mj-raw>
</mj-column></mj-section></mj-body></mjml>"""


@pytest.fixture(scope="module")
def page() -> str:
    return compile_mjml(PAGE, language="zh-Hans")


def test_the_doctype_that_premailer_drops_is_back(page: str) -> None:
    assert page.startswith("<!doctype html>\n<html")
    assert page.count("<!doctype") == 1


def test_a_known_font_name_adds_no_link_to_a_font_service(page: str) -> None:
    assert "Roboto" in page
    assert "fonts.googleapis" not in page
    assert "@import" not in page
    assert "<link" not in page


def test_slots_survive_in_addresses_and_between_table_rows(page: str) -> None:
    assert 'href="__abs_url__"' in page
    assert "__rows__" in page


def test_rules_are_in_attributes_and_dark_mode_stays_in_the_head(page: str) -> None:
    (link,) = lxml_html.document_fromstring(page).iter("a")
    assert link.get("style") == "color:#b3261e;margin:0"
    assert "prefers-color-scheme: dark" in page
    assert "/* inline" not in page


def test_only_classes_that_the_head_names_are_kept(page: str) -> None:
    assert 'class="note"' in page


def test_escaped_text_stays_escaped_and_chinese_stays_readable(page: str) -> None:
    assert "&lt;晨报&gt;" in page


def test_body_and_html_say_language_and_direction(page: str) -> None:
    root = lxml_html.document_fromstring(page)
    for element in (root, *root.iter("body")):
        assert (element.get("lang"), element.get("dir")) == ("zh-Hans", "ltr")


def test_no_line_is_longer_than_smtp_allows(page: str) -> None:
    assert max(len(line.encode()) for line in page.split("\n")) < 998


@pytest.mark.parametrize("text", ["a < b", "\x01", "<mj-unknown", "</p>"])
def test_broken_mjml_is_an_error_at_start_up_with_words(text: str) -> None:
    broken = (
        f"<mjml><mj-body><mj-section><mj-column><mj-text>{text}</mj-text></mj-column></mj-section></mj-body></mjml>"
    )
    with pytest.raises(SettingsError, match="not valid MJML"):
        compile_mjml(broken, language="en")


def test_missing_templates_are_an_error_that_names_them(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=re.escape("digest/body.mjml")):
        load_renderer(tmp_path)


def test_the_confirmation_asks_in_both_languages_with_one_address(renderer: Renderer) -> None:
    message = renderer.confirmation(
        confirm_url="https://paper.example.org/confirm/abc?x=1&y=2",
        site_url="https://paper.example.org",
        keywords=["a<b"],
        languages=renderer.usual,
    )
    root = lxml_html.document_fromstring(message.html)
    links = {str(link) for link in root.xpath("//a/@href")}
    assert links == {"https://paper.example.org/confirm/abc?x=1&y=2", "https://paper.example.org"}
    text = str(root.text_content())
    for words in ("asked Chenbao to send new arXiv papers", "Ignore this mail", "请忽略本邮件", "a<b"):
        assert words in text
        assert words in message.text
    assert "https://paper.example.org/confirm/abc?x=1&y=2" in message.text
    assert message.subject == "Please confirm your morning paper · 请确认订阅晨报"


@pytest.mark.parametrize("languages", Languages.offered("zh"))
def test_the_confirmation_has_a_subject_in_each_choice_of_languages(renderer: Renderer, languages: Languages) -> None:
    message = renderer.confirmation(
        confirm_url="https://a.example/c", site_url="https://a.example", languages=languages
    )
    has_chinese = any("\u4e00" <= character <= "\u9fff" for character in message.subject)
    assert has_chinese == ("zh" in languages.codes)
    assert "Keywords" not in message.text
