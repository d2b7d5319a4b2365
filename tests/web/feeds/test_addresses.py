"""Pages name the feed of what they show."""

import pytest

from newsletter.runtime import Runtime
from newsletter.subscribers.subscriber import Subscriber
from tests.factories import FRIDAY, add_reader, announce, make_paper, open_day
from tests.web.browser import Browser
from tests.web.pages import Page, link


@pytest.fixture
def reader(runtime: Runtime) -> Subscriber:
    open_day(runtime.desk, announce([make_paper(1, "A robot walks")]))
    return add_reader(runtime.desk, "ann@example.org", "robot")


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "Chenbao 晨报"),
        (f"/day/{FRIDAY}", "Papers of Friday 20 March 2026"),
        ("/search?q=ti:robot%20AND%20cat:cs", "ti:robot AND cat:cs"),
        ("/keywords?q=ti:robot%20%26", "ti:robot &"),
        ("", "Your digests"),
        ("/history", "Your digests"),
        ("/data", "Your digests"),
    ],
)
def test_a_page_names_the_feed_of_what_it_shows(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str, title: str
) -> None:
    address = path if path.startswith(("/day", "/search", "/keywords")) or path == "/" else _own(runtime, reader, path)
    (feed,) = Page(browser.get(address)).root.xpath("//head/link[@rel='alternate']")
    assert (feed.get("type"), feed.get("title")) == ("application/atom+xml", title)
    answer = browser.get(feed.get("href"))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/atom+xml")


@pytest.mark.parametrize("path", ["/search", "/search?q=(", "/keywords", "/keywords?q=(", "/trending"])
def test_a_page_that_has_none_names_none(browser: Browser, path: str) -> None:
    assert Page(browser.get(path)).root.xpath("//link[@rel='alternate']") == []


def _own(runtime: Runtime, reader: Subscriber, path: str) -> str:
    return link(runtime, "manage", reader) + path
