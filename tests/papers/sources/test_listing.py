"""A listing page becomes the announcement it shows, whole and in order, or an error: never a part of it."""

import json
import lzma
from datetime import date

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import SourceError
from newsletter.papers.paper import AnnouncementKind, Paper
from newsletter.papers.sources.listing import fetch_listing, parse_listing
from newsletter.papers.sources.record import fold
from tests.conftest import SHARED, StandIn
from tests.papers.pages import FRIDAY, Entry, entries, listing_page
from tests.papers.peer import Peer, Reply

NEW, CROSS, REPLACE = AnnouncementKind
MIXED = [*entries(3), *entries(2, kind=CROSS, first=11), *entries(2, kind=REPLACE, first=21)]
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Co"])).filter(fold)


def read_one(entry: Entry) -> Paper:
    [item] = parse_listing(listing_page([entry]), "cs").announced
    return item.paper


def test_a_page_gives_date_order_kinds_and_totals() -> None:
    found = parse_listing(listing_page(MIXED), "cs")
    assert (found.category, found.listed_on, found.source) == ("cs", FRIDAY, "listing")
    assert [(item.paper.arxiv_id, item.kind) for item in found.announced] == [(e.arxiv_id, e.kind) for e in MIXED]
    assert [item.position for item in found.announced] == list(range(7))
    assert found.totals == {NEW: 3, CROSS: 2, REPLACE: 2}


def test_an_entry_gives_every_field() -> None:
    paper = read_one(Entry())
    assert paper.title == paper.title_source == "Walking robots that learn"
    assert paper.authors == ("Ada Roe", "Bo Lind")
    assert paper.abstract_source == "We teach robots to walk. They fall less."
    assert paper.categories == ("cs.LG", "cs.RO")
    assert paper.comment == "9 pages"
    assert paper.version == 1


def test_tex_is_kept_as_sent_and_made_readable() -> None:
    paper = read_one(Entry(title=r"An $\epsilon$-greedy walk", abstract=r"In $O(n^2)$ steps, 5\% faster."))
    assert paper.title_source == r"An $\epsilon$-greedy walk"
    assert "\\" not in paper.title
    assert paper.abstract_source == r"In $O(n^2)$ steps, 5\% faster."
    assert "\\" not in paper.abstract


@pytest.mark.parametrize(
    "title", ["0", "A < B & C > D", '"Yes!" she said', "&amp; is an entity", "<b>not bold</b>", "机器人"]
)
def test_odd_titles_come_through(title: str) -> None:
    assert read_one(Entry(title=title)).title_source == title


def test_addresses_are_restored() -> None:
    text = "Code: https://example.org/a?b=1&c=2 (also http://example.org/x)."
    paper = read_one(Entry(abstract=text, comment="See https://example.org/v."))
    assert paper.abstract_source == text
    assert paper.comment_source == "See https://example.org/v."


def test_the_primary_category_comes_first_and_the_rest_as_shown() -> None:
    page = listing_page([Entry(categories=("eess.SY", "math.OC", "cs.RO"))]).decode()
    shown = '<span class="primary-subject">Systems and Control (eess.SY)</span>; Optimization (math.OC)'
    assert shown in page
    moved = page.replace(
        shown, 'Optimization (math.OC); <span class="primary-subject">Systems and Control (eess.SY)</span>'
    )
    [item] = parse_listing(moved, "cs").announced
    assert item.paper.categories == ("eess.SY", "math.OC", "cs.RO")


@pytest.mark.parametrize(
    ("entry", "version"),
    [
        (Entry(version=3), 3),
        (Entry(kind=REPLACE, version=5), 5),
        (Entry(kind=REPLACE, version=5, has_html=False), 2),
        (Entry(kind=CROSS, has_html=False), 1),
    ],
)
def test_the_version_is_read_where_it_shows_and_else_the_least_it_can_be(entry: Entry, version: int) -> None:
    assert read_one(entry).version == version


