"""Every paper that is stored, changed or translated is found soon, whoever stored it and whatever happens meanwhile."""

from collections import Counter
from dataclasses import replace
from threading import Thread

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from newsletter.db.engine import reading, transaction
from newsletter.papers.paper import ArxivId
from newsletter.papers.store import store_papers
from newsletter.search import keep, schema, store
from newsletter.search.lexemes import list_lexemes
from newsletter.search.sequence import sequence_of
from newsletter.search.tables import SearchTermRow
from newsletter.translation.memory import remember
from tests.conftest import NOON
from tests.factories import FRIDAY
from tests.search.filling import fill_days, found_ids, paper, sweep

ROBOT = paper(1, "A robot", "It walks with grace.")


def waiting(engine: Engine) -> int:
    with reading(engine) as session:
        return store.count_waiting(session)


def terms(engine: Engine) -> dict[str, int]:
    with reading(engine) as session:
        rows = session.exec(
            select(SearchTermRow).where(col(SearchTermRow.paper_count) != 0, SearchTermRow.term != store.EVERY_PAPER)
        )
        return {row.term: row.paper_count for row in rows}


def translate(engine: Engine, *texts: tuple[str, str]) -> None:
    with transaction(engine) as session:
        remember(session, dict(texts), source="en", target="zh", engine="test", translated_at=NOON)


def test_a_stored_paper_waits_until_it_is_read(database: Engine) -> None:
    with transaction(database) as session:
        store_papers(session, [ROBOT], stored_at=NOON)
    assert waiting(database) == 1
    assert found_ids(database, "robot") == []
    assert sweep(database) == 1
    assert waiting(database) == 0
    assert found_ids(database, "robot") == [ROBOT.arxiv_id]
    assert sweep(database) == 0


def test_only_what_was_never_read_counts_as_unread(database: Engine) -> None:
    fill_days(database, {FRIDAY: [ROBOT]})
    newer, other = (
        replace(ROBOT, version=2, title="A quadruped", title_source="A quadruped"),
        paper(2, "A boat", "It sails."),
    )
    both = {sequence_of(ROBOT.arxiv_id), sequence_of(other.arxiv_id)}
    with transaction(database) as session:
        store_papers(session, [newer, other], stored_at=NOON)
        assert store.list_unread(session, both) == {sequence_of(other.arxiv_id)}
        assert store.list_unread(session, both - {sequence_of(other.arxiv_id)}) == set()
    sweep(database)
    with reading(database) as session:
        assert store.list_unread(session, both) == set()


def test_a_new_version_is_found_by_its_own_words_alone(database: Engine) -> None:
    fill_days(database, {FRIDAY: [ROBOT]})
    newer = replace(ROBOT, version=2, title="A quadruped", title_source="A quadruped")
    with transaction(database) as session:
        store_papers(session, [newer], stored_at=NOON)
    sweep(database)
    assert found_ids(database, "quadruped") == [ROBOT.arxiv_id]
    assert found_ids(database, "robot") == []
    assert "robot" not in terms(database)
    assert terms(database)["quadruped"] == 1


def test_a_translation_is_found_whenever_it_comes(database: Engine) -> None:
    translate(database, ("A robot", "机器人"))
    fill_days(database, {FRIDAY: [ROBOT]})
    assert found_ids(database, "机器人") == [ROBOT.arxiv_id]
    translate(database, ("It walks with grace.", "它优雅地行走"))
    assert waiting(database) == 1
    sweep(database)
    assert found_ids(database, "机器人 AND 行走 AND robot") == [ROBOT.arxiv_id]
    translate(database, ("A robot", "一台机器"))
    sweep(database)
    assert found_ids(database, "机器人") == []
    assert found_ids(database, "一台机器") == [ROBOT.arxiv_id]


