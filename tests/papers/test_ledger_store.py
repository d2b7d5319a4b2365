"""What was asked, shown, wrong and judged is written down once, and comes back as it was."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, event
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.errors import Fault
from newsletter.papers import ledger_store as ledger
from newsletter.papers.ledger import Judgement, ListState, Sighting, Source, Verdict
from newsletter.papers.paper import Announcement, AnnouncementKind, Paper
from newsletter.papers.store import store_announcement
from newsletter.papers.tables import LedgerRow
from tests.conftest import NOON
from tests.factories import announce, make_paper
from tests.papers.pages import FRIDAY

NEW, CROSS, REPLACE = AnnouncementKind
WEDNESDAY, THURSDAY = date(2026, 3, 18), date(2026, 3, 19)
LATER = NOON + timedelta(minutes=30)
COMPLETE = Verdict(judgement=Judgement.COMPLETE, reason="all are here")
PARTIAL = Verdict(judgement=Judgement.PARTIAL, reason="two are not here", missing_count=2)
LATE = Verdict(judgement=Judgement.LATE, reason="not yet", missing_count=None)
MIXED = announce(
    [make_paper(1, "A"), (make_paper(2, "B"), CROSS), (make_paper(3, "C"), REPLACE)],
)


def ask(engine: Engine, *days: date, source: Source = Source.LISTING, at: datetime = NOON) -> None:
    with transaction(engine) as session:
        ledger.note_question(session, "cs", days, source, at=at)


def show(
    engine: Engine, announcement: Announcement = MIXED, source: Source = Source.LISTING, at: datetime = LATER
) -> None:
    with transaction(engine) as session:
        store_announcement(session, announcement, collected_at=at)
        ledger.note_sighting(session, announcement, source, at=at)


def trouble(
    engine: Engine, reason: str, fault: Fault = Fault.UNAVAILABLE, *, at: datetime = NOON, listed_on: date = FRIDAY
) -> None:
    with transaction(engine) as session:
        ledger.note_trouble(session, "cs", listed_on, "listing", fault, reason, at=at)


def judge(
    engine: Engine, verdict: Verdict, listed_on: date = FRIDAY, *, category: str = "cs", at: datetime = NOON
) -> None:
    with transaction(engine) as session:
        ledger.set_verdict(session, category, listed_on, verdict, at=at)


def load(engine: Engine, *days: date) -> list[ListState]:
    with reading(engine) as session:
        return ledger.load_states(session, "cs", days or (FRIDAY,))


def sighting(engine: Engine, source: Source = Source.LISTING) -> Sighting:
    [state] = load(engine)
    return state.sighting(source)


def entries(engine: Engine, *categories: str) -> list[tuple[str, Verdict, datetime]]:
    with reading(engine) as session:
        found = ledger.list_entries(session, categories or ("cs",), since=FRIDAY, until=FRIDAY).get(FRIDAY, [])
    return [(entry.category, entry.verdict, entry.changed_at) for entry in found]


def test_nothing_is_known_of_a_list_that_nobody_was_asked_about(engine: Engine) -> None:
    assert load(engine) == [ListState(category="cs", listed_on=FRIDAY)]


def test_every_question_is_counted_for_each_list_it_is_about(engine: Engine) -> None:
    ask(engine, THURSDAY, FRIDAY)
    ask(engine, FRIDAY, at=LATER)
    thursday, friday = (state.sighting(Source.LISTING) for state in load(engine, THURSDAY, FRIDAY))
    assert (thursday.tries, thursday.asked_at, thursday.answered_at) == (1, NOON, None)
    assert (friday.tries, friday.asked_at, friday.answered_at) == (2, LATER, None)
    assert sighting(engine, Source.FEED) == Sighting(source=Source.FEED)


def test_an_answer_is_not_a_sighting(engine: Engine) -> None:
    ask(engine, FRIDAY)
    with transaction(engine) as session:
        ledger.note_answer(session, "cs", [FRIDAY], Source.LISTING, at=LATER)
    found = sighting(engine)
    assert (found.tries, found.asked_at, found.answered_at, found.seen_at) == (1, NOON, LATER, None)


def test_a_sighting_comes_back_with_what_was_shown_and_what_was_counted(engine: Engine) -> None:
    ask(engine, FRIDAY)
    show(engine, replace(MIXED, totals={NEW: 4, CROSS: 1, REPLACE: 1}))
    found = sighting(engine)
    assert (found.answered_at, found.seen_at) == (LATER, LATER)
    assert found.counts == {NEW: 1, CROSS: 1, REPLACE: 1}
    assert found.totals == {NEW: 4, CROSS: 1, REPLACE: 1}
    assert found.total == 5
    assert found.ids == {"2603.00001", "2603.00002"}


def test_a_source_that_does_not_count_has_no_totals(engine: Engine) -> None:
    show(engine, source=Source.FEED)
    assert sighting(engine, Source.FEED).totals is None


def test_a_sighting_without_a_question_counts_no_try(engine: Engine) -> None:
    show(engine)  # the listing showed another list than it was asked for
    assert (sighting(engine).tries, sighting(engine).asked_at) == (0, None)


def test_new_and_cross_listed_papers_without_abstract_or_title_are_bare(engine: Engine) -> None:
    def bare(paper: Paper) -> Paper:
        return replace(paper, abstract="", abstract_source="")

    unnamed = replace(make_paper(4, "D"), title="", title_source="")
    replaced = (bare(make_paper(3, "C")), REPLACE)
    show(engine, announce([make_paper(1, "A"), (bare(make_paper(2, "B")), CROSS), replaced, unnamed]))
    [state] = load(engine)
    assert state.bare_ids == {"2603.00002", "2603.00004"}


def test_states_are_loaded_oldest_first_in_a_fixed_number_of_statements(engine: Engine) -> None:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    ask(engine, WEDNESDAY, THURSDAY, FRIDAY)
    event.listen(engine, "before_cursor_execute", note)
    assert [state.listed_on for state in load(engine, FRIDAY, WEDNESDAY, THURSDAY)] == [WEDNESDAY, THURSDAY, FRIDAY]
    assert sum(statement.lstrip().startswith("SELECT") for statement in statements) == 3


def test_what_one_category_was_asked_is_not_known_of_another(engine: Engine) -> None:
    ask(engine, FRIDAY)
    trouble(engine, "it is down")
    with reading(engine) as session:
        assert ledger.load_states(session, "cs.RO", [FRIDAY]) == [ListState(category="cs.RO", listed_on=FRIDAY)]


def test_the_same_fault_counts_up_and_keeps_its_last_words(engine: Engine) -> None:
    trouble(engine, "it is down")
    trouble(engine, "it is still down.", at=LATER)
    with reading(engine) as session:
        [found] = ledger.list_troubles(session, ["cs"], FRIDAY)
    assert (found.fault, found.times, found.last_at) == (Fault.UNAVAILABLE, 2, LATER)
    assert str(found) == "cs, listing: unavailable, 2 times: it is still down."
    assert str(replace(found, times=1)) == "cs, listing: unavailable: it is still down."


def test_troubles_are_listed_as_they_came_and_by_day_and_category(engine: Engine) -> None:
    trouble(engine, "cut", Fault.TRUNCATED, at=LATER)
    trouble(engine, "down")
    trouble(engine, "gone", Fault.DROPPED, listed_on=THURSDAY)
    with reading(engine) as session:
        assert [found.reason for found in ledger.list_troubles(session, ["cs", "math"], FRIDAY)] == ["down", "cut"]
        assert ledger.list_troubles(session, ["math"], FRIDAY) == []


def test_the_last_words_of_a_day_are_what_a_silent_list_is_explained_with(engine: Engine) -> None:
    trouble(engine, "cut", Fault.TRUNCATED, at=LATER)
    trouble(engine, "down")
    assert [state.refusal for state in load(engine, THURSDAY, FRIDAY)] == ["", "cut"]


def test_a_judgement_remembers_since_when_it_stands(engine: Engine) -> None:
    judge(engine, PARTIAL)
    judge(engine, replace(PARTIAL, reason="one is not here", missing_count=1), at=LATER)
    assert entries(engine) == [("cs", replace(PARTIAL, reason="one is not here", missing_count=1), NOON)]
    judge(engine, COMPLETE, at=LATER)
    assert entries(engine) == [("cs", COMPLETE, LATER)]


def test_judgements_are_listed_by_day_in_the_categories_order(engine: Engine) -> None:
    for category in ("cs", "math", "stat"):
        judge(engine, COMPLETE, category=category)
    assert [category for category, _, _ in entries(engine, "stat", "cs")] == ["stat", "cs"]


def test_two_processes_may_judge_the_same_list_for_the_first_time(engine: Engine) -> None:
    for day in range(1, 9):
        listed_on = date(2026, 4, day)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda verdict, on=listed_on: judge(engine, verdict, on), [PARTIAL, COMPLETE]))
    with reading(engine) as session:
        assert len(session.exec(select(LedgerRow)).all()) == 8


def test_judgements_of_a_range_of_days(engine: Engine) -> None:
    for listed_on, verdict in ((WEDNESDAY, COMPLETE), (THURSDAY, LATE), (FRIDAY, PARTIAL)):
        judge(engine, verdict, listed_on)
    with reading(engine) as session:
        assert ledger.list_judged(session, "cs", since=WEDNESDAY, before=FRIDAY) == {
            WEDNESDAY: Judgement.COMPLETE,
            THURSDAY: Judgement.LATE,
        }
        assert ledger.find_first_day(session, "cs") == WEDNESDAY
        assert ledger.find_first_day(session, "math") is None


def test_days_that_a_page_of_arxivs_has_counted(engine: Engine) -> None:
    show(engine, replace(MIXED, listed_on=WEDNESDAY), Source.LISTING)
    show(engine, replace(MIXED, listed_on=THURSDAY), Source.FEED)
    show(engine, MIXED, Source.RECENT)
    ask(engine, date(2026, 3, 17))
    with reading(engine) as session:
        assert ledger.list_counted_days(session, "cs", since=date(2026, 3, 1), before=FRIDAY) == {WEDNESDAY}
        assert ledger.list_counted_days(session, "cs", since=THURSDAY, before=date(2026, 3, 31)) == {FRIDAY}


def test_the_newest_list_is_the_newest_that_was_collected(engine: Engine) -> None:
    with transaction(engine) as session:
        store_announcement(session, replace(MIXED, listed_on=THURSDAY), collected_at=NOON)
        store_announcement(session, MIXED, collected_at=NOON, is_backfilled=True)
    with reading(engine) as session:
        assert ledger.find_newest_list(session, "cs") == THURSDAY
        assert ledger.find_newest_list(session, "math") is None


def test_a_paper_is_known_by_the_first_list_it_stood_in(engine: Engine) -> None:
    for listed_on in (THURSDAY, WEDNESDAY, FRIDAY):
        show(engine, replace(MIXED, listed_on=listed_on))
    with reading(engine) as session:

        def first_days(*ids: str, before: date = FRIDAY, category: str = "cs") -> dict[str, date]:
            return ledger.list_first_days(session, category, ids, before=before)

        assert first_days("2603.00001", "2603.00009") == {"2603.00001": WEDNESDAY}
        assert first_days("2603.00001", before=WEDNESDAY) == {}
        assert first_days("2603.00001", category="math") == {}
        assert first_days(*(f"2603.{number:05}" for number in range(2000))).keys() == {
            "2603.00001", "2603.00002", "2603.00003",
        }  # fmt: skip


def count_missing(engine: Engine, categories: Sequence[str]) -> int | None:
    with reading(engine) as session:
        return ledger.count_missing(session, categories, FRIDAY)


def test_what_is_missing_of_a_day_is_known_when_it_is_known_of_every_category(engine: Engine) -> None:
    assert count_missing(engine, ["cs"]) is None
    judge(engine, PARTIAL)
    judge(engine, COMPLETE, category="math")
    judge(engine, LATE, category="stat")
    assert count_missing(engine, ["cs", "math"]) == 2
    assert count_missing(engine, ["cs", "stat"]) is None
    assert count_missing(engine, ["cs", "hep-th"]) is None
