"""What is written together is kept together, and instants keep their zone."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, update
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlmodel import SQLModel, select

from newsletter.db.engine import open_engine, reading, single, transaction
from newsletter.db.upsert import insert_missing
from newsletter.errors import SettingsError
from newsletter.subscribers.tables import SuppressionRow
from tests.conftest import NOON


def suppression(key: str, at: datetime = NOON) -> SuppressionRow:
    return SuppressionRow(address_key=key, reason="test", suppressed_at=at)


def keys(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return sorted(session.exec(select(SuppressionRow.address_key)))


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    """A SQLite database, where who changes anything is alone."""
    found = open_engine(f"sqlite:///{tmp_path / 'alone.db'}")
    SQLModel.metadata.create_all(found)
    yield found
    found.dispose()


def test_a_transaction_that_fails_leaves_nothing(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), transaction(engine) as session:
        session.add(suppression("a"))
        session.flush()
        _ = 1 // 0
    assert keys(engine) == []


def test_a_single_statement_is_kept(engine: Engine) -> None:
    with transaction(engine) as session:
        session.add(suppression("a"))
    with single(engine) as session:
        session.connection().execute(update(SuppressionRow).values(address_key="b"))
    assert keys(engine) == ["b"]


def test_an_instant_comes_back_aware_and_in_utc(engine: Engine) -> None:
    beijing = datetime(2026, 3, 20, 8, 0, tzinfo=timezone(timedelta(hours=8)))
    with transaction(engine) as session:
        session.add(suppression("a", beijing))
    with reading(engine) as session:
        found = session.exec(select(SuppressionRow.suppressed_at)).one()
    assert found == beijing
    assert found.tzinfo is UTC


def test_a_naive_instant_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="no time zone"), transaction(engine) as session:
        session.add(suppression("a", datetime(2026, 3, 20)))  # noqa: DTZ001  the mistake that is refused


def test_two_writers_wait_for_each_other_and_neither_is_lost(sqlite: Engine) -> None:
    def count_up() -> None:
        for _ in range(20):
            with transaction(sqlite) as session:
                row = session.get(SuppressionRow, "counter")
                assert row is not None
                row.reason = str(int(row.reason) + 1)
                session.add(row)

    with transaction(sqlite) as session:
        session.add(SuppressionRow(address_key="counter", reason="0", suppressed_at=NOON))
    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(sqlite) as session:
        assert session.get_one(SuppressionRow, "counter").reason == "80"


def test_a_transaction_holds_the_write_lock_from_its_first_line(sqlite: Engine) -> None:
    impatient = create_engine(sqlite.url, connect_args={"timeout": 0})
    with transaction(sqlite), pytest.raises(OperationalError, match="locked"), impatient.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO suppression (address_key, reason, suppressed_at) VALUES ('a', 'meanwhile', '2026-03-20 00:00:00')"
        )
    impatient.dispose()


def test_readers_see_one_state_while_somebody_writes(engine: Engine) -> None:
    with reading(engine) as session:
        assert list(session.exec(select(SuppressionRow.address_key))) == []
        with transaction(engine) as writer:
            writer.add(suppression("a"))
        assert list(session.exec(select(SuppressionRow.address_key))) == []
    assert keys(engine) == ["a"]


def test_inserting_what_is_there_changes_nothing(engine: Engine) -> None:
    rows = [{"address_key": f"k{n}", "reason": "first", "suppressed_at": NOON} for n in range(1200)]
    with transaction(engine) as session:
        assert insert_missing(session, SuppressionRow, rows) == 1200
        assert insert_missing(session, SuppressionRow, [row | {"reason": "second"} for row in rows]) == 0
        assert insert_missing(session, SuppressionRow, []) == 0
    with reading(engine) as session:
        assert set(session.exec(select(SuppressionRow.reason))) == {"first"}


def test_a_constraint_is_kept(engine: Engine) -> None:
    with pytest.raises(IntegrityError), transaction(engine) as session:
        session.add(suppression("a"))
        session.flush()
        session.connection().exec_driver_sql(
            "INSERT INTO suppression (address_key, reason, suppressed_at) VALUES ('a', 'again', '2026-03-20 00:00:00')"
        )


@pytest.mark.parametrize("url", ["nonsense", "", "://"])
def test_what_is_no_database_url_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        open_engine(url)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match="file"):
        open_engine(f"sqlite:///{tmp_path / 'file' / 'deeper' / 'x.db'}")


def test_reading_writes_nothing_even_what_was_changed_by_mistake(engine: Engine) -> None:
    with transaction(engine) as session:
        session.add(suppression("a"))
    with reading(engine) as session:
        session.add(suppression("b"))
        session.exec(select(SuppressionRow)).first()
        session.get_one(SuppressionRow, "a").reason = "changed"
    assert keys(engine) == ["a"]
    with reading(engine) as session:
        assert session.get_one(SuppressionRow, "a").reason == "test"