def test_an_entry_without_abstract_comment_or_subjects_is_still_a_paper() -> None:
    page = listing_page([Entry(abstract="", comment=None)]).decode()
    start, end = page.index("<div class='list-subjects'>"), page.index("</dd>")
    [item] = parse_listing(page[:start] + "</div>" + page[end:], "cs.RO").announced
    assert (item.paper.abstract_source, item.paper.comment_source) == ("", None)
    assert item.paper.categories == ("cs.RO",)


def test_old_identifiers_are_read() -> None:
    assert read_one(Entry(arxiv_id="math/0601001")).arxiv_id == "math/0601001"


def test_a_paper_in_two_sections_is_announced_once_under_the_stronger_kind() -> None:
    twice = [Entry(arxiv_id="2603.00001", kind=CROSS), Entry(arxiv_id="2603.00001", kind=REPLACE)]
    [item] = parse_listing(listing_page(twice), "cs").announced
    assert item.kind is CROSS


def test_a_day_without_papers_is_an_announcement_with_none() -> None:
    found = parse_listing(listing_page([]), "cs.OS")
    assert (found.listed_on, found.announced) == (FRIDAY, ())
    assert found.totals == {NEW: 0, CROSS: 0, REPLACE: 0}


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (b"", "is empty"),
        (b"<html><body><p>No updates today.</p></body></html>", "which day"),
        (b"<html><body><h1>It works!</h1></body></html>", "which day"),
        (b"<h3>Showing new listings for Friday, 31 February 2026</h3>", "which day"),
        (b"<h3>Showing new listings for Friday, 20 Ventose 2026</h3>", "which day"),
        (b"<h3>Showing new listings for Friday, 20 March 2026</h3>", "neither entries nor"),
        (listing_page(MIXED).replace(b"list-title", b"list-name"), "has no title"),
        (listing_page(MIXED).replace(b'href ="/abs/', b'href ="/was/'), "no identifier"),
        (listing_page(MIXED).replace(b"showing 3 of 3", b"showing 4 of 4"), "shows 4 new entries, but 3"),
    ],
)
def test_a_page_that_is_not_a_whole_listing_is_a_retryable_error(page: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        parse_listing(page, "cs")
    assert caught.value.retryable


@given(st.data())
def test_a_page_cut_anywhere_is_an_error_or_lacks_nothing(data: st.DataObject) -> None:
    page = listing_page(MIXED)
    cut = data.draw(st.integers(0, len(page) - 1))
    try:
        found = parse_listing(page[:cut], "cs")
    except SourceError:
        return
    shown = sum((found.totals or {}).values())
    assert len(found.announced) == shown  # the sections that are there are whole
    assert all(item.paper.title_source for item in found.announced)


@given(title=TEXTS, abstract=TEXTS, author=TEXTS)
def test_any_text_comes_through_as_it_was_sent(title: str, abstract: str, author: str) -> None:
    paper = read_one(Entry(title=title, abstract=abstract, authors=(author,)))
    assert paper.title_source == fold(title)
    assert paper.abstract_source == fold(abstract)
    assert paper.authors_source == (fold(author),)


def test_the_listing_is_asked_for_with_the_largest_page(peer: Peer, http: requests.Session) -> None:
    peer.on("/list/cs.RO/new", listing_page(MIXED))
    assert len(fetch_listing(http, peer.url, "cs.RO").announced) == 7
    assert peer.paths() == ["/list/cs.RO/new?skip=0&show=2000"]


def test_further_pages_are_fetched_until_all_entries_are_there(peer: Peer, http: requests.Session) -> None:
    peer.on("/list/cs/new?skip=0&", listing_page(MIXED[:2], everything=MIXED))
    peer.on("/list/cs/new?skip=2&", listing_page(MIXED[2:4], everything=MIXED))
    peer.on("/list/cs/new?skip=4&", listing_page(MIXED[4:], everything=MIXED))
    found = fetch_listing(http, peer.url, "cs")
    assert [item.paper.arxiv_id for item in found.announced] == [entry.arxiv_id for entry in MIXED]
    assert [item.position for item in found.announced] == list(range(7))
    assert found.totals == {NEW: 3, CROSS: 2, REPLACE: 2}


def test_a_paper_that_is_listed_twice_is_counted_once(peer: Peer, http: requests.Session) -> None:
    twice = [Entry(arxiv_id="2603.00001"), Entry(arxiv_id="2603.00001", kind=CROSS), Entry(arxiv_id="2603.00002")]
    peer.on("/list", listing_page(twice))
    found = fetch_listing(http, peer.url, "cs")
    assert found.totals == {NEW: 2, CROSS: 0, REPLACE: 0}
    assert len(found.announced) == 2


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (listing_page(MIXED[3:], everything=MIXED, listed_on=date(2026, 3, 23)), "changed to the next day"),
        (listing_page([], everything=MIXED).replace(b"</body>", b"No updates today</body>"), "show 3 of 7 entries"),
        # three new papers on the second page too: more than there are
        (
            listing_page([*entries(2, first=31), *MIXED[5:]], everything=MIXED),
            r"should hold 3 \+ 0 \+ 2 entries, but shows 5 \+ 0 \+ 2",
        ),
    ],
)
def test_pages_that_do_not_belong_together_are_an_error(
    peer: Peer, http: requests.Session, second: bytes, words: str
) -> None:
    peer.on("/list/cs/new?skip=0&", listing_page(MIXED[:3], everything=MIXED))
    peer.on("/list/cs/new?skip=3&", second)
    with pytest.raises(SourceError, match=words) as caught:
        fetch_listing(http, peer.url, "cs")
    assert caught.value.retryable


