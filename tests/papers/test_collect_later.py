"""What was missed is found later, a day without a list is observed, and a round may be killed anywhere."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import Engine, event
from sqlmodel import SQLModel, select

from newsletter.db.engine import open_engine, reading
from newsletter.errors import SourceError
from newsletter.papers.ask import Collector
from newsletter.papers.calendar import announced_at
from newsletter.papers.collect import collect_lists, next_round_at, open_states
from newsletter.papers.ledger import Judgement
from newsletter.papers.store import list_days
from newsletter.papers.tables import AnnouncedRow, AnnouncementRow, LedgerRow, PaperRow, PaperVersionRow
from tests.factories import Hand
from tests.papers.asking import EIGHT, MORNING, THURSDAY, TODAYS, TUESDAY, WEDNESDAY, YESTERDAYS
from tests.papers.pages import (
    FRIDAY,
    api_page,
    entries,
    feed_page,
    listing_page,
    oai_error,
    recent_page,
)
from tests.papers.peer import Peer, Reply, collector_for
from tests.papers.rounds import (
    DOWN,
    FEED,
    LISTING,
    MONDAY,
    OAI,
    RECENT,
    all_well,
    asked,
    faults,
    ids,
    judged,
    of,
    on_schedule,
    stored,
    verdict,
)


def test_a_list_that_was_missed_is_found_the_next_evening_with_its_abstracts(
    engine: Engine, peer: Peer, collector: Collector, now: Hand
) -> None:
    now.instant = announced_at(THURSDAY)
    peer.on("/", DOWN)
    with pytest.raises(SourceError):
        on_schedule(collector)
    peer.routes.clear()
    now.instant = MORNING
    all_well(peer)
    peer.on("/api", api_page(YESTERDAYS))
    report = on_schedule(collector)
    assert report.changed == (THURSDAY, FRIDAY)
    assert [item.paper.abstract for item in stored(engine, listed_on=THURSDAY)] == [e.abstract for e in YESTERDAYS]
    assert judged(engine, THURSDAY) is judged(engine) is Judgement.COMPLETE


def test_days_on_which_the_program_did_not_run_are_found_too(
    engine: Engine, peer: Peer, collector: Collector, now: Hand
) -> None:
    now.instant = announced_at(TUESDAY)
    peer.on("/list/cs/new", listing_page(entries(2, first=81), listed_on=TUESDAY))
    on_schedule(collector)
    now.instant = MORNING
    all_well(peer)
    week = {FRIDAY: TODAYS, THURSDAY: YESTERDAYS, WEDNESDAY: entries(3, first=71), TUESDAY: entries(2, first=81)}
    peer.on("/list/cs/recent", recent_page(week))
    on_schedule(collector)
    with reading(engine) as session:
        assert list_days(session, ["cs"]) == [TUESDAY, WEDNESDAY, THURSDAY, FRIDAY]


def test_a_holiday_is_observed_confirmed_and_then_left_alone(
    engine: Engine, peer: Peer, collector: Collector, now: Hand
) -> None:
    peer.on("/list/cs/new", listing_page(YESTERDAYS, listed_on=THURSDAY))
    peer.on("/atom", feed_page([]))
    peer.on("/oai", oai_error("noRecordsMatch"))
    now.instant = announced_at(THURSDAY)
    on_schedule(collector)
    for hours, expected in ((1, Judgement.LATE), (9, Judgement.LATE), (11, Judgement.NONE), (71, Judgement.NONE)):
        now.instant = EIGHT + timedelta(hours=hours)
        on_schedule(collector)
        assert judged(engine) is expected
    now.instant = announced_at(MONDAY) + timedelta(hours=3)
    peer.on("/list/cs/new", listing_page(TODAYS, listed_on=MONDAY))
    peer.on("/list/cs/recent", recent_page({MONDAY: TODAYS, THURSDAY: YESTERDAYS}))
    on_schedule(collector)
    found = verdict(engine)
    assert found is not None
    assert found.reason == "the listing of recent days leaves it out"
    assert [state.listed_on for state in open_states(collector, "cs")] == [MONDAY]
    assert faults(engine) == []


def test_a_day_that_only_feed_and_oai_agree_on_is_counted_once_when_that_can_be_done(
    engine: Engine, peer: Peer, collector: Collector, now: Hand
) -> None:
    late = entries(1, first=99)
    all_well(peer)
    peer.on("/list/cs/new", DOWN)
    peer.on("/list/cs/recent", DOWN)
    on_schedule(collector)
    assert judged(engine) is Judgement.COMPLETE
    now.instant = announced_at(MONDAY)
    peer.on("/list/cs/new", listing_page(entries(2, first=81), listed_on=MONDAY))
    peer.on("/list/cs/recent", recent_page({MONDAY: entries(2, first=81), FRIDAY: [*TODAYS, *late]}))
    peer.on("/api", api_page(late))
    on_schedule(collector)
    assert set(ids(stored(engine))) == {entry.arxiv_id for entry in (*TODAYS, *late)}
    assert judged(engine) is Judgement.COMPLETE
    assert [state.listed_on for state in open_states(collector, "cs")] == [MONDAY]


def test_on_the_first_day_the_list_that_is_shown_is_judged_though_a_newer_one_is_awaited(
    engine: Engine, peer: Peer, collector: Collector, now: Hand
) -> None:
    now.instant = EIGHT
    peer.on("/list", listing_page(YESTERDAYS, listed_on=THURSDAY))
    report = collect_lists(collector)
    assert report.listed_on == THURSDAY
    assert (judged(engine, THURSDAY), judged(engine)) == (Judgement.COMPLETE, Judgement.LATE)


class _Killed(requests.Session):
    """A session of a process that dies in its nth request."""

    def __init__(self, session: requests.Session, nth: int) -> None:
        super().__init__()
        self._session = session
        self._left = nth

    def get(self, url: str | bytes, **keywords: Any) -> requests.Response:
        if self._left == 0:
            raise KeyboardInterrupt
        self._left -= 1
        return self._session.get(url, **keywords)


def outcome(engine: Engine) -> list[dict[str, Any]]:
    """All that a reader can be told in the end, whenever it was learnt and by whichever way."""
    found = []
    with reading(engine) as session:
        for table in (PaperRow, PaperVersionRow, AnnouncementRow, AnnouncedRow, LedgerRow):
            for row in session.exec(select(table)):
                values = {name: value for name, value in row.model_dump().items() if not name.endswith("_at")}
                found.append({name: value for name, value in values.items() if name not in ("id", "reason", "source")})
    return sorted(found, key=repr)


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """Make as many empty databases as are wanted."""
    made: list[Engine] = []

    def make() -> Engine:
        found = open_engine(f"sqlite:///{tmp_path / f'{len(made)}.db'}")
        SQLModel.metadata.create_all(found)
        made.append(found)
        return found

    yield make
    for engine in made:
        engine.dispose()


def finish(collector: Collector, now: Hand) -> None:
    """Ask what is due until nothing is."""
    while (at := next_round_at(collector)) is not None:
        now.instant = max(at, now.instant)
        on_schedule(collector)


def test_a_death_in_any_request_loses_nothing(
    databases: Callable[[], Engine], http: requests.Session, peer: Peer
) -> None:
    all_well(peer, bare=True)
    now = Hand(MORNING)
    whole = collector_for(databases(), http, peer.url, now=now)
    finish(whole, now)
    requests_made = len(peer.requests)
    assert requests_made >= 3
    for nth in range(requests_made):
        now = Hand(MORNING)
        survivor = collector_for(databases(), http, peer.url, now=now)
        with pytest.raises(KeyboardInterrupt):
            on_schedule(replace(survivor, http=_Killed(http, nth)))
        finish(survivor, now)
        assert outcome(survivor.database) == outcome(whole.database)


def test_a_death_in_any_statement_loses_nothing(
    databases: Callable[[], Engine], http: requests.Session, peer: Peer
) -> None:
    all_well(peer)
    left = -1

    def count_down(*_arguments: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise KeyboardInterrupt

    whole = databases()
    event.listen(whole, "before_cursor_execute", count_down)
    now = Hand(MORNING)
    finish(collector_for(whole, http, peer.url, now=now), now)
    statements = -1 - left
    for nth in range(1, statements, 7):
        now = Hand(MORNING)
        survivor = collector_for(databases(), http, peer.url, now=now)
        event.listen(survivor.database, "before_cursor_execute", count_down)
        left = nth
        with pytest.raises(KeyboardInterrupt):
            finish(survivor, now)
        finish(survivor, now)
        assert outcome(survivor.database) == outcome(whole)


def test_a_process_that_is_killed_between_question_and_answer_has_written_the_question_down(
    tmp_path: Path, peer: Peer, http: requests.Session
) -> None:
    url = f"sqlite:///{tmp_path / 'killed.db'}"
    engine = open_engine(url)
    SQLModel.metadata.create_all(engine)
    script = f"""
