"""Every page: safe headers, one look, readable without eyes, and errors that say what to do."""

import gc
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from unittest import mock

import httpx
import pytest
from fastapi import FastAPI
from jinja2 import FileSystemLoader
from sqlalchemy import text
from structlog.testing import capture_logs

from newsletter.embedded.mailbox import MessageStore
from newsletter.runtime import Runtime
from newsletter.web.app import create_app
from newsletter.web.security import MAX_BODY_BYTES
from tests.factories import FRIDAY, add_reader, announce, make_paper, open_day
from tests.web.browser import Browser
from tests.web.pages import Page, faults, link

Visit = Callable[[Browser, dict[str, str]], httpx.Response]
PAGES: dict[str, Visit] = {
    "landing": lambda browser, _: browser.get("/"),
    "sign-up with mistakes": lambda browser, _: browser.post("/subscribe", data={"keywords": "(a AND\nNOT b"}),
    "look in your inbox": lambda browser, _: browser.post(
        "/subscribe", data={"email": "c@example.org", "keywords": "a"}
    ),
    "confirm": lambda browser, links: browser.get(links["confirm"]),
    "confirmed": lambda browser, links: browser.post(links["confirm"]),
    "manage": lambda browser, links: browser.get(links["manage"] + "?saved=true"),
    "manage with mistakes": lambda browser, links: browser.post(
        links["manage"], data={"keywords": "(a AND", "hour": "x"}
    ),
    "unsubscribe": lambda browser, links: browser.get(links["unsubscribe"]),
    "unsubscribed": lambda browser, links: browser.post(links["unsubscribe"]),
    "bad link": lambda browser, _: browser.get("/manage/x"),
    "day": lambda browser, _: browser.get("/day/2026-03-20"),
    "filtered day": lambda browser, _: browser.get("/day/2026-03-20?q=agents"),
    "wrong filter": lambda browser, _: browser.get("/day/2026-03-20?q=(agents"),
    "no result": lambda browser, _: browser.get("/day/2026-03-20?q=knitting"),
    "no edition": lambda browser, _: browser.get("/day/2026-03-21"),
    "paper": lambda browser, _: browser.get("/paper/2603.00001"),
    "papers like one": lambda browser, _: browser.get("/paper/2603.00001/similar"),
    "no such paper": lambda browser, _: browser.get("/paper/2699.00001"),
    "trending": lambda browser, _: browser.get("/trending"),
    "no trends": lambda browser, _: browser.get("/trending?date=2026-03-21"),
    "search": lambda browser, _: browser.get("/search"),
    "results": lambda browser, _: browser.get("/search?q=agents"),
    "wrong search": lambda browser, _: browser.get("/search?q=(agents"),
    "digest": lambda browser, links: browser.get(links["digest"] + "/2026-03-20"),
    "no digest": lambda browser, links: browser.get(links["digest"] + "/2026-03-19"),
    "inbox": lambda browser, _: browser.get("/inbox"),
    "mail": lambda browser, links: browser.get(links["mail"]),
    "mail's text": lambda browser, links: browser.get(links["mail"] + "?part=text"),
    "mail's headers": lambda browser, links: browser.get(links["mail"] + "?part=headers"),
    "no such page": lambda browser, _: browser.get("/nothing"),
    "wrong method": lambda browser, _: browser.get("/subscribe"),
    "wrong number": lambda browser, _: browser.get("/day/2026-03-20?page=x"),
}
PUBLIC = (
    "landing", "day", "filtered day", "wrong filter", "no result", "no edition", "paper", "papers like one", "no such paper",
    "trending", "no trends", "search", "results", "wrong search",
)  # fmt: skip


@pytest.fixture
def links(runtime: Runtime) -> dict[str, str]:
    """A site on which something has happened."""
    open_day(runtime.desk, announce([make_paper(1, "Walking Agents"), make_paper(2, "Diffusion Policies")]))
    reader = add_reader(runtime.desk, "ann@example.org", "agents", "强化学习")
    newcomer = add_reader(runtime.desk, "bo@example.org", "agents", "强化学习", is_confirmed=False)
    runtime.compose(FRIDAY)
    mail = EmailMessage()
    mail["Subject"] = "2 papers for you"
    mail.set_content("Text")
    mail.add_alternative("<p>Page</p>", subtype="html")
    key = MessageStore(runtime.settings.inbox_folder, runtime.clock).add(mail.as_bytes().replace(b"\n", b"\r\n"))
    return {
        "manage": link(runtime, "manage", reader),
        "unsubscribe": link(runtime, "unsubscribe", reader),
        "digest": link(runtime, "digest", reader),
        "confirm": link(runtime, "confirm", newcomer),
        "mail": f"/inbox/{key}",
    }


@pytest.mark.parametrize("name", PAGES)
def test_every_page_reads_well_aloud_and_by_keyboard(browser: Browser, links: dict[str, str], name: str) -> None:
    assert faults(PAGES[name](browser, links)) == []


