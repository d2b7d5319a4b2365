"""The page of recent days becomes the lists that are there whole; one that is cut, moved or unread is left out."""

import json
import lzma
from collections.abc import Mapping, Sequence
from datetime import date

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import SourceError
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.sources.recent import RecentLists, fetch_recent, parse_recent
from tests.conftest import SHARED, StandIn
from tests.papers.pages import FRIDAY, Entry, entries, recent_page
from tests.papers.peer import Peer, Reply

NEW, CROSS, _ = AnnouncementKind
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 3, day) for day in (16, 17, 18, 19))
WEEK = {
    FRIDAY: [*entries(3, first=51), *entries(2, kind=CROSS, first=61)],
    THURSDAY: entries(4, first=41),
    WEDNESDAY: entries(2, first=31),
    TUESDAY: entries(3, first=21),
    MONDAY: entries(1, first=11),
}


def serve(peer: Peer, lists: Mapping[date, Sequence[Entry]], *, show: int) -> None:
    """Answer with pages of so many entries, whatever number is asked for."""

    def answer(path: str) -> Reply:
        skip = int(path.partition("skip=")[2].partition("&")[0])
        return Reply(body=recent_page(lists, skip=skip, show=show))

    peer.answer = answer


def skips(peer: Peer) -> list[str]:
    return [path.partition("?")[2] for path in peer.paths()]


def ids(found: RecentLists, day: date) -> list[str]:
    return [item.paper.arxiv_id for item in found.lists[day].announced]


def test_a_page_gives_each_days_papers_in_order_with_their_kinds() -> None:
    page = parse_recent(recent_page(WEEK), "cs")
    assert {day: [(paper.arxiv_id, kind) for kind, paper in found] for day, found in page.entries.items()} == {
        day: [(entry.arxiv_id, entry.kind) for entry in shown] for day, shown in WEEK.items()
    }
    assert page.totals == {day: len(shown) for day, shown in WEEK.items()}
    assert page.total == 15


def test_an_entry_has_every_field_but_an_abstract() -> None:
    [(kind, paper)] = parse_recent(recent_page({FRIDAY: [Entry(version=3)]}), "cs").entries[FRIDAY]
    assert kind is NEW
    assert (paper.title, paper.authors) == ("Walking robots that learn", ("Ada Roe", "Bo Lind"))
    assert (paper.categories, paper.comment, paper.version) == (("cs.LG", "cs.RO"), "9 pages", 3)
    assert paper.abstract_source == ""


def test_lists_become_announcements_that_count_new_and_cross_listed_papers(peer: Peer, http: requests.Session) -> None:
    peer.on("/list/cs/recent", recent_page(WEEK))
    found = fetch_recent(http, peer.url, "cs", since=MONDAY)
    assert found.lists.keys() == WEEK.keys() == found.days
    friday = found.lists[FRIDAY]
    assert (friday.category, friday.listed_on, friday.source) == ("cs", FRIDAY, "recent")
    assert friday.totals == {NEW: 3, CROSS: 2}  # that page knows of no replacements
    assert [item.position for item in friday.announced] == list(range(5))
    assert skips(peer) == ["skip=0&show=2000"]


def test_further_pages_are_fetched_as_far_back_as_is_asked(peer: Peer, http: requests.Session) -> None:
    serve(peer, WEEK, show=4)
    found = fetch_recent(http, peer.url, "cs", since=THURSDAY)
    assert skips(peer) == ["skip=0&show=2000", "skip=4&show=2000", "skip=8&show=2000"]
    assert ids(found, FRIDAY) == [entry.arxiv_id for entry in WEEK[FRIDAY]]
    assert ids(found, THURSDAY) == [entry.arxiv_id for entry in WEEK[THURSDAY]]


def test_pages_end_where_arxiv_shows_no_more(peer: Peer, http: requests.Session) -> None:
    serve(peer, WEEK, show=4)
    found = fetch_recent(http, peer.url, "cs", since=date(2026, 3, 2))
    assert found.lists.keys() == WEEK.keys()
    assert len(peer.requests) == 4


