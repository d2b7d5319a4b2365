"""The embedded inbox shows every stored mail as it is, and lets none of them do anything."""

from email.message import EmailMessage

import pytest

from newsletter.embedded.mailbox import MessageStore
from newsletter.runtime import Runtime
from newsletter.web.app import create_app
from tests.web.browser import Browser
from tests.web.pages import Page

HTML = (
    '<!doctype html><html lang="en"><head><title>x</title></head>'
    '<body><script>alert(1)</script><a href="/x">Read</a></body></html>'
)


def write_mail(subject: str = "46 papers for you · 三月二十日", *, html: str | None = HTML) -> bytes:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "Chenbao 晨报 <chenbao@localhost>"
    message["To"] = "ann@example.org"
    message["Message-ID"] = f"<{abs(hash(subject))}@localhost>"
    message.set_content("1. Walking Agents\n   行走的智能体\n")
    if html is not None:
        message.add_alternative(html, subtype="html")
    return b"Delivered-To: ann@example.org\r\n" + message.as_bytes().replace(b"\n", b"\r\n")


@pytest.fixture
def store(runtime: Runtime) -> MessageStore:
    return MessageStore(runtime.settings.inbox_folder, runtime.clock)


@pytest.fixture
def key(store: MessageStore) -> str:
    return store.add(write_mail())


def test_the_list_shows_who_and_what_newest_first(browser: Browser, store: MessageStore) -> None:
    store.add(write_mail("First"))
    newest = store.add(write_mail("Second <b>bold</b>"))
    page = Page(browser.get("/inbox"))
    assert page.texts("//ul/li//span[@class='topic']") == ["Second <b>bold</b>", "First"]
    assert page.attributes("//ul/li[1]/a/@href") == [f"/inbox/{newest}"]
    assert "To ann@example.org · 2026-03-20 01:00 UTC · 1 KB" in page.text


def test_an_empty_inbox_says_what_would_fill_it(browser: Browser) -> None:
    assert "No mail yet" in Page(browser.get("/inbox")).text


def test_a_mail_opens_with_its_html_in_a_sandboxed_frame(browser: Browser, key: str) -> None:
    page = Page(browser.get(f"/inbox/{key}"))
    assert page.heading == "46 papers for you · 三月二十日"
    assert page.texts("//dl/dd")[:2] == ["Chenbao 晨报 <chenbao@localhost>", "ann@example.org"]
    frame = page.one("//iframe")
    assert frame.get("src") == f"/inbox/{key}/html"
    assert "allow-scripts" not in frame.get("sandbox", "allow-scripts")
    assert "allow-same-origin" not in frame.get("sandbox", "allow-same-origin")


def test_the_html_part_may_run_and_load_nothing_even_when_opened_alone(browser: Browser, key: str) -> None:
    response = browser.get(f"/inbox/{key}/html")
    policy = response.headers["Content-Security-Policy"]
    rules = [rule.strip().split() for rule in policy.split(";")]
    assert ["default-src", "'none'"] in rules
    assert ["form-action", "'none'"] in rules
    assert ["frame-ancestors", "'self'"] in rules
    assert {"allow-popups", "allow-popups-to-escape-sandbox"} == set(
        next(rule for rule in rules if rule[0] == "sandbox")[1:]
    )
    assert not [rule for rule in rules if rule[0] in ("script-src", "connect-src")]
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"


def test_links_of_a_mail_open_outside_the_frame(browser: Browser, key: str) -> None:
    page = Page(browser.get(f"/inbox/{key}/html"))
    assert page.attributes("//head/base/@target") == ["_blank"]
    assert page.attributes("//a/@href") == ["/x"]


@pytest.mark.parametrize("html", ["", "<p>bare</p>", "<HEAD ><title>x</title></HEAD>", "<head"])
def test_a_mail_without_a_proper_head_is_shown_all_the_same(browser: Browser, store: MessageStore, html: str) -> None:
    response = browser.get(f"/inbox/{store.add(write_mail(html=html))}/html")
    assert response.status_code == 200
    assert '<base target="_blank">' in response.text


def test_text_and_headers_are_tabs(browser: Browser, key: str) -> None:
    text = Page(browser.get(f"/inbox/{key}?part=text"))
    assert "行走的智能体" in text.one("//pre").text_content()
    assert text.texts("//nav[@class='tabs']/a[@aria-current]") == ["Text"]
    headers = Page(browser.get(f"/inbox/{key}?part=headers"))
    assert "Delivered-To: ann@example.org" in headers.one("//pre").text_content()


def test_a_mail_without_html_opens_with_its_text(browser: Browser, store: MessageStore) -> None:
    key = store.add(write_mail(html=None))
    page = Page(browser.get(f"/inbox/{key}"))
    assert "Walking Agents" in page.one("//pre").text_content()
    assert page.attributes("//iframe") == []
    assert browser.get(f"/inbox/{key}/html").status_code == 404
    assert "no such part" in Page(browser.get(f"/inbox/{key}?part=html")).text


def test_a_mail_of_hardly_any_header_is_shown_too(browser: Browser, store: MessageStore) -> None:
    key = store.add(b"X-Nothing: at all\r\n\r\n")
    assert Page(browser.get(f"/inbox/{key}")).heading == "(no subject)"
    assert "To nobody" in Page(browser.get("/inbox")).text


def test_the_raw_message_is_downloaded_byte_for_byte(browser: Browser, store: MessageStore) -> None:
    mail = write_mail()
    key = store.add(mail)
    response = browser.get(f"/inbox/{key}/raw")
    assert response.content == mail
    assert response.headers["Content-Type"] == "message/rfc822"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{key}.eml"'


@pytest.mark.parametrize(
    "key", ["20260320T010000-999999", "%2E%2E", "..%2Fsecret_key", "secret_key", "x" * 5000, "晨报"]
)
@pytest.mark.parametrize("what", ["", "/html", "/raw"])
def test_what_is_no_key_opens_nothing(browser: Browser, store: MessageStore, key: str, what: str) -> None:
    assert browser.get(f"/inbox/{key}{what}").status_code == 404


def test_an_unknown_tab_is_refused(browser: Browser, key: str) -> None:
    assert browser.get(f"/inbox/{key}?part=attachments").status_code == 400


@pytest.mark.parametrize(
    "settings",
    [{"smtp_url": "smtp://relay.example.org"}, {"base_url": "https://papers.example.org"}],
    ids=["with a relay", "in public"],
)
def test_there_is_no_inbox_with_a_relay_or_in_public(runtime: Runtime, key: str, settings: dict[str, str]) -> None:
    other = Runtime(
        settings=runtime.settings.model_copy(update=settings),
        clock=runtime.clock,
        database=runtime.database,
        tokens=runtime.tokens,
    )
    browser = Browser(create_app(other))
    paths = ["/inbox", f"/inbox/{key}", f"/inbox/{key}/html", f"/inbox/{key}/raw"]
    assert [browser.get(path).status_code for path in paths] == [404, 404, 404, 404]
    assert "/inbox" not in Page(browser.get("/")).attributes("//a/@href")
