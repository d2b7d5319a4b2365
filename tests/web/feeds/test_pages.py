"""Feeds say what was announced, in both languages, to readers of feeds of every kind."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import feedparser
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from markupsafe import Markup

from newsletter.db.engine import transaction
from newsletter.papers.paper import AnnouncementKind, Paper
from newsletter.runtime import Runtime
from newsletter.subscribers.store import set_preferences
from newsletter.subscribers.subscriber import Density, Languages, Preferences
from newsletter.translation.memory import remember
from newsletter.web.feeds.addresses import day_feed, query_feed, reader_feed
from newsletter.web.feeds.feed import Feed, FeedEntry, legal_text, tag_uri, write_atom
from newsletter.web.feeds.pages import POLICY
from tests.conftest import NOON
from tests.factories import FRIDAY, Hand, add_reader, announce, make_paper, open_day
from tests.web.browser import Browser

ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = '<script>alert(1)</script> & "quotes" ]]> \x00\x0b\ufffe ✓'


def add_day(runtime: Runtime, *papers: Paper | tuple[Paper, AnnouncementKind], listed_on: date = FRIDAY) -> None:
    """Announce papers, and read them into the index."""
    open_day(runtime.desk, announce(papers, listed_on=listed_on))
    runtime.sweep_search()


def translate(runtime: Runtime, texts: dict[str, str], *, engine: str, at: datetime) -> None:
    """Remember translations, and read the papers anew."""
    with transaction(runtime.database) as session:
        remember(session, texts, source="en", target="zh", engine=engine, translated_at=at)
    runtime.sweep_search()


def read(response: httpx.Response) -> Any:
    """Return a feed as a feed reader takes it; what is not well-formed raises."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/atom+xml; charset=utf-8"
    root = etree.fromstring(response.content)
    assert faults(root) == []
    found = feedparser.parse(response.content)
    assert not found.bozo
    return found


def faults(root: etree._Element) -> list[str]:
    """Return what RFC 4287 forbids, of what a generator can get wrong."""
    found = [] if root.tag == f"{ATOM}feed" else ["no feed"]
    for element in [root, *root.iter(f"{ATOM}entry")]:
        found += [
            f"not one {name}" for name in ("id", "title", "updated") if len(element.findall(f"{ATOM}{name}")) != 1
        ]
        alternates = [
            (link.get("type"), link.get("hreflang"))
            for link in element.findall(f"{ATOM}link")
            if link.get("rel", "alternate") == "alternate"
        ]
        if len(alternates) != len(set(alternates)):
            found.append("two alternates of one type")
        stamps = [stamp.text or "" for stamp in element.findall(f"{ATOM}updated")]
        found += [f"no offset in {stamp}" for stamp in stamps if not stamp.endswith(("Z", "+00:00"))]
    ids = [element.text for element in root.iterfind(f"{ATOM}entry/{ATOM}id")]
    if len(ids) != len(set(ids)):
        found.append("an entry twice")
    if root.find(f"{ATOM}author") is None:
        found.append("no author")
    if not [link for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]:
        found.append("no link to itself")
    return found


def test_a_query_feed_has_the_newest_matching_papers_first(browser: Browser, runtime: Runtime) -> None:
    add_day(runtime, make_paper(1, "Old agents"), listed_on=FRIDAY - timedelta(days=1))
    add_day(runtime, make_paper(2, "Graphs"), make_paper(3, "New agents"))
    feed = read(browser.get(query_feed("agents")))
    assert [entry.title for entry in feed.entries] == ["New agents", "Old agents"]
    entry = feed.entries[0]
    assert entry.id == "tag:127.0.0.1,2026:paper/2603.00003"
    assert entry.updated == "2026-03-20T00:00:00+00:00"  # announced at 20:00 in New York
    assert [author.name for author in entry.authors] == ["Ann Lee", "Bo Chen"]
    assert [(tag.term, tag.label) for tag in entry.tags] == [("cs.LG", "Machine Learning (cs.LG)")]
    links = {(link.rel, link.href) for link in entry.links}
    assert ("alternate", "http://127.0.0.1:8000/paper/2603.00003") in links
    assert ("related", "https://arxiv.org/abs/2603.00003") in links
    assert feed.feed.updated == "2026-03-20T00:00:00+00:00"


def test_a_paper_that_is_announced_again_is_the_same_entry_updated(browser: Browser, runtime: Runtime) -> None:
    paper, thursday = make_paper(1, "Agents"), FRIDAY - timedelta(days=1)
    add_day(runtime, paper, listed_on=thursday)
    add_day(runtime, (paper, AnnouncementKind.REPLACE))
    days = [read(browser.get(day_feed(day))).entries[0] for day in (thursday, FRIDAY)]
    assert [entry.updated for entry in days] == ["2026-03-19T00:00:00+00:00", "2026-03-20T00:00:00+00:00"]
    assert {entry.id for entry in days} == {"tag:127.0.0.1,2026:paper/2603.00001"}


