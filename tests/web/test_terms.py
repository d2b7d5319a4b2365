"""A reader's own terms: kept on their page, said in their mail, their preview and their digests, and nowhere else."""

import json

import pytest

from newsletter.db.engine import transaction
from newsletter.editions.compose import compose_edition
from newsletter.runtime import Runtime
from newsletter.subscribers.subscriber import Languages, Preferences, Subscriber
from newsletter.translation.memory import remember
from newsletter.translation.own_terms import MOST_TERMS_OF_A_READER
from tests.factories import FRIDAY, MORNING, add_reader, announce, make_paper, message_id, open_day
from tests.web.browser import Browser
from tests.web.pages import Page, faults, link

TERM = {"term": ["walking robot"], "forms": ["步行机"], "forbidden": ["散步机器人"]}
TITLE = "A walking robot"


@pytest.fixture
def reader(runtime: Runtime) -> Subscriber:
    return add_reader(runtime.desk, "ann@example.org", "robot")


@pytest.fixture
def path(runtime: Runtime, reader: Subscriber) -> str:
    return link(runtime, "manage", reader) + "/terms"


def publish(runtime: Runtime) -> None:
    with transaction(runtime.database) as session:
        remember(session, {TITLE: "一种散步机器人"}, source="en", target="zh", engine="deepl", translated_at=MORNING)
    compose_edition(runtime.desk, open_day(runtime.desk, announce([make_paper(1, TITLE)])), message_id=message_id)


def test_a_term_is_kept_changed_and_removed(browser: Browser, runtime: Runtime, reader: Subscriber, path: str) -> None:
    assert faults(browser.get(path)) == []
    answer = browser.post(path, data=TERM)
    assert answer.status_code == 303
    page = browser.get(answer.headers["Location"])
    assert faults(page) == []
    assert Page(page).texts("//main//*[@role='status']") == ["Kept. Your next mail says it so."]
    assert "步行机" in Page(page).text
    form = Page(browser.get(path, params={"change": "walking robot"}))
    assert form.attributes("//input[@name='forms']/@value") == ["步行机"]
    browser.post(path, data=TERM | {"forms": ["行走机"]})
    (term,) = runtime.list_reader_terms(reader)
    assert (term.term, term.forms) == ("walking robot", ("行走机",))
    assert browser.post(f"{path}/remove", data={"term": ["walking robot"]}).headers["Location"].endswith("removed")
    assert browser.post(f"{path}/remove", data={"term": ["walking robot"]}).headers["Location"] == path
    assert runtime.list_reader_terms(reader) == []


def test_the_readers_mail_preview_and_digest_say_it_and_nobody_elses(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    other = add_reader(runtime.desk, "bob@example.org", "robot")
    publish(runtime)
    browser.post(path, data=TERM)
    manage, digest = path.removesuffix("/terms"), link(runtime, "digest", reader)
    for address in (f"{manage}/preview/mail", f"{digest}/2026-03-20"):
        text = browser.get(address).text
        assert "步行机" in text
        assert "散步机器人" not in text
        assert "1 paper without Chinese." in text
    assert faults(browser.get(f"{digest}/2026-03-20")) == []
    assert "散步机器人" in browser.get(f"{link(runtime, 'digest', other)}/2026-03-20").text
    assert "散步机器人" in browser.get("/paper/2603.00001").text
    sent = runtime.load_digest(reader.id, FRIDAY)
    assert sent is not None
    assert "步行机" in runtime.renderer.message(sent).text


def test_what_is_wrong_is_said_in_the_readers_language(browser: Browser, runtime: Runtime) -> None:
    chinese = add_reader(runtime.desk, "li@example.org", "robot", preferences=Preferences(languages=Languages("zh")))
    path = link(runtime, "manage", chinese) + "/terms"
    response = browser.post(path, data=TERM | {"term": ["++"]})
    assert response.status_code == 422
    assert faults(response) == []
    assert "请按原文写出术语" in Page(response).text
    assert Page(response).attributes("//*[@aria-invalid='true']/@name") == ["term"]


def test_fifty_terms_are_enough(browser: Browser, runtime: Runtime, reader: Subscriber, path: str) -> None:
    for number in range(MOST_TERMS_OF_A_READER):
        runtime.put_reader_term(reader, f"term x{number}", ["甲"])
    response = browser.post(path, data=TERM)
    assert response.status_code == 422
    assert "remove one first" in Page(response).text
    assert browser.post(path, data=TERM | {"term": ["term x7"]}).status_code == 303


def test_the_export_has_them_and_deletion_ends_them(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    browser.post(path, data=TERM)
    manage = path.removesuffix("/terms")
    (term,) = json.loads(browser.get(f"{manage}/export").text)["terms"]
    assert (term["term"], term["forms"], term["forbidden"]) == ("walking robot", ["步行机"], ["散步机器人"])
    assert "/terms" in browser.get(manage).text
    browser.post(f"{manage}/delete")
    assert runtime.list_reader_terms(reader) == []
    assert browser.get(path).status_code == 404
    assert browser.post(path, data=TERM).status_code == 404
    assert browser.post(f"{path}/remove", data=TERM).status_code == 404
