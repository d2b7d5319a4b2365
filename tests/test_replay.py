"""Recorded days lived through again: every paper under its right day, whatever arXiv's services do meanwhile."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsletter.db.engine import reading
from newsletter.editions.compose import compose_edition
from newsletter.errors import Fault
from newsletter.papers.calendar import announced_at
from newsletter.papers.ledger import Judgement
from newsletter.papers.ledger_store import list_entries, list_troubles
from tests.conftest import SHARED, StandIn, start_standin
from tests.factories import add_reader, message_id
from tests.replay import EVENING_AFTER, Finding, Replay, Trouble, compare, main, recorded_days, replaying

DATA = SHARED / "data"
CATEGORY = "cs.SE"  # a small list, so that ten days are quick
INTERVAL = 0.01
FAULTS: dict[str, tuple[dict[str, Any], set[Fault]]] = {
    "503": ({"status": 503}, {Fault.UNAVAILABLE}),
    "503 with Retry-After": ({"status": 503, "retry_after": 600}, {Fault.UNAVAILABLE, Fault.RATE_LIMITED}),
    "429": ({"status": 429}, {Fault.RATE_LIMITED}),
    "429 with Retry-After": ({"status": 429, "retry_after": 1200}, {Fault.RATE_LIMITED}),
    "403": ({"status": 403}, {Fault.REFUSED}),
    "Rate exceeded, with 200": ({"kind": "rate_exceeded_200"}, {Fault.RATE_LIMITED}),
    "406 without Accept": ({"kind": "not_acceptable_without_accept"}, set()),  # we always say what we accept
    "cut off": ({"kind": "truncate", "bytes": 3000}, {Fault.TRUNCATED}),
    "cut off cleanly": ({"kind": "truncate", "bytes": 3000, "clean": True}, {Fault.TRUNCATED}),
    "a hang": ({"kind": "slow", "seconds": 0.7}, {Fault.TIMED_OUT}),
    "a hang within the body": ({"kind": "slow", "seconds": 0.7, "where": "during"}, {Fault.TIMED_OUT}),
    "dropped": ({"kind": "reset"}, {Fault.DROPPED}),
    "stale": ({"kind": "stale"}, {Fault.OLD_LIST, Fault.REPEATED}),
    "a missing block": ({"kind": "missing_block"}, {Fault.INCOMPLETE}),
}
PLACES = ("/", "/list", "/atom", "/oai", "/api")

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the recorded days (../shared/data) are not beside this checkout"
)


def category_days(first: date, last: date) -> dict[date, set[str]]:
    return recorded_days(DATA, first, last, category=CATEGORY)


def live(
    standin: StandIn, folder: Path, recorded: dict[date, set[str]], troubles: Sequence[Trouble] = ()
) -> tuple[Replay, Finding]:
    start, end = announced_at(min(recorded)), announced_at(max(recorded)) + EVENING_AFTER
    with replaying(standin, folder, [CATEGORY], start, troubles=troubles, interval_seconds=INTERVAL) as replay:
        replay.live_until(end)
        return replay, compare(replay, recorded, CATEGORY)


def named(replay: Replay, days: Sequence[date]) -> set[Fault]:
    with reading(replay.desk.database) as session:
        return {trouble.fault for day in days for trouble in list_troubles(session, [CATEGORY], day)}


def suffered(standin: StandIn) -> set[Fault]:
    """Return the faults that requests met alone, and that cannot have gone unnoticed, by the stand-in's own log."""
    kinds = {"reset": Fault.DROPPED, "slow": Fault.TIMED_OUT, "rate_exceeded_200": Fault.RATE_LIMITED}
    statuses = {403: Fault.REFUSED, 429: Fault.RATE_LIMITED, 503: Fault.UNAVAILABLE}
    met = [entry for entry in standin.log() if len(entry["faults"]) == 1]
    return {kinds[entry["faults"][0]] for entry in met if entry["faults"][0] in kinds} | {
        statuses[entry["status"]] for entry in met if entry["faults"] == ["status"]
    }


def assert_whole(finding: Finding) -> None:
    wrong = {name: value for name, value in finding.counts().items() if value and name not in ("days", "papers")}
    assert not wrong, finding


def assert_polite(standin: StandIn) -> None:
    found = standin.stats()["arxiv"]
    assert found["max_parallel"] == 1
    assert found["min_gap_seconds"] >= INTERVAL


def test_a_recorded_week_and_a_half_with_its_weekend_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(DATA), "--from", "2026-03-02", "--to", "2026-03-10"]) == 0
    assert '"days": 7' in capsys.readouterr().out