def test_entries_have_both_languages(browser: Browser, runtime: Runtime) -> None:
    add_day(runtime, make_paper(1, "Agents", abstract="We walk."))
    with transaction(runtime.database) as session:
        pairs = {"Agents": "智能体", "We walk.": "我们行走。"}
        remember(session, pairs, source="en", target="zh", engine="e", translated_at=runtime.clock())
    runtime.sweep_search()
    (entry,) = read(browser.get(query_feed("agents"))).entries
    content = entry.content[0].value
    for said in ("智能体", "我们行走。", "We walk."):
        assert said in content


def test_what_papers_say_is_text_and_never_markup(browser: Browser, runtime: Runtime) -> None:
    add_day(runtime, make_paper(1, f"Agents {HOSTILE}".replace("\x00", ""), abstract="<img src=x>"))
    response = browser.get(query_feed("agents"))
    root = etree.fromstring(response.content)
    assert root.findtext(f"{ATOM}entry/{ATOM}title") == 'Agents <script>alert(1)</script> & "quotes" ]]> �� ✓'
    content = root.findtext(f"{ATOM}entry/{ATOM}content") or ""
    assert "<script" not in content
    assert "&lt;img src=x&gt;" in content


def test_who_asks_for_query_after_query_waits(browser: Browser) -> None:
    # a window that ends meanwhile lets one or two more in
    statuses = [browser.get(query_feed(f"agents {number}")).status_code for number in range(POLICY.quota + 3)]
    assert statuses[: POLICY.quota] == [200] * POLICY.quota
    assert statuses[-1] == 429
    response = browser.get(query_feed("agents"))
    assert response.headers["content-type"] == "application/problem+json"
    assert int(response.headers["retry-after"]) <= 60


@given(st.text())
def test_any_text_can_stand_in_xml(text: str) -> None:
    element = etree.Element("title")
    element.text = legal_text(text)
    assert etree.fromstring(etree.tostring(element)) is not None


def test_identifiers_stay_valid_whatever_the_host_is() -> None:
    assert tag_uri("https://papers.example.org:8443", "paper", "math/0601001") == (
        "tag:papers.example.org,2026:paper/math/0601001"
    )
    assert tag_uri("http://[::1]:8000", "editions") == "tag:localhost,2026:editions"


@pytest.mark.parametrize("query", ["", "agents AND", "(", "\x00", "ti:", "%ED%A0%80", "a" * 600])
def test_a_broken_query_is_a_problem_and_no_feed(browser: Browser, query: str) -> None:
    written = query if query.startswith("%") else quote(query)
    response = browser.get(f"/feeds/query.atom?q={written}")
    if query.startswith("%"):  # what is no UTF-8 arrives as U+FFFD, which may be looked for in vain
        assert response.status_code in (200, 400)
        return
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    problem = response.json()
    assert (problem["status"], problem["title"]) == (400, "The query cannot be read")
    assert problem["type"] == "http://127.0.0.1:8000/api/v1#bad-query"


def test_a_feed_without_entries_is_one_all_the_same(browser: Browser, runtime: Runtime) -> None:
    assert read(browser.get(query_feed("agents"))).entries == []
    add_day(runtime, make_paper(1, "Graphs"))
    assert read(browser.get(query_feed("agents"))).entries == []


