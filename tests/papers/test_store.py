"""What was announced is kept once, in its order; storing it again changes nothing and loses nothing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.papers.paper import Announced, Announcement, AnnouncementKind, ArxivId, Paper
from newsletter.papers.sources.record import make_paper
from newsletter.papers.store import (
    ESTIMATE,
    StoredCounts,
    find_day,
    fresher_paper,
    get_papers,
    list_days,
    list_stored_categories,
    store_announcement,
    store_papers,
)
from newsletter.papers.tables import AnnouncedRow, AnnouncementRow, PaperRow
from tests.conftest import NOON
from tests.papers.pages import FRIDAY

NEW, CROSS, REPLACE = AnnouncementKind
LATER = NOON + timedelta(hours=3)


def make(
    number: int, *, version: int = 1, title: str = "", abstract: str = "We walk.", comment: str | None = "9 pages"
) -> Paper:
    return make_paper(
        ArxivId(f"2603.{number:05d}"),
        version,
        title=title or f"Study number {number}",
        authors=[r"Andr\'e Roux", "Ada Roe"],
        abstract=abstract,
        categories=["cs.RO", "cs.LG"],
        comment=comment,
    )


def announce(
    *papers: Paper,
    kind: AnnouncementKind = NEW,
    category: str = "cs",
    listed_on: date = FRIDAY,
    source: str = "listing",
    totals: dict[AnnouncementKind, int] | None = None,
) -> Announcement:
    announced = tuple(Announced(paper=paper, kind=kind, position=at) for at, paper in enumerate(papers))
    return Announcement(category=category, listed_on=listed_on, source=source, announced=announced, totals=totals)


def store(engine: Engine, announcement: Announcement, *, later: bool = False) -> StoredCounts:
    with transaction(engine) as session:
        return store_announcement(session, announcement, collected_at=LATER if later else NOON)


def day(engine: Engine, *categories: str, listed_on: date = FRIDAY) -> list[tuple[str, AnnouncementKind]]:
    with reading(engine) as session:
        found = find_day(session, categories or ("cs",), listed_on)
    assert [item.position for item in found] == list(range(len(found)))
    return [(item.paper.arxiv_id, item.kind) for item in found]


def dump(engine: Engine) -> list[dict[str, object]]:
    with reading(engine) as session:
        rows = [
            *session.exec(select(PaperRow)),
            *session.exec(select(AnnouncementRow)),
            *session.exec(select(AnnouncedRow)),
        ]
        return [row.model_dump() for row in rows]


@pytest.fixture
def statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_a_day_comes_back_as_it_was_announced(engine: Engine) -> None:
    papers = [make(3), make(1), make(2, comment=None)]
    assert store(engine, announce(*papers)) == StoredCounts(new_papers=3, announced=3)
    with reading(engine) as session:
        found = find_day(session, ["cs"], FRIDAY)
    assert [item.paper for item in found] == papers


def test_storing_a_day_twice_changes_nothing(engine: Engine) -> None:
    announcement = announce(make(1), make(2), totals={NEW: 2, CROSS: 0, REPLACE: 0})
    store(engine, announcement)
    before = dump(engine)
    assert store(engine, announcement, later=True) == StoredCounts()
    assert dump(engine) == before


def test_late_papers_are_added_behind_and_nothing_moves_or_goes(engine: Engine) -> None:
    store(engine, announce(make(1), make(2)))
    counts = store(engine, announce(make(3), make(2), make(4)), later=True)
    assert counts == StoredCounts(new_papers=2, announced=2)
    assert [arxiv_id for arxiv_id, _ in day(engine)] == ["2603.00001", "2603.00002", "2603.00003", "2603.00004"]


def test_the_list_remembers_source_totals_and_when_it_last_grew(engine: Engine) -> None:
    store(engine, announce(make(1), totals={NEW: 2, CROSS: 0, REPLACE: 0}))
    store(engine, announce(make(2), totals={NEW: 2, CROSS: 1, REPLACE: 0}), later=True)
    with reading(engine) as session:
        row = session.exec(select(AnnouncementRow)).one()
    assert (row.source, row.new_total, row.cross_total, row.replace_total) == ("listing", 2, 1, 0)
    assert row.collected_at == LATER
    assert row.announced_at.isoformat() == "2026-03-20T00:00:00+00:00"  # the evening before, in New York


def test_a_newer_version_updates_a_paper_and_an_older_one_never_does(engine: Engine) -> None:
    store(engine, announce(make(1, version=2, title="Second")))
    assert store(engine, announce(make(1, version=1, title="First"), category="cs.LG")).changed_papers == 0
    assert store(engine, announce(make(1, version=3, title="Third"), category="cs.RO")).changed_papers == 1
    with reading(engine) as session:
        [paper] = get_papers(session, ["2603.00001"]).values()
    assert (paper.version, paper.title) == (3, "Third")


def test_categories_are_merged_under_the_strongest_kind(engine: Engine) -> None:
    store(engine, announce(make(1), make(2), kind=CROSS, category="cs.LG"))
    store(engine, announce(make(2), make(3), category="cs.RO"))
    store(engine, announce(make(4), category="sample"))
    assert day(engine, "cs.LG", "cs.RO") == [("2603.00002", NEW), ("2603.00003", NEW), ("2603.00001", CROSS)]
    assert day(engine, "sample") == [("2603.00004", NEW)]
    assert day(engine, "cs.LG", listed_on=date(2026, 3, 19)) == []


def test_a_list_that_was_seen_replaces_an_estimate(engine: Engine) -> None:
    store(engine, announce(make(1), make(2), source=ESTIMATE))
    store(engine, announce(make(2), make(3), kind=CROSS), later=True)
    assert day(engine) == [("2603.00002", CROSS), ("2603.00003", CROSS)]
    with reading(engine) as session:
        assert session.exec(select(AnnouncementRow.source)).one() == "listing"
        assert len(get_papers(session, ["2603.00001"])) == 1  # the paper itself stays known


def test_a_list_for_the_archive_is_marked_until_it_is_collected_in_earnest(engine: Engine) -> None:
    def is_backfilled() -> bool:
        with reading(engine) as session:
            return session.exec(select(AnnouncementRow.is_backfilled)).one()

    store(engine, announce(make(1), source=ESTIMATE))
    assert is_backfilled()
    with transaction(engine) as session:
        store_announcement(session, announce(make(1)), collected_at=LATER, is_backfilled=True)
    assert is_backfilled()
    store(engine, announce(make(1), make(2)))
    assert not is_backfilled()
    with transaction(engine) as session:
        store_announcement(session, announce(make(3)), collected_at=LATER, is_backfilled=True)
    assert not is_backfilled()


def test_an_estimate_never_touches_a_list_that_was_seen(engine: Engine) -> None:
    store(engine, announce(make(1), source="feed"))
    assert store(engine, announce(make(1), make(2), kind=CROSS, source=ESTIMATE)).announced == 0
    assert day(engine) == [("2603.00001", NEW)]


def test_a_listing_corrects_the_feeds_kinds_but_not_the_other_way_round(engine: Engine) -> None:
    store(engine, announce(make(1), make(2), kind=CROSS, source="feed"))
    store(engine, announce(make(1), kind=NEW, source="listing"))
    store(engine, announce(make(1), kind=REPLACE, source="feed"))
    assert day(engine) == [("2603.00001", NEW), ("2603.00002", CROSS)]


def test_kinds_made_out_of_oai_records_give_way_to_those_that_were_announced(engine: Engine) -> None:
    store(engine, announce(make(1), make(2), source="oai"))
    store(engine, announce(make(1), kind=CROSS, source="feed"))
    store(engine, announce(make(1), kind=REPLACE, source="oai"))
    assert day(engine) == [("2603.00002", NEW), ("2603.00001", CROSS)]
    store(engine, announce(make(1), make(2), kind=REPLACE, source="recent"))
    assert day(engine) == [("2603.00001", REPLACE), ("2603.00002", REPLACE)]


def test_a_thousand_papers_need_a_handful_of_statements(engine: Engine, statements: list[str]) -> None:
    papers = [make(number) for number in range(1000)]
    store(engine, announce(*papers))
    assert len(statements) <= 20
    statements.clear()
    store(engine, announce(*(replace(paper, version=2) for paper in papers)))
    assert len(statements) <= 20
    statements.clear()
    assert len(day(engine)) == 1000
    assert len(statements) <= 2


def test_days_and_categories_are_listed(engine: Engine) -> None:
    for listed_on, category in (
        (FRIDAY, "cs"),
        (date(2026, 3, 19), "cs"),
        (FRIDAY, "math"),
        (date(2026, 3, 18), "math"),
    ):
        store(engine, announce(make(1), listed_on=listed_on, category=category))
    with reading(engine) as session:
        assert list_days(session, ["cs"]) == [date(2026, 3, 19), FRIDAY]
        assert list_days(session, ["cs", "math"]) == [date(2026, 3, 18), date(2026, 3, 19), FRIDAY]
        assert list_days(session, ["stat"]) == []
        assert list_stored_categories(session, FRIDAY) == ["cs", "math"]


def test_papers_are_found_by_identifier_and_unknown_ones_are_missing(engine: Engine) -> None:
    with transaction(engine) as session:
        assert store_papers(session, [make(1), make(2), make(1)], stored_at=NOON).new_papers == 2
        found = get_papers(session, ["2603.00002", "2603.09999", "2603.00002"])
    assert list(found) == ["2603.00002"]


def test_of_the_same_paper_twice_the_newer_version_is_stored(engine: Engine) -> None:
    with transaction(engine) as session:
        store_papers(session, [make(1, version=2, title="Second"), make(1, title="First")], stored_at=NOON)
        assert get_papers(session, ["2603.00001"])[ArxivId("2603.00001")].title == "Second"


PAPERS = st.builds(
    make,
    st.just(1),
    version=st.integers(1, 3),
    title=st.sampled_from(["A", "B"]),
    abstract=st.sampled_from(["", "We walk."]),
    comment=st.sampled_from([None, "9 pages"]),
)


@given(PAPERS, PAPERS)
def test_what_is_kept_has_the_newest_version_and_no_gap_that_could_be_filled(known: Paper, seen: Paper) -> None:
    kept = fresher_paper(known, seen)
    assert kept.version == max(known.version, seen.version)
    assert fresher_paper(kept, seen) == kept  # seeing it again changes nothing
    if seen.version >= known.version:
        assert bool(kept.abstract_source) == bool(known.abstract_source or seen.abstract_source)
        assert (kept.comment_source is None) == (known.comment_source is None and seen.comment_source is None)
        assert kept.title == (seen.title if seen.version > known.version else known.title)
    else:
        assert kept == known


@given(PAPERS, PAPERS)
def test_a_description_without_categories_only_stands_in_for_arxivs_own(known: Paper, seen: Paper) -> None:
    stand_in = replace(known, categories=())
    assert fresher_paper(stand_in, seen).title == seen.title
    assert fresher_paper(stand_in, seen).categories == seen.categories
    kept = fresher_paper(seen, stand_in)
    assert (kept.title, kept.version, kept.categories) == (seen.title, seen.version, seen.categories)
    assert fresher_paper(stand_in, stand_in) == stand_in