@pytest.mark.parametrize("show", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("since", sorted(WEEK))
def test_whatever_the_size_of_a_page_the_lists_asked_for_are_whole(
    peer: Peer, http: requests.Session, show: int, since: date
) -> None:
    serve(peer, WEEK, show=show)
    found = fetch_recent(http, peer.url, "cs", since=since)
    for day in (day for day in WEEK if day >= since):
        assert ids(found, day) == [entry.arxiv_id for entry in WEEK[day]]


def test_a_list_that_goes_on_over_an_unread_page_is_left_out_but_known_of(peer: Peer, http: requests.Session) -> None:
    serve(peer, WEEK, show=10)
    found = fetch_recent(http, peer.url, "cs", since=THURSDAY)
    assert len(peer.requests) == 1
    assert found.lists.keys() == {FRIDAY, THURSDAY}
    assert WEDNESDAY in found.days
    assert not found.leaves_out(WEDNESDAY)


def test_a_day_without_a_list_is_left_out_between_an_older_and_a_newer_one(peer: Peer, http: requests.Session) -> None:
    peer.on("/list", recent_page({day: WEEK[day] for day in (FRIDAY, WEDNESDAY, TUESDAY)}))
    found = fetch_recent(http, peer.url, "cs", since=TUESDAY)
    assert found.leaves_out(THURSDAY)
    assert not any(found.leaves_out(day) for day in (MONDAY, TUESDAY, WEDNESDAY, FRIDAY, date(2026, 3, 23)))
    assert (found.oldest_on, found.newest_on) == (TUESDAY, FRIDAY)


def test_a_day_is_left_out_also_when_the_older_list_is_not_read_to_its_end(peer: Peer, http: requests.Session) -> None:
    serve(peer, {day: WEEK[day] for day in (FRIDAY, WEDNESDAY)}, show=6)
    found = fetch_recent(http, peer.url, "cs", since=THURSDAY)
    assert found.lists.keys() == {FRIDAY}
    assert found.leaves_out(THURSDAY)


def test_a_new_list_between_two_pages_leaves_no_list_with_fewer_papers_than_it_counts(
    peer: Peer, http: requests.Session
) -> None:
    before = {day: WEEK[day] for day in (THURSDAY, WEDNESDAY)}
    after = {day: WEEK[day] for day in (FRIDAY, THURSDAY, WEDNESDAY)}
    peer.on("/list/cs/recent?skip=0&", recent_page(before, show=3))
    peer.on("/list/cs/recent?skip=3&", recent_page(after, skip=3, show=4))  # the two last of Friday, two of Thursday
    peer.on("/list/cs/recent?skip=7&", recent_page(after, skip=7))
    found = fetch_recent(http, peer.url, "cs", since=THURSDAY)
    for day, announcement in found.lists.items():
        assert len(announcement.announced) == len(WEEK[day])
    assert FRIDAY not in found.lists


def test_a_paper_that_is_shown_twice_does_not_stand_for_one_that_is_not_shown(
    peer: Peer, http: requests.Session
) -> None:
    first, second, *_ = WEEK[THURSDAY]
    peer.on("/list", recent_page({FRIDAY: WEEK[FRIDAY], THURSDAY: [first, second, second]}))
    assert fetch_recent(http, peer.url, "cs", since=THURSDAY).lists.keys() == {FRIDAY}


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (b"<html><body><h1>It works!</h1></body></html>", "no recent days"),
        (recent_page({}), "no recent days"),
        (recent_page(WEEK).replace(b"showing 4 of 4", b"showing 5 of 5"), "of 2026-03-19 it shows 4 entries, not 5"),
        (recent_page(WEEK).replace(b"20 Mar 2026", b"31 Feb 2026"), "is no day"),
        (recent_page(WEEK).replace(b"20 Mar 2026", b"20 Ven 2026"), "is no day"),
        (recent_page(WEEK).replace(b"list-title", b"list-name"), "has no title"),
    ],
)
def test_a_page_that_is_not_one_of_recent_days_is_a_retryable_error(
    peer: Peer, http: requests.Session, page: bytes, words: str
) -> None:
    peer.on("/list", page)
    with pytest.raises(SourceError, match=words) as caught:
        fetch_recent(http, peer.url, "cs", since=MONDAY)
    assert caught.value.retryable


@given(st.data())
def test_a_page_cut_anywhere_is_an_error_or_lacks_nothing_of_the_days_it_names(data: st.DataObject) -> None:
    page = recent_page(WEEK)
    cut = data.draw(st.integers(1, len(page) - 1))
    try:
        found = parse_recent(page[:cut], "cs")
    except SourceError:
        return
    for day, shown in found.entries.items():
        assert [paper.arxiv_id for _, paper in shown] == [entry.arxiv_id for entry in WEEK[day]]


def test_a_page_cut_cleanly_is_fetched_again(peer: Peer, http: requests.Session) -> None:
    page = recent_page(WEEK)
    peer.on("/list", page[: len(page) // 2], page)
    assert fetch_recent(http, peer.url, "cs", since=MONDAY).lists.keys() == WEEK.keys()


def test_pages_that_bring_nothing_further_are_an_error_and_not_asked_for_again(
    peer: Peer, http: requests.Session
) -> None:
    empty = recent_page({TUESDAY: WEEK[TUESDAY]}).replace(b"showing 3 of 3", b"showing 0 of 3")
    empty = empty[: empty.index(b"<dt>")] + empty[empty.rindex(b"</dd>") :]
    peer.on("/list/cs/recent?skip=0&", recent_page(WEEK, show=4))
    peer.on("/list/cs/recent", empty)
    with pytest.raises(SourceError, match="show 4 of 15 entries"):
        fetch_recent(http, peer.url, "cs", since=MONDAY)
    assert len(peer.requests) == 2


def test_an_unknown_category_says_which_setting_to_mend(peer: Peer, http: requests.Session) -> None:
    peer.on("/list", Reply(status=400, body=b"<html>Invalid archive or category: cs.XX</html>"))
    with pytest.raises(SourceError, match=r"no listing of 'cs.XX'; set NEWSLETTER_CATEGORIES") as caught:
        fetch_recent(http, peer.url, "cs.XX", since=MONDAY)
    assert not caught.value.retryable


@pytest.mark.standin
def test_the_recorded_week_comes_through_whole(standin: StandIn, http: requests.Session) -> None:
    found = fetch_recent(http, standin.url, "cs", since=MONDAY)
    assert found.lists.keys() >= {MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY}
    for day in WEEK:
        with lzma.open(SHARED / "data" / "arxiv-cs-daily" / f"{day}.jsonl.xz", "rt", encoding="utf-8") as lines:
            recorded = {row["id"]: row for row in map(json.loads, lines)}
        assert set(ids(found, day)) == recorded.keys()
        assert all(
            item.paper.categories[0] == recorded[item.paper.arxiv_id]["primary_category"]
            for item in found.lists[day].announced
        )
