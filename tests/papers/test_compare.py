"""The list to believe is the newest and fullest that the sources give, and never yesterday's under a new date."""

from datetime import date

from newsletter.papers.compare import choose_announcement, complete_listing, fill_abstracts
from newsletter.papers.paper import Announcement, AnnouncementKind, ArxivId
from newsletter.papers.sources.feed import parse_feed
from newsletter.papers.sources.listing import parse_listing
from tests.papers.pages import FRIDAY, Entry, entries, feed_page, listing_page

THURSDAY = date(2026, 3, 19)
YESTERDAYS, TODAYS = entries(4), entries(4, first=51)


def listing(shown: list[Entry], listed_on: date = FRIDAY) -> Announcement:
    return parse_listing(listing_page(shown, listed_on=listed_on), "cs")


def feed(shown: list[Entry], listed_on: date = FRIDAY) -> Announcement:
    return parse_feed(feed_page(shown, published=f"{listed_on}T00:00:00-04:00"), "cs")


def ids(announcement: Announcement | None) -> list[str]:
    assert announcement is not None
    return [item.paper.arxiv_id for item in announcement.announced]


def choose(
    listing: Announcement | None, feed: Announcement | None, previous: list[Entry] | None = None, limit: int = 2000
) -> tuple[Announcement | None, list[str]]:
    previous_ids = [ArxivId(entry.arxiv_id) for entry in previous or []]
    verdict = choose_announcement(listing, feed, previous_ids=previous_ids, feed_limit=limit)
    return verdict.announcement, [f"{source}: {reason}" for source, reason in verdict.problems]


def test_a_listing_alone_is_believed() -> None:
    shown = listing(TODAYS)
    assert choose(shown, None) == (shown, [])
    assert choose(shown, feed([])) == (shown, [])


def test_a_feed_older_than_the_listing_is_left_aside_silently() -> None:
    shown = listing(TODAYS)
    assert choose(shown, feed(YESTERDAYS, THURSDAY)) == (shown, [])


def test_what_only_the_feed_has_is_added_behind_the_listing() -> None:
    late = Entry(arxiv_id="2603.00099", kind=AnnouncementKind.CROSS)
    found, problems = choose(listing(TODAYS), feed([*TODAYS, late]))
    assert ids(found) == [*(entry.arxiv_id for entry in TODAYS), "2603.00099"]
    assert found is not None
    assert [item.position for item in found.announced] == list(range(5))
    assert found.announced[-1].kind is AnnouncementKind.CROSS
    assert found.source == "listing"
    assert problems == []


def test_yesterdays_feed_under_todays_date_adds_nothing_to_the_listing() -> None:
    shown = listing(TODAYS)
    found, problems = choose(shown, feed(YESTERDAYS))
    assert found == shown
    assert len(problems) == 1
    assert problems[0].startswith("feed: most of its items are not in the listing")


def test_a_newer_feed_is_taken_instead_of_a_frozen_listing() -> None:
    newer = feed(TODAYS)
    found, problems = choose(listing(YESTERDAYS, THURSDAY), newer)
    assert found == newer
    assert problems == ["listing: it still shows the list of 2026-03-19; the feed's of 2026-03-20 was taken"]


def test_a_feed_that_repeats_an_older_listing_is_not_newer() -> None:
    old = listing(YESTERDAYS, THURSDAY)
    found, problems = choose(old, feed(YESTERDAYS))
    assert found == old
    assert "an earlier list again" in problems[0]


def test_a_feed_alone_is_believed_unless_it_repeats_the_stored_list() -> None:
    shown = feed(TODAYS)
    assert choose(None, shown, previous=YESTERDAYS) == (shown, [])
    found, problems = choose(None, feed(YESTERDAYS), previous=YESTERDAYS)
    assert found is None
    assert "an earlier list again" in problems[0]


def test_a_full_feed_alone_is_taken_with_a_warning() -> None:
    shown = feed(TODAYS)
    found, problems = choose(None, shown, limit=4)
    assert found == shown
    assert problems == ["feed: it ends at 4 items and leaves out new papers; the listing would have them"]


def test_nothing_at_all_is_nothing() -> None:
    assert choose(None, None) == (None, [])
    assert choose(None, feed([])) == (None, [])


def test_the_feed_gives_versions_and_missing_abstracts_but_not_its_texts() -> None:
    shown = Entry(kind=AnnouncementKind.REPLACE, has_html=False, abstract="", authors=("André Roux",))
    fed = Entry(kind=AnnouncementKind.REPLACE, version=5, abstract="We walk.", authors=(r"Andr\'e Roux",), comment=None)
    [item] = complete_listing(listing([shown]), feed([fed])).announced
    assert (item.paper.version, item.paper.abstract_source, item.paper.abstract) == (5, "We walk.", "We walk.")
    assert (item.paper.authors_source, item.paper.comment) == (("André Roux",), "9 pages")


def test_an_abstract_that_is_there_is_not_replaced() -> None:
    [item] = complete_listing(listing([Entry()]), feed([Entry(abstract="Something else.")])).announced
    assert item.paper.abstract_source == Entry().abstract


def test_missing_abstracts_are_filled_and_others_left() -> None:
    shown = listing([Entry(arxiv_id="2603.00001", abstract=""), Entry(arxiv_id="2603.00002")])
    found = feed([Entry(arxiv_id="2603.00001", abstract="Filled."), Entry(arxiv_id="2603.00002", abstract="Not this.")])
    filled = fill_abstracts(shown, {item.paper.arxiv_id: item.paper for item in found.announced})
    assert [item.paper.abstract for item in filled.announced] == ["Filled.", Entry().abstract]