from datetime import UTC, datetime
from pathlib import Path
from newsletter.db.engine import open_engine
from newsletter.papers.collect import collect_lists
from newsletter.papers.sources.gate import polite_session
from tests.papers.peer import collector_for
http = polite_session(folder=Path({str(tmp_path)!r}), interval_seconds=0, timeout_seconds=60, contact="a@example.org")
now = datetime.fromisoformat({MORNING.isoformat()!r})
collect_lists(collector_for(open_engine({url!r}), http, {peer.url!r}, now=lambda: now))
"""
    child = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parents[2])

    def kill(_path: str) -> Reply:
        child.kill()
        child.wait()
        peer.answer = None
        return Reply()

    peer.answer = kill
    assert child.wait(60) == -9
    collector = collector_for(engine, http, peer.url, now=Hand(MORNING + timedelta(minutes=2)))
    [state] = open_states(collector, "cs")
    assert (state.sighting(LISTING).tries, state.is_answered) == (1, False)
    all_well(peer)
    on_schedule(collector)
    assert judged(engine) is Judgement.COMPLETE
    engine.dispose()


def test_no_transaction_is_open_during_a_request(engine: Engine, peer: Peer, collector: Collector) -> None:
    open_now = 0
    seen: list[int] = []

    def count(change: int) -> Callable[..., None]:
        def changed(*_arguments: object) -> None:
            nonlocal open_now
            open_now += change

        return changed

    for name, change in (("begin", 1), ("commit", -1), ("rollback", -1)):
        event.listen(engine, name, count(change))

    def look(_path: str) -> None:
        seen.append(open_now)

    peer.answer = look
    all_well(peer)
    peer.on("/list/cs/new", DOWN)
    on_schedule(of(collector, "cs", "cs.RO"))
    assert asked(peer) == [LISTING, FEED, OAI, RECENT]
    peer.routes.clear()
    all_well(peer, bare=True)
    collect_lists(of(collector, "cs.LG"))
    assert seen
    assert set(seen) == {0}
