"""How a process uses a database server: within limits, under its own name, and not for longer than the other end lives."""

from collections.abc import Iterator
from unittest import mock

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from newsletter.db import engine as engine_module
from newsletter.db.engine import ServerLimits, lift_time_limits, open_engine, reading, single, transaction
from tests.databases import PostgresqlServer


@pytest.fixture(scope="module")
def url(postgresql: PostgresqlServer) -> str:
    return postgresql.new_database()


@pytest.fixture
def server(url: str) -> Iterator[Engine]:
    limits = ServerLimits(connections=2, wait_seconds=0.05, lock_seconds=0.05, statement_seconds=0.2)
    found = open_engine(url, limits)
    yield found
    found.dispose()


def ask(engine: Engine, statement: str) -> object:
    with reading(engine) as session:
        return session.connection().execute(text(statement)).scalar()


def test_the_server_knows_whose_connection_it_is(server: Engine) -> None:
    assert ask(server, "SHOW application_name") == "chenbao"


def test_what_the_url_says_wins(url: str) -> None:
    engine = open_engine(f"{url}&application_name=mine&connect_timeout=3")
    assert ask(engine, "SHOW application_name") == "mine"
    engine.dispose()


def test_a_statement_that_runs_too_long_is_ended(server: Engine) -> None:
    with pytest.raises(OperationalError, match="statement timeout"):
        ask(server, "SELECT pg_sleep(20)")


def test_who_waits_too_long_for_a_lock_hears_so(server: Engine) -> None:
    with transaction(server) as holder:
        holder.connection().execute(text("SELECT pg_advisory_xact_lock(1)"))
        with pytest.raises(OperationalError, match="lock timeout"):
            ask(server, "SELECT pg_advisory_xact_lock(1)")


def test_what_must_take_its_time_may(server: Engine) -> None:
    with transaction(server) as session:
        lift_time_limits(session.connection())
        session.connection().execute(text("SELECT pg_sleep(0.4)"))


def test_what_is_asked_again_and_again_is_prepared_once(url: str) -> None:
    engine = open_engine(url)
    for _ in range(12):
        ask(engine, "SELECT 7")
    assert ask(engine, "SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT 7'") == 1
    engine.dispose()


def test_no_process_takes_more_connections_than_it_may(server: Engine) -> None:
    with reading(server) as one, reading(server) as two:
        assert one.connection() is not two.connection()
        with pytest.raises(NoConnectionLeft), reading(server) as three:
            three.connection()


def test_a_connection_that_ended_while_nobody_used_it_is_replaced_before_it_is_used(
    url: str, server: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ask(server, "SELECT pg_backend_pid()")
    operator = open_engine(url)
    assert ask(operator, f"SELECT pg_terminate_backend({before}, 5000)")  # waits until it has ended
    monkeypatch.setattr(engine_module, "_TRUSTED_SECONDS", 0.0)  # as if that had been a while ago
    assert ask(server, "SELECT pg_backend_pid()") not in (None, before)
    operator.dispose()


def test_a_connection_that_was_used_just_now_is_not_asked_whether_it_lives(server: Engine) -> None:
    with mock.patch.object(type(server.dialect), "do_ping", side_effect=AssertionError("asked")):
        assert [ask(server, "SELECT 7") for _ in range(5)] == [7] * 5


def test_a_single_statement_is_committed_without_being_told_so(server: Engine) -> None:
    with single(server) as session:
        session.connection().execute(text("CREATE TABLE mark AS SELECT 1 AS number"))
    with pytest.raises(ProgrammingError), single(server) as session:
        session.connection().execute(text("INSERT INTO mark SELECT nothing"))
    with single(server) as session:
        assert session.connection().execute(text("UPDATE mark SET number = 2 RETURNING number")).scalar() == 2
    with transaction(server) as session:
        session.connection().execute(text("DELETE FROM mark"))
        session.rollback()
    assert ask(server, "SELECT number FROM mark") == 2


def test_a_connection_that_the_server_has_ended_is_replaced_before_it_is_used(server: Engine) -> None:
    before = ask(server, "SELECT pg_backend_pid()")
    with pytest.raises(OperationalError):
        ask(server, "SELECT pg_terminate_backend(pg_backend_pid())")
    assert ask(server, "SELECT pg_backend_pid()") != before