def test_a_change_while_its_paper_is_read_is_not_lost(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_days(database, {FRIDAY: [ROBOT]})
    newer = replace(ROBOT, version=2, title="A quadruped", title_source="A quadruped")
    newest = replace(ROBOT, version=3, title="A biped", title_source="A biped")
    with transaction(database) as session:
        store_papers(session, [newer], stored_at=NOON)
    read = list_lexemes

    def read_and_be_overtaken(content: object) -> set[str]:
        monkeypatch.setattr(keep, "list_lexemes", read)
        with transaction(database) as session:
            store_papers(session, [newest], stored_at=NOON)
        return read(content)  # type: ignore[arg-type]

    monkeypatch.setattr(keep, "list_lexemes", read_and_be_overtaken)
    sweep(database)
    assert waiting(database) == 0
    assert found_ids(database, "biped") == [ROBOT.arxiv_id]
    assert found_ids(database, "quadruped OR robot") == []


def test_what_another_process_read_meanwhile_stays(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction(database) as session:
        store_papers(session, [ROBOT], stored_at=NOON)
    read = list_lexemes

    def read_and_be_overtaken(content: object) -> set[str]:
        monkeypatch.setattr(keep, "list_lexemes", read)
        assert sweep(database) == 1
        return read(content)  # type: ignore[arg-type]

    monkeypatch.setattr(keep, "list_lexemes", read_and_be_overtaken)
    sweep(database)
    assert found_ids(database, "robot") == [ROBOT.arxiv_id]
    assert terms(database) == {"a": 1, "robot": 1, "it": 1, "walk": 1, "with": 1, "grace": 1}


def test_many_may_read_at_once(database: Engine) -> None:
    papers = [paper(number, f"Robot {number}", "Grace and gait.") for number in range(300)]
    with transaction(database) as session:
        store_papers(session, papers, stored_at=NOON)
    threads = [Thread(target=sweep, args=(database,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sweep(database)
    assert len(found_ids(database, "robot")) == 300
    assert terms(database)["grace"] == 300


def test_invented_papers_are_not_found(database: Engine) -> None:
    sample = replace(ROBOT, arxiv_id=ArxivId("0000.00001"))
    with transaction(database) as session:
        store_papers(session, [sample], stored_at=NOON)
    sweep(database)
    assert waiting(database) == 0
    assert found_ids(database, "robot") == []


def test_reading_anew_finds_the_same(database: Engine) -> None:
    fill_days(database, {FRIDAY: [ROBOT, paper(2, "A gripper")]})
    before = terms(database)
    told: Counter[str] = Counter()
    assert keep.rebuild(database, "zh", now=lambda: NOON, tell=lambda more: told.update(papers=more)) == 2
    assert told["papers"] == 2
    assert terms(database) == before
    assert sorted(found_ids(database, "robot OR gripper")) == ["2603.00001", "2603.00002"]


def test_a_program_that_reads_words_another_way_reads_every_paper_again(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_days(database, {FRIDAY: [ROBOT]})
    monkeypatch.setattr(keep, "index_format", lambda _language: "another")
    monkeypatch.setattr(keep, "list_lexemes", lambda _content: {"z", "t1bmachine"})
    assert sweep(database) == 1
    assert found_ids(database, "machine") == [ROBOT.arxiv_id]
    assert found_ids(database, "robot") == []


def test_triggers_that_a_migration_lost_are_made_again_and_nothing_is_missed(engine: Engine) -> None:
    fill_days(engine, {FRIDAY: [ROBOT]})
    on_paper = " ON paper" if engine.dialect.name == "postgresql" else ""
    with transaction(engine) as session:
        session.connection().exec_driver_sql(f"DROP TRIGGER search_paper_stored{on_paper}")
    with transaction(engine) as session:
        store_papers(session, [paper(2, "A gripper")], stored_at=NOON)
    sweep(engine)
    assert found_ids(engine, "gripper") == ["2603.00002"]
    with reading(engine) as session:
        assert schema.is_installed(session.connection())


def test_a_sweep_reads_no_more_than_it_may(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keep, "BATCH", 10)
    with transaction(engine) as session:
        store_papers(session, [paper(number, "Robot") for number in range(35)], stored_at=NOON)
    assert keep.sweep(engine, "zh", now=lambda: NOON, most=20) == 20
    assert waiting(engine) == 15
