"""An installation moves to another database as a whole, or not at all."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DatabaseError

from newsletter.clock import Clock
from newsletter.db.engine import open_engine, reading, transaction
from newsletter.db.migrate import migrate
from newsletter.deliveries.pulse import note_tick
from newsletter.errors import ConflictError, InputError
from newsletter.operators.audit import COMMAND_LINE, list_audit, record
from newsletter.runtime.transfer import INDEX, copy_installation
from newsletter.search import keep, search
from newsletter.search.found import SearchOrder
from tests.conftest import NOON
from tests.databases import PostgresqlServer
from tests.db.rows import TABLES, dump
from tests.factories import add_reader, announce, make_desk, make_paper, open_day

PAPERS = 6


def noon() -> Clock:
    return lambda: NOON


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SQLite database with a day, a reader, an audit entry, papers that can be found and one that waits to be read."""
    url = f"sqlite:///{tmp_path_factory.mktemp('home') / 'newsletter.db'}"
    engine = open_engine(url)
    migrate(engine)
    desk = make_desk(engine)
    open_day(desk, announce([make_paper(number, f"Robot gaits {number}") for number in range(PAPERS)]))
    add_reader(desk, "ann@example.org", "robot gaits")
    keep.sweep(engine, "zh", now=noon())
    with transaction(engine) as session:
        record(session, COMMAND_LINE, "erase", "a reader", at=NOON)
        session.connection().execute(text("UPDATE paper SET title = 'Robot hands' WHERE arxiv_id = '2603.00000'"))
    engine.dispose()
    return url


@pytest.fixture
def server(postgresql: PostgresqlServer) -> str:
    return postgresql.new_database()


@pytest.fixture
def opened(server: str) -> Iterator[Engine]:
    engine = open_engine(server)
    yield engine
    engine.dispose()


def tell_nothing(_name: str, _more: int) -> None:
    pass


def rows_of(url: str) -> dict[str, list[tuple[object, ...]]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {table.name: dump(connection, table) for table in TABLES}
    engine.dispose()
    return found


def found_by(engine: Engine, query: str) -> list[str]:
    with reading(engine) as session:
        page = search.search(session, query, order=SearchOrder.DATE, page=1, per_page=20)
    return [one.paper.arxiv_id for one in page.found]


def test_there_and_back_nothing_has_changed(home: str, server: str, tmp_path: Path) -> None:
    back = f"sqlite:///{tmp_path / 'back.db'}"
    copied = copy_installation(home, server, now=noon())
    assert copy_installation(server, back, now=noon()) == copied
    assert rows_of(back) == rows_of(home)
    assert {table.name: table.rows for table in copied}["paper"] == PAPERS


def test_the_search_finds_the_same_and_what_waited_still_waits(home: str, server: str, opened: Engine) -> None:
    copy_installation(home, server, now=noon())
    assert len(found_by(opened, "robot gaits")) == PAPERS
    assert found_by(opened, "robot hands") == []
    assert keep.sweep(opened, "zh", now=noon()) == 1
    assert found_by(opened, "robot hands") == ["2603.00000"]


def test_the_audit_log_still_refuses_every_change(home: str, server: str, opened: Engine) -> None:
    copy_installation(home, server, now=noon())
    with pytest.raises(DatabaseError, match="never changed"), opened.begin() as connection:
        connection.execute(text("DELETE FROM audit"))
    with reading(opened) as session:
        assert [entry.what for entry in list_audit(session)] == ["a reader"]


def test_what_is_killed_half_way_leaves_an_empty_target_and_can_begin_anew(home: str, server: str) -> None:
    def die(name: str, _more: int) -> None:
        if name == INDEX:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_installation(home, server, now=noon(), tell=die)
    assert copy_installation(home, server, now=noon())


def test_every_step_that_was_announced_is_told(home: str, server: str) -> None:
    totals: list[int] = []
    steps: list[int] = []
    copied = copy_installation(
        home, server, now=noon(), expect=totals.append, tell=lambda _name, more: steps.append(more)
    )
    assert totals == [sum(steps)] == [2 * sum(table.rows for table in copied) + PAPERS]


def test_a_target_with_a_row_in_it_is_refused(home: str, server: str, opened: Engine) -> None:
    migrate(opened)
    with transaction(opened) as session:
        note_tick(session, at=NOON)
    with pytest.raises(ConflictError, match="rows in pulse"):
        copy_installation(home, server, now=noon())


def test_a_target_that_belongs_to_something_else_is_refused(home: str, server: str, opened: Engine) -> None:
    with opened.begin() as connection:
        connection.execute(text("CREATE TABLE invoices (id integer)"))
    with pytest.raises(ConflictError, match="invoices"):
        copy_installation(home, server, now=noon())


def test_a_source_that_ticked_a_moment_ago_is_refused_unless_somebody_says_so(tmp_path: Path, server: str) -> None:
    url = f"sqlite:///{tmp_path / 'busy.db'}"
    engine = open_engine(url)
    migrate(engine)
    with transaction(engine) as session:
        note_tick(session, at=NOON - timedelta(seconds=40))
    engine.dispose()
    with pytest.raises(ConflictError, match="40 seconds ago"):
        copy_installation(url, server, now=noon())
    assert copy_installation(url, server, now=noon(), while_running=True)


def test_a_source_that_is_no_newsletter_is_refused(home: str, server: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no database"):
        copy_installation(f"sqlite:///{tmp_path / 'nowhere.db'}", server, now=noon())
    assert not (tmp_path / "nowhere.db").exists()
    with pytest.raises(InputError, match="the same"):
        copy_installation(home, home, now=noon())
    with pytest.raises(ConflictError, match="no newsletter"):
        copy_installation(server, f"sqlite:///{tmp_path / 'target.db'}", now=noon())


def test_a_source_of_an_older_schema_or_with_strange_tables_is_refused(tmp_path: Path, server: str) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    engine = open_engine(url)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE notes (id integer)"))
    with pytest.raises(ConflictError, match="notes"):
        copy_installation(url, server, now=noon())
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0003'"))
    engine.dispose()
    with pytest.raises(ConflictError, match="schema 0003"):
        copy_installation(url, server, now=noon())
