"""The commands search and reindex, as an operator types them."""

from pathlib import Path

import pytest

from newsletter.db.engine import open_engine, transaction
from newsletter.db.migrate import migrate
from newsletter.papers.store import store_announcement
from newsletter.translation.memory import remember
from tests.cli.conftest import Newsletter
from tests.conftest import NOON
from tests.factories import announce, make_paper


@pytest.fixture
def filled(tmp_path: Path) -> Newsletter:
    """An installation with three papers that nobody has read yet."""
    found = Newsletter(tmp_path / "installation")
    engine = open_engine(f"sqlite:///{found.home / 'chenbao.db'}")
    migrate(engine)
    papers = [
        make_paper(1, "Robot [gaits]"),
        make_paper(2, "A gripper", abstract="For a robot."),
        make_paper(3, "Gait"),
    ]
    with transaction(engine) as session:
        store_announcement(session, announce(papers), collected_at=NOON)
        remember(session, {"A gripper": "夹爪"}, source="en", target="zh", engine="test", translated_at=NOON)
    engine.dispose()
    found.environment["DATABASE_URL"] = str(engine.url)
    return found


def test_a_search_reads_what_waits_and_shows_what_it_finds(filled: Newsletter) -> None:
    result = filled("search", "robots")
    assert result.status == 0
    assert "robot: 2 papers, page 1 of 1" in result.out
    assert result.out.index("Robot [gaits]") < result.out.index("A gripper")
    assert "夹爪" in result.out


def test_a_search_for_programs_is_one_document(filled: Newsletter) -> None:
    found = filled("search", "夹爪 OR gait", "--limit", "1", "--order", "date", "--json").json
    assert (found["query"], found["total"], found["pages"], found["waiting"]) == ("夹爪 OR gait", 3, 3, 0)
    [paper] = found["papers"]
    assert paper["arxiv_id"] == "2603.00003"
    assert paper["listed_on"] == "2026-03-20"


def test_a_query_that_cannot_be_read_is_wrong_usage(filled: Newsletter) -> None:
    result = filled("search", "llm, rag")
    assert result.status == 2
    assert "Did you mean: llm OR rag" in result.err


def test_every_paper_can_be_read_anew(filled: Newsletter) -> None:
    result = filled("reindex")
    assert (result.status, result.out) == (0, "3 papers can be found.\n")
    assert filled("search", "robot", "--json").json["total"] == 2