def test_every_page_carries_the_headers_that_keep_it_safe(browser: Browser, links: dict[str, str]) -> None:
    for name, visit in PAGES.items():
        headers = visit(browser, links).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, name
        assert "frame-ancestors 'none'" in policy, name
        assert "unsafe-inline" not in policy, name
        assert headers["X-Content-Type-Options"] == "nosniff", name
        assert headers["Referrer-Policy"] == "no-referrer", name
        assert headers["Cache-Control"] == ("no-cache" if name in PUBLIC else "no-store"), name
        assert "Set-Cookie" not in headers, name


def test_every_page_that_is_one_readers_own_stays_out_of_search_engines(
    browser: Browser, links: dict[str, str]
) -> None:
    for name, visit in PAGES.items():
        is_private = Page(visit(browser, links)).attributes("//meta[@name='robots']/@content") == ["noindex"]
        assert is_private == (name not in (*PUBLIC, "sign-up with mistakes", "look in your inbox")), name


def test_no_page_loads_anything_from_elsewhere(browser: Browser, links: dict[str, str]) -> None:
    for visit in PAGES.values():
        page = Page(visit(browser, links))
        loaded = page.attributes("//link/@href | //img/@src | //iframe/@src | //script/@src")
        assert all(address.startswith("/") and not address.startswith("//") for address in loaded)


@pytest.mark.parametrize(
    ("method", "path", "status", "heading"),
    [
        ("GET", "/nothing", 404, "There is no such page"),
        ("GET", "/manage", 404, "There is no such page"),
        ("GET", "/subscribe", 405, "This page does not work that way"),
        ("DELETE", "/", 405, "This page does not work that way"),
        ("GET", "/day/2026-03-20?page=x", 400, "This request cannot be read"),
        ("GET", "/docs", 404, "There is no such page"),
        ("GET", "/openapi.json", 404, "There is no such page"),
    ],
)
def test_an_error_says_what_happened_and_what_to_do(
    browser: Browser, method: str, path: str, status: int, heading: str
) -> None:
    response = browser.request(method, path)
    page = Page(response)
    assert (response.status_code, page.heading) == (status, heading)
    assert len(page.texts("//main/p[@class='prose']")) == 1
    assert page.attributes("//main//a/@href") == ["/day", "/"]


def test_a_failure_of_ours_tells_no_secret_and_is_written_down(
    browser: Browser, runtime: Runtime, links: dict[str, str]
) -> None:
    with runtime.database.begin() as connection:
        connection.execute(text("DROP TABLE subscription"))
    with capture_logs() as logs:
        response = browser.get(links["manage"])
    page = Page(response)
    assert (response.status_code, page.heading) == (500, "Something broke on our side")
    assert faults(response) == []
    assert "subscription" not in page.text
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    (entry,) = [entry for entry in logs if entry["event"] == "request_failed"]
    assert entry["method"] == "GET"
    assert entry["problem"] in ("OperationalError", "ProgrammingError")  # as SQLite and PostgreSQL call a missing table
    assert links["manage"].rpartition("/")[2] not in str(entry)


def test_a_body_over_the_limit_is_refused(browser: Browser) -> None:
    response = browser.post("/subscribe", data={"keywords": "x" * MAX_BODY_BYTES})
    assert (response.status_code, Page(response).heading) == (413, "That is too much at once")


def test_the_style_sheet_may_be_kept_for_ever_since_its_address_changes(browser: Browser) -> None:
    (address,) = Page(browser.get("/")).attributes("//link[contains(@href, '/chenbao.css')]/@href")
    response = browser.get(address)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/css; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert browser.get("/static/..%2Fbase.html").status_code == 404


def test_the_style_sheet_knows_both_lights_and_shows_the_focus(browser: Browser) -> None:
    (address,) = Page(browser.get("/")).attributes("//link[contains(@href, '/chenbao.css')]/@href")
    sheet = browser.get(address).text
    assert "prefers-color-scheme: dark" in sheet
    assert ":focus-visible" in sheet
    assert "url(" not in sheet


def test_long_pages_travel_compressed(browser: Browser) -> None:
    assert browser.get("/", headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"


@pytest.fixture
def usual_collector() -> Iterator[None]:
    """See to it that Python's search for garbage is afterwards as it was before."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("usual_collector")
def test_the_application_opens_its_own_runtime_from_the_environment_and_is_warm_before_anybody_asks() -> None:
    app = create_app()
    assert isinstance(app, FastAPI)
    site = app.state.site
    with mock.patch.object(
        FileSystemLoader, "get_source", side_effect=AssertionError("a visitor waited for a template")
    ):
        for environment in site.environments.values():
            environment.auto_reload = False  # otherwise it looks whether the files have changed
        assert Browser(app).get("/").status_code == 200
        assert Browser(app).get("/search").status_code == 200
    assert gc.get_freeze_count() > 0
    site.runtime.database.dispose()
