"""Every version of a paper that was seen is remembered once, with the comment it came with."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, event
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.papers.calendar import announced_at
from newsletter.papers.paper import AnnouncementKind, Paper
from newsletter.papers.store import get_papers, store_announcement, store_papers
from newsletter.papers.tables import PaperVersionRow
from newsletter.papers.version_store import list_versions_before
from newsletter.papers.versions import KnownVersion
from tests.factories import FRIDAY, announce, make_paper

THURSDAY = date(2026, 3, 19)
MONDAY = date(2026, 3, 23)
REPLACE = AnnouncementKind.REPLACE


def version(number: int, comment: str | None = None) -> Paper:
    return replace(make_paper(1, f"Title {number}"), version=number, comment=comment, comment_source=comment)


def evening(listed_on: date) -> datetime:
    """Return the time at which the list of a day is collected."""
    return announced_at(listed_on) + timedelta(minutes=5)


def collect(
    engine: Engine, papers: Sequence[Paper | tuple[Paper, AnnouncementKind]], on: date, category: str = "cs"
) -> None:
    with transaction(engine) as session:
        announcement = announce(papers, category=category, listed_on=on)
        store_announcement(session, announcement, collected_at=evening(on))


def versions(engine: Engine) -> list[tuple[int, str | None]]:
    with reading(engine) as session:
        rows = session.exec(select(PaperVersionRow)).all()
    return sorted((row.version, row.comment_source) for row in rows)


def current(engine: Engine) -> Paper:
    with reading(engine) as session:
        (paper,) = get_papers(session, ["2603.00001"]).values()
    return paper


def test_each_version_is_remembered_when_it_is_first_seen(engine: Engine) -> None:
    collect(engine, [version(1, "9 pages")], THURSDAY)
    collect(engine, [(version(2, "10 pages"), REPLACE)], FRIDAY)
    collect(engine, [(version(2, "eleven"), REPLACE)], FRIDAY)
    assert versions(engine) == [(1, "9 pages"), (2, "10 pages")]
    with reading(engine) as session:
        seen = session.exec(select(PaperVersionRow.seen_at).order_by("version")).all()
    assert seen == [evening(THURSDAY), evening(FRIDAY)]


def test_a_comment_that_the_feed_left_out_comes_from_the_listing(engine: Engine) -> None:
    collect(engine, [version(1)], FRIDAY)
    collect(engine, [version(1, "9 pages")], FRIDAY)
    assert versions(engine) == [(1, "9 pages")]


def test_a_description_that_is_not_arxivs_teaches_no_version(engine: Engine) -> None:
    with transaction(engine) as session:
        store_papers(session, [replace(version(1), categories=())], stored_at=evening(FRIDAY))
    assert versions(engine) == []


def test_the_version_known_before_is_the_newest_seen_before_the_announcement(engine: Engine) -> None:
    collect(engine, [version(1, "9 pages")], date(2026, 3, 17))
    collect(engine, [(version(2, "10 pages"), REPLACE)], THURSDAY)
    collect(engine, [(version(3), REPLACE)], FRIDAY)  # the listing's word
    collect(engine, [(version(4), REPLACE)], FRIDAY)  # the feed knows better
    arxiv_id = version(1).arxiv_id
    with reading(engine) as session:
        assert list_versions_before(session, {arxiv_id: 4}, before=announced_at(FRIDAY)) == {
            arxiv_id: KnownVersion(version=2, comment_source="10 pages")
        }
        assert list_versions_before(session, {arxiv_id: 1}, before=announced_at(FRIDAY)) == {}


def test_a_replacement_without_its_version_is_newer_than_what_was_seen(engine: Engine) -> None:
    collect(engine, [version(1)], THURSDAY)
    collect(engine, [(version(2), REPLACE)], FRIDAY)
    collect(engine, [(replace(version(2), title="New title"), REPLACE)], MONDAY)  # a link to the HTML is missing
    assert (current(engine).version, current(engine).title) == (3, "New title")


def test_reading_a_list_again_or_in_another_category_counts_nothing_up(engine: Engine) -> None:
    collect(engine, [(version(2), REPLACE)], FRIDAY)
    for category in ("cs", "stat", "cs"):
        collect(engine, [(version(2), REPLACE)], MONDAY, category)
    assert current(engine).version == 3
    assert [number for number, _ in versions(engine)] == [2, 3]


def test_a_clock_that_is_behind_counts_nothing_up(engine: Engine) -> None:
    for _ in range(3):
        with transaction(engine) as session:
            announcement = announce([(version(2), REPLACE)], listed_on=MONDAY)
            store_announcement(session, announcement, collected_at=announced_at(FRIDAY))
    assert current(engine).version == 2


def test_a_thousand_versions_need_a_handful_of_statements(engine: Engine) -> None:
    papers = [make_paper(number, "A theorem") for number in range(1000)]
    with transaction(engine) as session:
        store_papers(session, papers, stored_at=evening(THURSDAY))
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    collect(engine, [(replace(paper, version=2), REPLACE) for paper in papers], FRIDAY)
    assert sum("paper_version" in text for text in statements) <= 7
