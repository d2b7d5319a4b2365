"""The language of a page."""

import re

import pytest
from babel.messages.catalog import Message

from newsletter.resources import templates_folder
from newsletter.translation.catalogue import list_page_catalogues, load_catalogue
from newsletter.web.language import LANGUAGES, choose_language, local_path
from tests.catalogues import collect_messages, read_catalogue
from tests.web.browser import Browser
from tests.web.pages import Page

_PLACE = re.compile(r"%\(\w+\)s|<[^>]+>")


@pytest.mark.parametrize(
    ("chosen", "accepted", "spoken"),
    [
        ("", "", "en"),
        ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("", "en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("", "de,fr;q=0.9", "en"),
        ("", "en;q=0.1, zh-TW;q=0.9", "zh"),
        ("", "zh;q=0, en", "en"),
        ("", "zh;q=nonsense, en;q=0.5", "en"),
        ("en", "zh-CN", "en"),
        ("zh", "", "zh"),
        ("xx", "zh", "zh"),
    ],
)
def test_a_visitor_is_answered_in_their_language(chosen: str, accepted: str, spoken: str) -> None:
    assert choose_language(chosen, accepted, ("en", "zh")) == spoken


def test_every_message_has_its_translation() -> None:
    folder = templates_folder()
    for language in LANGUAGES[1:]:
        collected = collect_messages(folder / "web")
        for name, messages in collected.items():
            known = read_catalogue(folder / "locales" / language.code / f"{name}.po", language.tag.replace("-", "_"))
            wanted = {message.id for message in messages if message.id}
            assert not known.obsolete
            translated = [message for message in known if message.id and (language.is_complete or any(message.string))]
            assert [message.id for message in translated if not _is_whole(message)] == []
            if language.is_complete:
                assert wanted == {message.id for message in known if message.id}, f"{name}.po: run make catalogues"


def test_a_message_has_one_translation_whatever_the_page() -> None:
    folder = templates_folder() / "locales"
    for language in LANGUAGES[1:]:
        known: dict[object, object] = {}
        for path in list_page_catalogues(folder, language.code):
            for message in read_catalogue(path, language.tag.replace("-", "_")):
                if message.id:
                    assert known.setdefault(message.id, message.string) == message.string, f"{path.name}: {message.id}"


def _is_whole(message: Message) -> bool:
    """Whether it is translated, with the same places and tags."""
    english = message.id[-1] if isinstance(message.id, (tuple, list)) else message.id
    strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return not message.fuzzy and all(
        text and sorted(_PLACE.findall(text)) == sorted(_PLACE.findall(english)) for text in strings
    )


def test_a_language_without_a_catalogue_says_the_message_itself() -> None:
    assert load_catalogue(list_page_catalogues(templates_folder() / "locales", "en")).gettext("Search") == "Search"


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("/day/2026-03-20?q=a%20b", "/day/2026-03-20?q=a%20b"),
        ("", "/"),
        ("https://example.org/", "/"),
        ("//example.org/", "/"),
        ("/\\example.org/", "/"),
        ("/\t/example.org", "/"),
        ("day", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_one_is_only_ever_sent_back_to_this_site(written: str, path: str) -> None:
    assert local_path(written) == path


def test_the_chosen_language_stays_in_this_browser(browser: Browser) -> None:
    assert Page(browser.get("/link")).language == "en"
    answer = browser.post("/language", data={"to": "zh", "next": "/link"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/link")
    cookie = answer.headers["set-cookie"].partition(";")[0]
    page = Page(browser.get("/nothing", headers={"cookie": cookie, "accept-language": "en"}))
    assert (page.language, page.heading) == ("zh-Hans", "没有这个页面")


def test_a_page_says_what_its_language_depends_on(browser: Browser) -> None:
    varies = {name.strip() for name in browser.get("/link").headers["vary"].split(",")}
    assert {"Accept-Language", "Cookie"} <= varies


def test_an_unknown_language_changes_nothing(browser: Browser) -> None:
    answer = browser.post("/language", data={"to": "tlh", "next": "//example.org"})
    assert answer.headers["location"] == "/"
    assert "set-cookie" not in answer.headers