def test_days_without_a_list_have_no_edition_and_a_reason(tmp_path: Path) -> None:
    days = [date(2026, 3, day) for day in (12, 13, 17)]  # nothing on Monday
    folder = tmp_path / "data" / "arxiv-cs-daily"
    folder.mkdir(parents=True)
    for day in days:
        (folder / f"{day}.jsonl.xz").symlink_to(DATA / "arxiv-cs-daily" / f"{day}.jsonl.xz")
    recorded = recorded_days(folder.parent, category=CATEGORY)
    with start_standin("--data", str(folder.parent)) as standin:
        replay, finding = live(standin, tmp_path, recorded)
    assert_whole(finding)
    with reading(replay.desk.database) as session:
        monday = list_entries(session, [CATEGORY], since=days[0], until=days[-1])[date(2026, 3, 16)]
    assert [(entry.verdict.judgement, entry.verdict.reason) for entry in monday] == [
        (Judgement.NONE, "the listing of recent days leaves it out")
    ]


def test_readers_cost_arxiv_nothing(standin: StandIn, tmp_path: Path) -> None:
    day = date(2026, 3, 19)
    requests: list[int] = []
    for readers in (0, 40):
        standin.reset()
        (home := tmp_path / str(readers)).mkdir()
        with replaying(standin, home, [CATEGORY], announced_at(day)) as replay:
            for number in range(readers):
                add_reader(replay.desk, f"reader{number}@example.org", "software", "testing", f"ti:code{number}")
            replay.live_until(announced_at(day) + EVENING_AFTER)
            composition = compose_edition(replay.desk, day, message_id=message_id)
        assert composition.queued == readers
        requests.append(standin.stats()["arxiv"]["requests"])
    assert requests[0] == requests[1]
    assert requests[0] <= 4


@pytest.mark.parametrize("fault", FAULTS)
def test_a_night_of_one_fault_loses_nothing_and_is_named(standin: StandIn, tmp_path: Path, fault: str) -> None:
    recorded = category_days(date(2026, 3, 17), date(2026, 3, 19))
    spec, names = FAULTS[fault]
    wednesday = announced_at(date(2026, 3, 18))
    hours = 0.5 if spec.get("kind") == "slow" else 9  # each time-out is really waited for
    night = Trouble(begins_at=wednesday, ends_at=wednesday + timedelta(hours=hours), faults=(spec,))
    replay, finding = live(standin, tmp_path, recorded, [night])
    assert_whole(finding)
    found = named(replay, list(recorded))
    assert found & names if names else not found
    assert_polite(standin)


@pytest.mark.parametrize("fault", ["503", "stale"])
def test_a_whole_day_of_one_fault_is_found_again_the_next_evening(standin: StandIn, tmp_path: Path, fault: str) -> None:
    recorded = category_days(date(2026, 3, 17), date(2026, 3, 19))
    spec, names = FAULTS[fault]
    wednesday = announced_at(date(2026, 3, 18))
    day = Trouble(begins_at=wednesday, ends_at=wednesday + timedelta(hours=24, minutes=5), faults=(spec,))
    replay, finding = live(standin, tmp_path, recorded, [day])
    assert_whole(finding)
    assert named(replay, list(recorded)) & names
    assert_polite(standin)


@pytest.mark.parametrize("seed", range(2))
def test_ten_days_of_random_pairs_of_faults_lose_nothing(standin: StandIn, tmp_path: Path, seed: int) -> None:
    recorded = category_days(date(2026, 3, 9), date(2026, 3, 20))
    replay, finding = live(standin, tmp_path, recorded, random_troubles(sorted(recorded), seed))
    assert_whole(finding)
    wanted = suffered(standin)
    assert wanted
    assert wanted <= named(replay, list(recorded))
    assert_polite(standin)


def random_troubles(days: Sequence[date], seed: int) -> list[Trouble]:
    """Two faults each night, somewhere, for some hours; the last night is quiet, so that all can be found again."""
    choice = random.Random(seed)
    troubles = []
    for day in days[:-1]:
        begins_at = announced_at(day) + timedelta(minutes=choice.randrange(-60, 240))
        pair = choice.sample(sorted(FAULTS), 2)
        faults = tuple(FAULTS[name][0] | {"match": choice.choice(PLACES)} for name in pair)
        hours = 1 if any("hang" in name for name in pair) else choice.choice([1, 4, 9, 20])
        troubles.append(Trouble(begins_at=begins_at, ends_at=begins_at + timedelta(hours=hours), faults=faults))
    return troubles
