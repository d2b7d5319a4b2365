"""An earlier list is known again under any date, and what OAI-PMH says has changed becomes lists without repetitions."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.papers.compare import is_repeated, kind_for, oai_lists
from newsletter.papers.paper import Announcement, AnnouncementKind, ArxivId, Paper
from newsletter.papers.sources.feed import parse_feed
from newsletter.papers.sources.oai import parse_page
from newsletter.papers.sources.record import make_paper
from newsletter.papers.taxonomy import category_names
from tests.papers.pages import FRIDAY, Entry, entries, feed_page, oai_page, oai_record

NEW, CROSS, REPLACE = AnnouncementKind
THURSDAY = date(2026, 3, 19)
YESTERDAYS, TODAYS = entries(4), entries(4, first=51)
IDS = [entry.arxiv_id for entry in TODAYS]


def feed(shown: list[Entry]) -> Announcement:
    return parse_feed(feed_page(shown), "cs")


def test_a_feed_of_papers_that_were_never_listed_is_new() -> None:
    assert not is_repeated(feed(TODAYS), [])
    assert not is_repeated(feed(TODAYS), [entry.arxiv_id for entry in YESTERDAYS])


def test_a_feed_of_papers_that_stood_in_an_earlier_list_is_that_list_again() -> None:
    assert is_repeated(feed(YESTERDAYS), [entry.arxiv_id for entry in YESTERDAYS])


def test_half_of_a_feed_is_enough_to_know_it_by() -> None:
    assert is_repeated(feed(TODAYS), IDS[:2])
    assert not is_repeated(feed(TODAYS), IDS[:1])


def test_replaced_papers_stood_in_earlier_lists_anyway() -> None:
    replaced = [Entry(arxiv_id=entry.arxiv_id, kind=REPLACE, version=2) for entry in YESTERDAYS]
    earlier = [entry.arxiv_id for entry in YESTERDAYS]
    assert not is_repeated(feed([*TODAYS, *replaced]), earlier)
    assert not is_repeated(feed(replaced), earlier)


def test_an_empty_feed_repeats_nothing() -> None:
    assert not is_repeated(feed([]), IDS, counted_ids=IDS)


def test_a_feed_that_has_little_of_what_the_listing_counts_is_not_of_its_day() -> None:
    assert is_repeated(feed(YESTERDAYS), [], counted_ids=IDS)
    assert is_repeated(feed(YESTERDAYS), [], counted_ids=[])  # the listing says that nothing came
    assert not is_repeated(feed(TODAYS), [], counted_ids=IDS)
    assert not is_repeated(feed([*TODAYS, *YESTERDAYS]), [], counted_ids=IDS)  # late papers are no reason to drop all


def lists(
    *records: str, category: str = "cs", first_days: Mapping[str, date] | None = None
) -> Mapping[date, Announcement]:
    return oai_lists(category, parse_page(oai_page(records)).records, first_days or {})


def placed(found: Mapping[date, Announcement], day: date = FRIDAY) -> list[tuple[str, AnnouncementKind]]:
    announced = found[day].announced if day in found else ()
    assert [item.position for item in announced] == list(range(len(announced)))
    return [(item.paper.arxiv_id, item.kind) for item in announced]


def test_first_versions_are_new_or_cross_listed_and_later_ones_replaced() -> None:
    found = lists(
        oai_record(Entry(arxiv_id="2603.00004", version=2, submitted="2026-03-16T10:00:00Z")),
        oai_record(Entry(arxiv_id="2603.00003", categories=("math.OC", "cs.RO"))),
        oai_record(Entry(arxiv_id="2603.00002")),
        oai_record(Entry(arxiv_id="2603.00001")),
    )
    assert placed(found) == [("2603.00001", NEW), ("2603.00002", NEW), ("2603.00003", CROSS), ("2603.00004", REPLACE)]
    assert (found[FRIDAY].category, found[FRIDAY].listed_on, found[FRIDAY].source) == ("cs", FRIDAY, "oai")
    assert found[FRIDAY].totals is None


def test_each_record_belongs_to_the_day_of_its_datestamp() -> None:
    found = lists(oai_record(Entry()), oai_record(Entry(arxiv_id="2603.00002"), datestamp=THURSDAY))
    assert placed(found) == [("2603.00001", NEW)]
    assert placed(found, THURSDAY) == [("2603.00002", NEW)]


def test_a_first_version_that_stood_in_an_earlier_list_is_only_a_corrected_record() -> None:
    assert placed(lists(oai_record(Entry()), first_days={"2603.00001": THURSDAY})) == []
    assert placed(lists(oai_record(Entry()), first_days={"2603.00001": FRIDAY})) == [("2603.00001", NEW)]


def test_what_is_earlier_is_told_for_each_list_by_itself() -> None:
    records = [
        oai_record(Entry(arxiv_id="2603.00001"), datestamp=THURSDAY),
        oai_record(Entry(arxiv_id="2603.00002"), datestamp=FRIDAY),
    ]
    found = lists(*records, first_days={"2603.00001": THURSDAY, "2603.00002": THURSDAY})
    assert placed(found, THURSDAY) == [("2603.00001", NEW)]
    assert placed(found, FRIDAY) == []


def test_a_first_version_of_months_ago_is_no_news() -> None:
    assert placed(lists(oai_record(Entry(submitted="2025-12-01T10:00:00Z")))) == []
    assert placed(lists(oai_record(Entry(submitted="2026-02-10T10:00:00Z")))) == [("2603.00001", NEW)]  # held for weeks


def test_a_later_version_of_long_ago_is_no_replacement() -> None:
    assert placed(lists(oai_record(Entry(version=2, submitted="2026-03-01T10:00:00Z")))) == []


def test_what_does_not_belong_to_the_category_is_left_out() -> None:
    record = oai_record(Entry(categories=("math.OC", "eess.SY")))
    replaced = oai_record(Entry(version=2, categories=("math.OC",), submitted="2026-03-16T10:00:00Z"))
    assert placed(lists(record, category="cs.RO")) == []
    assert placed(lists(replaced, category="cs.RO")) == []


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 6), st.integers(1, 3)), unique_by=lambda drawn: drawn[0]))
def test_no_paper_stands_in_two_lists_or_twice_in_one(drawn: Iterable[tuple[int, int, int]]) -> None:
    records = [
        oai_record(Entry(arxiv_id=f"2603.{number:05}", version=version), datestamp=THURSDAY + timedelta(days=days))
        for number, days, version in drawn
    ]
    found = lists(*records) if records else {}
    ids = [arxiv_id for day in found for arxiv_id, _ in placed(found, day)]
    assert len(ids) == len(set(ids))
    assert all(announcement.announced for announcement in found.values())


def paper(*categories: str) -> Paper:
    return make_paper(
        ArxivId("2603.00001"), 1, title="Walk", authors=["Ada Roe"], abstract="", categories=categories, comment=None
    )


@pytest.mark.parametrize(
    ("category", "categories", "kind"),
    [
        ("cs", ("cs.LG", "stat.ML"), NEW),
        ("cs.LG", ("cs.LG",), NEW),
        ("cs.LG", ("cs.RO", "cs.LG"), CROSS),
        ("stat", ("cs.LG", "stat.ML"), CROSS),
        ("cs.L", ("cs.LG",), None),
        ("hep-th", ("hep-th",), NEW),
        ("math", ("hep-th",), None),
        # one category under two names: the paper belongs to both archives
        ("cs.SY", ("eess.SY",), NEW),
        ("cs", ("eess.SY",), NEW),
        ("eess.SY", ("cs.RO", "cs.SY"), CROSS),
        ("eess", ("cs.SY",), NEW),
        ("math", ("cs.IT",), NEW),
        ("math", ("math-ph",), NEW),
        ("stat", ("math.ST",), NEW),
        ("math-ph", ("math.MP",), NEW),
        # a category that is younger than our table of them
        ("cs", ("cs.QQ", "cs.LG"), NEW),
        ("cs.QQ", ("cs.LG", "cs.QQ"), CROSS),
    ],
)
def test_kinds_are_relative_to_the_category_under_all_its_names(
    category: str, categories: tuple[str, ...], kind: AnnouncementKind | None
) -> None:
    assert kind_for(category, paper(*categories)) is kind


@given(st.lists(st.sampled_from(sorted(category_names())), min_size=1, max_size=4, unique=True))
def test_a_paper_is_new_in_its_primary_category_and_belongs_to_all_it_names(categories: list[str]) -> None:
    assert kind_for(categories[0], paper(*categories)) is NEW
    assert all(kind_for(name, paper(*categories)) is not None for name in categories)
