"""The same promises against the recorded services, whose faults are not of our making."""

import json
from typing import Any

import pytest
from sqlalchemy import Engine as Database

from newsletter.translation.checks import fold
from newsletter.translation.protect import lost_spans
from tests.conftest import SHARED, StandIn
from tests.translation.runs import PAPERS, Waits, run, stored
from tests.translation.services import BAD_MODES, KEY, PATHS, open_kind

pytestmark = pytest.mark.one_database


def recorded_papers() -> list[dict[str, Any]]:
    folder = SHARED / "data" / "digests"
    if not folder.is_dir():
        pytest.skip("the recorded digests (../shared/data/digests) are not beside this checkout")
    digest = json.loads((folder / "digest-2026-03-20.json").read_text("utf-8"))
    return [paper for section in digest["sections"] for paper in section["papers"]]


def test_a_recorded_day_is_translated_with_nothing_lost(engine: Database, recorded_kind: str, standin: StandIn) -> None:
    papers = recorded_papers()
    texts = [paper[name] for paper in papers for name in ("title", "abstract")]
    report = run(engine, open_kind(recorded_kind, standin.url), texts)
    assert report.failed == 0
    found = stored(engine, texts)
    assert found.keys() == set(texts)
    assert [lost_spans(fold(text), found[text]) for text in texts] == [[]] * len(texts)


def test_a_recorded_day_is_asked_for_once(engine: Database, recorded_kind: str, standin: StandIn) -> None:
    texts = [paper["title"] for paper in recorded_papers()]
    run(engine, open_kind(recorded_kind, standin.url), texts)
    before = standin.stats()
    assert run(engine, open_kind(recorded_kind, standin.url), texts).recalled == len(set(texts))
    assert standin.stats() == before


@pytest.mark.parametrize("mode", BAD_MODES)
def test_the_recorded_services_bad_answers_are_outlived(
    engine: Database, recorded_kind: str, standin: StandIn, mode: str
) -> None:
    standin.control(faults=[{"match": PATHS[recorded_kind], "kind": "translation_bad", "mode": mode, "times": 2}])
    assert run(engine, open_kind(recorded_kind, standin.url), PAPERS).translated == 4


def test_the_recorded_services_faults_are_outlived(engine: Database, recorded_kind: str, standin: StandIn) -> None:
    match = PATHS[recorded_kind]
    standin.control(
        faults=[
            {"match": match, "status": 429, "retry_after": 5, "times": 1},
            {"match": match, "kind": "reset", "times": 1},
        ]
    )
    waits = Waits()
    assert run(engine, open_kind(recorded_kind, standin.url), PAPERS, sleep=waits).translated == 4
    assert set(waits.seconds) <= {1.0, 2.0, 5.0}


def test_a_quota_that_runs_out_keeps_what_was_translated_before(engine: Database, standin: StandIn) -> None:
    standin.control(deepl_quota=len(PAPERS[0]) + 5)
    translator = open_kind("deepl", standin.url, key=KEY)
    assert run(engine, translator, PAPERS[:1]).translated == 1
    report = run(engine, translator, PAPERS)
    assert (report.recalled, report.translated, report.failed) == (1, 0, 3)
    assert report.problem is not None
    assert "quota is used up" in report.problem
