"""Recorded mornings are collected whole, whichever of the recorded services is in trouble."""

import json
import lzma
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import Engine
from sqlmodel import select

from newsletter.db.engine import reading
from newsletter.errors import Fault, SourceError
from newsletter.papers.calendar import announced_at
from newsletter.papers.collect import CollectReport, collect_lists
from newsletter.papers.ledger import Judgement
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.sources.gate import polite_session
from newsletter.papers.sources.record import fold
from newsletter.papers.tables import AnnouncementRow
from tests.conftest import SHARED, StandIn
from tests.papers.asking import MORNING, THURSDAY
from tests.papers.pages import (
    FRIDAY,
)
from tests.papers.peer import collector_for
from tests.papers.rounds import (
    faults,
    ids,
    judged,
    stored,
)

pytestmark = pytest.mark.one_database


def at_standin(engine: Engine, http: requests.Session, url: str, instant: datetime, *categories: str) -> CollectReport:
    return collect_lists(collector_for(engine, http, url, *categories, now=lambda: instant))


@pytest.mark.standin
@pytest.mark.parametrize(
    ("now_text", "day"), [("2026-03-19T21:00-04:00", "2026-03-20"), ("2026-02-22T21:00-05:00", "2026-02-23")]
)
def test_the_recorded_day_is_stored_with_every_paper_of_its_listing(
    engine: Engine, standin: StandIn, http: requests.Session, now_text: str, day: str
) -> None:
    standin.control(now=now_text)
    report = at_standin(engine, http, standin.url, datetime.fromisoformat(now_text).astimezone(UTC))
    assert (report.listed_on.isoformat(), report.problems) == (day, ())
    assert judged(engine, report.listed_on) is Judgement.COMPLETE
    found = {item.paper.arxiv_id: item for item in stored(engine, listed_on=report.listed_on)}
    assert report.stored.announced == len(found)
    with lzma.open(SHARED / "data" / "arxiv-cs-daily" / f"{day}.jsonl.xz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    assert sum(item.kind is not AnnouncementKind.REPLACE for item in found.values()) == len(rows)
    for row in rows:
        paper = found[row["id"]].paper
        assert (paper.title_source, paper.abstract_source) == (fold(row["title"]), fold(row["abstract"]))


@pytest.mark.standin
@pytest.mark.parametrize(
    "fault",
    [
        {"match": "/list", "status": 503, "retry_after": 0},
        {"match": "/list", "kind": "rate_exceeded_200"},
        {"match": "/list", "kind": "truncate", "bytes": 3000, "clean": True},
        {"match": "/list", "kind": "truncate", "bytes": 3000},
        {"match": "/list", "kind": "reset"},
        {"match": "/list", "kind": "stale"},
        {"match": "/atom", "kind": "stale"},
        {"match": "/atom", "kind": "rate_exceeded_200"},
        {"match": "/atom", "kind": "truncate", "bytes": 3000, "clean": True},
        {"match": "/", "kind": "not_acceptable_without_accept"},
        {"match": "/list", "status": 503, "retry_after": 0, "times": 2},
    ],
)
def test_the_recorded_day_is_whole_from_whichever_source_is_well(
    engine: Engine, standin: StandIn, http: requests.Session, fault: dict[str, Any]
) -> None:
    standin.control(now=MORNING.isoformat(), faults=[fault])
    report = at_standin(engine, http, standin.url, MORNING, "cs.RO")
    assert report.listed_on == FRIDAY
    assert judged(engine, category="cs.RO") is Judgement.COMPLETE
    with lzma.open(SHARED / "data" / "arxiv-cs-daily" / "2026-03-20.jsonl.xz", "rt", encoding="utf-8") as lines:
        recorded = {row["id"] for row in map(json.loads, lines) if "cs.RO" in row["categories"]}
    announced = [item for item in stored(engine, "cs.RO") if item.kind is not AnnouncementKind.REPLACE]
    assert set(ids(announced)) == recorded


@pytest.mark.standin
def test_a_silent_recorded_service_gives_an_error_in_time(engine: Engine, standin: StandIn, tmp_path: Path) -> None:
    standin.control(faults=[{"match": "/", "kind": "slow", "seconds": 2}])
    session = polite_session(folder=tmp_path, interval_seconds=0, timeout_seconds=0.1, contact="editor@example.org")
    with pytest.raises(SourceError, match="no answer in time") as caught:
        at_standin(engine, session, standin.url, MORNING)
    assert caught.value.retryable
    assert set(faults(engine)) == {(source, Fault.TIMED_OUT) for source in ("listing", "feed", "oai")}
    with reading(engine) as work:
        assert work.exec(select(AnnouncementRow)).all() == []


@pytest.mark.standin
def test_a_recorded_feed_that_repeats_yesterday_is_seen_through(
    engine: Engine, standin: StandIn, http: requests.Session
) -> None:
    evening = announced_at(THURSDAY)
    standin.control(now=evening.isoformat())
    at_standin(engine, http, standin.url, evening, "cs.RO")
    faults_now = [
        {"match": "/list", "status": 500},
        {"match": "/oai", "status": 500},
        {"match": "/atom", "kind": "stale"},
    ]
    standin.control(now=MORNING.isoformat(), faults=faults_now)
    report = at_standin(engine, http, standin.url, MORNING, "cs.RO")
    assert report.listed_on == THURSDAY
    assert any("an earlier list again" in problem.reason for problem in report.problems)
    assert stored(engine, "cs.RO") == []