def test_an_unknown_category_says_which_setting_to_mend(peer: Peer, http: requests.Session) -> None:
    peer.on("/list", Reply(status=400, body=b"<html>Invalid archive or category: cs.XX</html>"))
    with pytest.raises(SourceError, match=r"no listing of 'cs.XX'; set NEWSLETTER_CATEGORIES") as caught:
        fetch_listing(http, peer.url, "cs.XX")
    assert not caught.value.retryable


def test_a_page_cut_cleanly_is_fetched_again(peer: Peer, http: requests.Session) -> None:
    page = listing_page(MIXED)
    peer.on("/list", page[: len(page) // 2], page)
    assert len(fetch_listing(http, peer.url, "cs").announced) == 7


@pytest.mark.standin
@pytest.mark.parametrize(
    ("now", "day"), [("2026-03-19T21:00-04:00", "2026-03-20"), ("2026-02-22T21:00-05:00", "2026-02-23")]
)
def test_every_recorded_paper_comes_through_with_its_texts(
    standin: StandIn, http: requests.Session, now: str, day: str
) -> None:
    standin.control(now=now)
    found = fetch_listing(http, standin.url, "cs")
    assert found.listed_on == date.fromisoformat(day)
    papers = {item.paper.arxiv_id: item.paper for item in found.announced if item.kind is not REPLACE}
    with lzma.open(SHARED / "data" / "arxiv-cs-daily" / f"{day}.jsonl.xz", "rt", encoding="utf-8") as lines:
        rows = {row["id"]: row for row in map(json.loads, lines)}
    assert {str(arxiv_id) for arxiv_id in papers} == set(rows)
    for paper in papers.values():
        row = rows[paper.arxiv_id]
        assert paper.title_source == fold(row["title"])
        assert paper.abstract_source == fold(row["abstract"])
        assert paper.authors_source == tuple(map(fold, row["authors"]))
        assert paper.comment_source == (fold(row["comment"] or "") or None)
        assert paper.categories[0] == row["primary_category"]
        assert set(paper.categories) == set(row["categories"])


@pytest.mark.standin
def test_a_recorded_listing_in_several_pages_is_the_same(standin: StandIn, http: requests.Session) -> None:
    whole = fetch_listing(http, standin.url, "cs")
    assert len(whole.announced) > 500
    assert fetch_listing(http, standin.url, "cs", page_size=250) == whole