def test_what_a_client_has_is_not_sent_again(browser: Browser, runtime: Runtime, clock: Hand) -> None:
    add_day(runtime, make_paper(1, "Agents"))
    for path in (query_feed("agents"), "/feeds/editions.atom", day_feed(FRIDAY)):
        first = browser.get(path)
        for header, name in (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since")):
            again = browser.get(path, headers={name: first.headers[header]})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == first.headers["etag"]
            assert again.headers["cache-control"] == "public, max-age=300"
        assert browser.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    clock.instant += timedelta(hours=1)  # what was remembered is over, and what is written anew is the same
    assert browser.get(path, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert browser.get(path, headers={"If-Modified-Since": first.headers["last-modified"]}).status_code == 304


def test_a_translation_that_comes_later_changes_the_feed(browser: Browser, runtime: Runtime, clock: Hand) -> None:
    add_day(runtime, make_paper(1, "Agents"))
    first = browser.get(query_feed("agents"))
    clock.instant += timedelta(minutes=1)
    translate(runtime, {"Agents": "智能体"}, engine="e", at=clock())
    headers = {"If-Modified-Since": first.headers["last-modified"]}
    again = browser.get(query_feed("agents"), headers=headers)
    assert (again.status_code, "智能体" in again.text) == (200, True)


def test_the_list_of_editions_tells_how_whole_each_is(browser: Browser, runtime: Runtime) -> None:
    add_day(runtime, make_paper(1, "Agents"))
    (entry,) = read(browser.get("/feeds/editions.atom")).entries
    assert entry.title == "Friday 20 March 2026 · 1 paper"
    assert "complete" in entry.content[0].value
    assert entry.links[0].href == "http://127.0.0.1:8000/day/2026-03-20"


def test_a_days_feed_has_all_its_papers(browser: Browser, runtime: Runtime) -> None:
    add_day(runtime, *[make_paper(number, f"Paper {number}") for number in range(1, 251)])
    assert len(read(browser.get(day_feed(FRIDAY))).entries) == 250


def test_a_days_feed_begins_before_its_papers_are_read() -> None:
    made = iter([1])

    def entries() -> Iterator[FeedEntry]:
        yield FeedEntry(id="i", title=f"{next(made)}", updated_at=NOON, content=Markup("<p>"), links=())

    feed = Feed(id="f", title="t", subtitle="s", self_url="/f", page_url="/", updated_at=NOON, entries=entries())
    pieces = write_atom(feed)

    assert b"<feed" in next(pieces)
    assert list(made) == [1]


@pytest.mark.parametrize("writer", ["the same", "another"])
def test_a_days_feed_has_another_tag_once_a_translation_changed(
    browser: Browser, runtime: Runtime, clock: Hand, writer: str
) -> None:
    add_day(runtime, make_paper(1, "Agents"))
    translate(runtime, {"Agents": "代理"}, engine="the same", at=clock())
    first = browser.get(day_feed(FRIDAY))
    clock.instant += timedelta(minutes=1)
    translate(runtime, {"Agents": "智能体"}, engine=writer, at=clock())
    again = browser.get(day_feed(FRIDAY), headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, "智能体" in again.text) == (200, True)
    assert "代理" in first.text


def test_the_head_of_a_days_feed_tells_what_its_body_would(browser: Browser, runtime: Runtime) -> None:
    add_day(runtime, make_paper(1, "Agents"))
    head = browser.request("HEAD", day_feed(FRIDAY))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == browser.get(day_feed(FRIDAY)).headers["etag"]


@pytest.mark.parametrize("day", ["2026-03-19", "20260320", "9999-12-31", "today", "%00"])
def test_a_day_without_edition_has_no_feed(browser: Browser, runtime: Runtime, day: str) -> None:
    add_day(runtime, make_paper(1, "Agents"))
    assert browser.get(f"/day/{day}/feed.atom").status_code == 404


def test_a_reader_reads_their_digests_in_a_feed_of_their_own(browser: Browser, runtime: Runtime) -> None:
    add_day(runtime, make_paper(1, "Agents <b>walk</b>", abstract="We walk."))
    reader = add_reader(runtime.desk, "ann@example.org", "agents")
    runtime.compose(FRIDAY)
    path = reader_feed(runtime.tokens, reader)
    response = browser.get(path)
    (entry,) = read(response).entries
    assert entry.title == "Friday 20 March 2026 · 三月二十日 星期五 · 1 paper"
    assert "Agents &amp;lt;b&amp;gt;walk&amp;lt;/b&amp;gt;" in response.text
    assert "<b>" not in entry.content[0].value
    assert "We walk." in entry.content[0].value
    assert entry.link.startswith("http://127.0.0.1:8000/digest/")
    assert response.headers["cache-control"] == "private, max-age=300"
    assert "ann@example.org" not in response.text


def test_a_readers_feed_follows_languages_and_density(browser: Browser, runtime: Runtime) -> None:
    add_day(runtime, make_paper(1, "Agents", abstract="We walk."))
    preferences = Preferences(languages=Languages("zh"), density=Density.TITLES)
    reader = add_reader(runtime.desk, "ann@example.org", "agents", preferences=preferences)
    with transaction(runtime.database) as session:
        remember(session, {"Agents": "智能体"}, source="en", target="zh", engine="e", translated_at=runtime.clock())
        set_preferences(session, reader.id, preferences)
    runtime.compose(FRIDAY)
    (entry,) = read(browser.get(reader_feed(runtime.tokens, reader))).entries
    assert entry.title.endswith("1 篇论文")
    assert "智能体" in entry.content[0].value
    assert "We walk." not in entry.content[0].value


def test_a_readers_feed_is_the_same_until_there_is_a_new_digest(
    browser: Browser, runtime: Runtime, clock: Hand
) -> None:
    add_day(runtime, make_paper(1, "Agents"))
    reader = add_reader(runtime.desk, "ann@example.org", "agents")
    runtime.compose(FRIDAY)
    path = reader_feed(runtime.tokens, reader)
    first = browser.get(path)
    clock.instant += timedelta(hours=2)
    for header, name in (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since")):
        assert browser.get(path, headers={name: first.headers[header]}).status_code == 304


def test_nobody_elses_link_opens_a_readers_feed(browser: Browser, runtime: Runtime) -> None:
    reader = add_reader(runtime.desk, "ann@example.org", "agents")
    sign = runtime.tokens.sign
    for token in (
        sign("manage", reader.id, reader.token_version),
        sign("digest", reader.id, reader.token_version),
        sign("feed", reader.id, reader.token_version + 1),  # withdrawn
        sign("feed", reader.id + 1, 0),
        "forged",
        "%00",
    ):
        assert browser.get(f"/feeds/{token}/digests.atom").status_code == 404
