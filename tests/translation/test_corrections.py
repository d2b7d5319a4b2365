"""A person's word on a translation: it wins over every engine, for ever, until it is taken back."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine as Database

from newsletter.db.engine import reading, transaction
from newsletter.errors import InputError
from newsletter.translation.corrections import correct, list_translations, withdraw
from newsletter.translation.memory import recall, remember
from tests.chinese import in_chinese
from tests.conftest import NOON
from tests.translation.runs import Scripted, run

TEXT = "Grounding agents in robotics labs"


def engine_says(database: Database, answer: str, *, hours: int = 0) -> None:
    with transaction(database) as session:
        at = NOON + timedelta(hours=hours)
        remember(session, {TEXT: answer}, source="en", target="zh", engine="deepl", translated_at=at)


def person_says(database: Database, answer: str) -> str:
    with transaction(database) as session:
        return correct(session, TEXT, answer, source="en", target="zh", by="ann@example.org", at=NOON)


def shown(database: Database, engine: str | None = None) -> str | None:
    with reading(database) as session:
        return recall(session, [TEXT], source="en", target="zh", engine=engine).get(TEXT)


def test_a_correction_wins_over_what_engines_said_before_and_say_later(database: Database) -> None:
    engine_says(database, "在机器人实验室接地代理")
    assert person_says(database, " 在机器人实验室中为智能体建立基础 ") == "在机器人实验室中为智能体建立基础"
    engine_says(database, "更晚的译文", hours=5)
    assert shown(database) == shown(database, engine="deepl") == "在机器人实验室中为智能体建立基础"


def test_all_that_is_stored_of_a_text_is_shown_with_its_source(database: Database) -> None:
    engine_says(database, "代理")
    person_says(database, "智能体")
    with reading(database) as session:
        found = list_translations(session, [TEXT, "unknown"], source="en", target="zh")
    assert [(one.text, one.engine, one.corrected_by, one.is_correction) for one in found[TEXT]] == [
        ("智能体", "person", "ann@example.org", True),
        ("代理", "deepl", None, False),
    ]
    assert "unknown" not in found


def test_a_second_correction_replaces_the_first_and_one_taken_back_leaves_the_engines(database: Database) -> None:
    engine_says(database, "代理")
    person_says(database, "智能体")
    person_says(database, "智能主体")
    assert shown(database) == "智能主体"
    with transaction(database) as session:
        assert withdraw(session, TEXT, source="en", target="zh")
        assert not withdraw(session, TEXT, source="en", target="zh")
    assert shown(database) == "代理"


@pytest.mark.parametrize("answer", ["", " \n ", TEXT, TEXT.upper()])
def test_nothing_and_the_original_are_no_correction(database: Database, answer: str) -> None:
    with pytest.raises(InputError):
        person_says(database, answer)


def test_an_engine_that_is_asked_again_does_not_touch_the_correction(database: Database) -> None:
    engine_says(database, "代理")
    person_says(database, "智能体")
    report = run(database, Scripted(), [TEXT], is_again=True)
    assert (report.recalled, report.translated) == (0, 1)
    assert shown(database) == "智能体"
    with reading(database) as session:
        texts = [one.text for one in list_translations(session, [TEXT], source="en", target="zh")[TEXT]]
    assert in_chinese(TEXT) in texts
