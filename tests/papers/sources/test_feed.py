"""A feed becomes the announcement it shows, with versions and names; anything else is an error."""

from datetime import date

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import SourceError
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.sources.feed import fetch_feed, parse_feed
from newsletter.papers.sources.listing import fetch_listing
from newsletter.papers.sources.record import fold
from tests.conftest import StandIn
from tests.papers.pages import FRIDAY, Entry, entries, feed_page
from tests.papers.peer import Peer, Reply

NEW, CROSS, REPLACE = AnnouncementKind
MIXED = [*entries(2), *entries(2, kind=CROSS, first=11), *entries(2, kind=REPLACE, first=21)]


def is_mojibake(text: str) -> bool:
    """UTF-8 that was read as Latin-1; feedparser mends it (after stripping the text)."""
    try:
        return text.strip().encode("latin-1").decode() != text
    except UnicodeError:
        return False


TEXTS = (
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Co"]))
    .filter(fold)
    .filter(lambda text: not is_mojibake(text))
)


def test_a_feed_gives_date_kinds_and_versions() -> None:
    found = parse_feed(feed_page(MIXED), "cs")
    assert (found.category, found.listed_on, found.source, found.totals) == ("cs", FRIDAY, "feed", None)
    assert [(i.paper.arxiv_id, i.kind, i.paper.version) for i in found.announced] == [
        (entry.arxiv_id, entry.kind, entry.version) for entry in MIXED
    ]


def test_new_papers_come_first_whatever_the_feeds_order() -> None:
    found = parse_feed(feed_page(MIXED[::-1]), "cs")
    assert [item.kind for item in found.announced] == [NEW, NEW, CROSS, CROSS, REPLACE, REPLACE]
    assert [item.position for item in found.announced] == list(range(6))


def test_replaced_cross_lists_are_replacements() -> None:
    page = feed_page(MIXED[-1:]).replace(b">replace<", b">replace-cross<")
    [item] = parse_feed(page, "cs").announced
    assert item.kind is REPLACE


def test_an_item_gives_every_field() -> None:
    entry = Entry(
        title=r"Gaits < $\alpha$ & more", authors=(r"Andr\'e Roux", "Sam Ray, Jr."), abstract="Abstract: we walk."
    )
    [item] = parse_feed(feed_page([entry]), "cs").announced
    assert item.paper.title_source == r"Gaits < $\alpha$ & more"
    assert item.paper.authors == ("André Roux", "Sam Ray, Jr.")
    assert item.paper.abstract_source == "Abstract: we walk."
    assert item.paper.categories == ("cs.LG", "cs.RO")
    assert item.paper.comment is None


@given(title=TEXTS, abstract=TEXTS)
def test_any_text_comes_through_as_it_was_sent(title: str, abstract: str) -> None:
    [item] = parse_feed(feed_page([Entry(title=title, abstract=abstract)]), "cs").announced
    assert item.paper.title_source == fold(title)
    assert item.paper.abstract_source == fold(abstract)


def test_the_date_is_the_eastern_one() -> None:
    late = feed_page(MIXED, published="2026-03-20T03:59:00+00:00")
    assert parse_feed(late, "cs").listed_on == date(2026, 3, 19)


def test_an_empty_feed_has_no_papers_and_the_date_it_was_built() -> None:
    found = parse_feed(feed_page([], published="2026-03-21T04:00:05+00:00"), "cs")
    assert (found.listed_on, found.announced) == (date(2026, 3, 21), ())


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (b"", "not a whole feed"),
        (b"Rate exceeded.", "not a whole feed"),
        (b"<html><body>It works!</body></html>", "not a whole feed"),
        (feed_page(MIXED)[:-60], "not a whole feed"),
        (feed_page([], published="today"), "which day"),
        (feed_page(MIXED).replace(b"2026-03-20T", b"2026-03-19T", 2), "2 different days"),
        (feed_page(MIXED).replace(b">cross<", b">sold<"), "announce type"),
        (feed_page(MIXED).replace(b"oai:arXiv.org:2603", b"tag:somewhere:2603"), "no identifier"),
    ],
)
def test_what_is_not_a_whole_feed_is_a_retryable_error(page: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        parse_feed(page, "cs")
    assert caught.value.retryable


def test_the_feed_of_the_category_is_asked_for(peer: Peer, http: requests.Session) -> None:
    peer.on("/atom/cs.RO", feed_page(MIXED))
    assert len(fetch_feed(http, peer.url, "cs.RO").announced) == 6


def test_an_unknown_category_says_which_setting_to_mend(peer: Peer, http: requests.Session) -> None:
    peer.on("/atom", Reply(status=400, body=feed_page([])))
    with pytest.raises(SourceError, match=r"no feed of 'cs.XX'; set NEWSLETTER_CATEGORIES") as caught:
        fetch_feed(http, peer.url, "cs.XX")
    assert not caught.value.retryable


@pytest.mark.standin
def test_the_recorded_feed_and_listing_show_the_same_day(standin: StandIn, http: requests.Session) -> None:
    standin.control(now="2026-03-20T01:00-04:00")
    feed, listing = fetch_feed(http, standin.url, "cs"), fetch_listing(http, standin.url, "cs")
    assert feed.listed_on == listing.listed_on == FRIDAY
    assert {(i.paper.arxiv_id, i.kind, i.paper.abstract_source) for i in feed.announced} == {
        (i.paper.arxiv_id, i.kind, i.paper.abstract_source) for i in listing.announced
    }


@pytest.mark.standin
def test_the_recorded_weekend_is_empty(standin: StandIn, http: requests.Session) -> None:
    standin.control(now="2026-03-21T12:00-04:00")
    found = fetch_feed(http, standin.url, "cs")
    assert (found.listed_on, found.announced) == (date(2026, 3, 21), ())
