"""An installation finds its papers, once a worker has read them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newsletter.db.engine import transaction
from newsletter.papers.store import store_announcement
from newsletter.runtime import TASK_SEARCH, Runtime, open_runtime
from newsletter.search.found import IndexState, SearchOrder
from newsletter.settings import load_settings
from newsletter.subscribers.subscriber import Preferences
from tests.conftest import NOON
from tests.factories import announce, make_paper


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    found = open_runtime(load_settings(home=tmp_path / "home", clock="2026-03-20T09:00:00+08:00"))
    with transaction(found.database) as session:
        papers = [make_paper(number, f"Robot gaits {number}") for number in range(4)]
        store_announcement(session, announce(papers), collected_at=NOON)
    yield found
    found.database.dispose()


def test_papers_that_wait_wake_a_worker_who_reads_them(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[Any] = []
    monkeypatch.setattr(Runtime, "wake", lambda _self, task, *_: woken.append(task))
    assert runtime.index_state() == IndexState(indexed=0, waiting=4)
    runtime.wake_search()
    assert woken == [TASK_SEARCH]
    assert runtime.sweep_search() == 4
    runtime.wake_search()
    assert woken == [TASK_SEARCH]
    assert runtime.index_state() == IndexState(indexed=4, waiting=0)


def test_what_was_read_answers_every_question(runtime: Runtime) -> None:
    runtime.sweep_search()
    assert runtime.search("robots").total == 4
    [newest] = runtime.search("robot", order=SearchOrder.DATE, per_page=1).found
    assert newest.paper.arxiv_id == "2603.00003"
    assert len(runtime.similar("2603.00003", limit=2)) <= 2
    assert runtime.preview_query("robot").total == 4
    assert runtime.preview_query("robot", Preferences(wants_cross_lists=False)).mean == 4
    assert [one.text for one in runtime.suggest("robot g")] == ["robot gait"]
    assert runtime.reindex() == 4
