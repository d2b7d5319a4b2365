import threading
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import event
from sqlmodel import Session, select

from newsletter.db.engine import reading, transaction
from newsletter.translation.memory import recall, remember, source_hash
from newsletter.translation.tables import TranslationRow
from tests.conftest import NOON


def store(
    database: Database, pairs: Mapping[str, str], *, engine: str = "deepl", at: datetime = NOON, target: str = "zh"
) -> None:
    with transaction(database) as session:
        remember(session, pairs, source="en", target=target, engine=engine, translated_at=at)


def find(database: Database, *texts: str, engine: str | None = None, target: str = "zh") -> dict[str, str]:
    with reading(database) as session:
        return recall(session, texts, source="en", target=target, engine=engine)


def count_rows(database: Database) -> int:
    with reading(database) as session:
        return len(session.exec(select(TranslationRow)).all())


def test_what_was_remembered_is_recalled_and_nothing_else(database: Database) -> None:
    store(database, {"graph": "图", "tree": "树"})
    assert find(database, "graph", "flower", "tree") == {"graph": "图", "tree": "树"}


def test_nothing_is_recalled_of_nothing(database: Database) -> None:
    assert find(database) == {}


def test_spacing_line_breaks_and_composition_do_not_make_another_text(database: Database) -> None:
    store(database, {"Poincar\u00e9  maps\n of flows": "流的庞加莱映射"})
    assert find(database, " Poincare\u0301 maps of flows ") == {" Poincare\u0301 maps of flows ": "流的庞加莱映射"}


def test_case_does_make_another_text() -> None:
    assert source_hash("ReLU") != source_hash("relu")


def test_the_key_of_a_text_never_changes() -> None:
    assert source_hash(" deep\nlearning ") == "505bd12938815abc8b94478eb945700353ce649dde39fbc9c4403663bf454983"


def test_another_language_is_another_translation(database: Database) -> None:
    store(database, {"graph": "Graph (de)"}, target="de")
    assert find(database, "graph") == {}


def test_remembering_twice_keeps_one_row_with_the_later_text(database: Database) -> None:
    store(database, {"graph": "图"})
    store(database, {"graph": "图形"}, at=NOON + timedelta(hours=1))
    assert find(database, "graph") == {"graph": "图形"}
    assert count_rows(database) == 1


def test_texts_that_differ_in_spacing_alone_are_one_row_even_at_once(database: Database) -> None:
    store(database, {"big graph": "大图", "big  graph": "大图"})
    assert count_rows(database) == 1


def test_the_newest_translation_wins_whichever_engine_made_it(database: Database) -> None:
    store(database, {"graph": "新"}, engine="openai:gpt", at=NOON)
    store(database, {"graph": "旧"}, engine="deepl", at=NOON - timedelta(days=1))
    assert find(database, "graph") == {"graph": "新"}


def test_a_preferred_engines_translation_wins_over_a_newer_one(database: Database) -> None:
    store(database, {"graph": "新", "tree": "树"}, engine="openai:gpt", at=NOON)
    store(database, {"graph": "旧"}, engine="deepl", at=NOON - timedelta(days=1))
    assert find(database, "graph", "tree", engine="deepl") == {"graph": "旧", "tree": "树"}


def test_blank_and_unchanged_answers_are_not_remembered(database: Database) -> None:
    store(database, {"graph theory": "", "tree": " \n", "Llama 2": "Llama 2", "Big  graphs": "big Graphs"})
    assert count_rows(database) == 0


def test_a_text_without_words_may_be_its_own_translation(database: Database) -> None:
    pairs = {"$x^2$": "$x^2$", "BERT": "BERT"}
    store(database, pairs)
    assert find(database, *pairs) == pairs


def test_a_whole_day_is_stored_and_found_with_few_statements(database: Database) -> None:
    pairs = {f"text number {number}": f"第 {number} 篇" for number in range(1234)}
    statements: list[str] = []
    event.listen(database, "before_cursor_execute", lambda _c, _u, statement, *_rest: statements.append(statement))
    store(database, pairs)
    assert sum(statement.startswith("INSERT") for statement in statements) == 3
    assert find(database, *pairs) == pairs
    assert sum(statement.startswith("SELECT") for statement in statements) == 3


@pytest.mark.parametrize("order", [1, -1])
def test_two_writers_of_the_same_texts_leave_one_row_each_and_no_error(database: Database, order: int) -> None:
    texts = [f"text {number}" for number in range(600)]
    start = threading.Barrier(2)
    failures: list[Exception] = []

    def write(mine: list[str], answer: str) -> None:
        start.wait(10)
        try:
            for _ in range(5):  # on PostgreSQL, rows locked in opposite orders would deadlock
                store(database, dict.fromkeys(mine, answer))
        except Exception as error:  # noqa: BLE001  the test reports whatever it was
            failures.append(error)

    writers = [threading.Thread(target=write, args=args) for args in ((texts, "甲"), (texts[::order], "乙"))]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(30)
    assert failures == []
    assert count_rows(database) == len(texts)


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    def fail(session: Session) -> None:
        remember(session, {"graph": "图"}, source="en", target="zh", engine="deepl", translated_at=NOON)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction(database) as session:
        fail(session)
    assert find(database, "graph") == {}
