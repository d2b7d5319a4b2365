"""Looking for work reads what is open, however many deliveries the archive has."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, inspect, text
from sqlmodel import Session, SQLModel

from newsletter.db.engine import open_engine, reading, transaction
from newsletter.deliveries.claims import claim_batch
from newsletter.deliveries.store import claimable
from newsletter.deliveries.tables import DeliveryRow
from tests.conftest import KINDS
from tests.databases import PostgresqlServer
from tests.deliveries.world import EDITION_ON, World

ARCHIVE = 4000
OPEN = 40
PARTIAL = {"delivery_open": "queued", "delivery_uncertain": "uncertain", "delivery_resend": "resend_id"}


@pytest.fixture(params=KINDS)
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Thousands of deliveries that are over, and a few that wait; all are due at the same instant.

    In a database of its own: what other tests left dead in a table would count for the planner.
    """
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'own.db'}" if is_sqlite else request.getfixturevalue("postgresql").new_database()
    database = open_engine(url)
    SQLModel.metadata.create_all(database)
    world = World(database)
    reader = world.add_readers(["ann"])["ann"]
    with transaction(database) as session:
        session.connection().execute(insert(DeliveryRow), [_row(world, reader, number) for number in range(ARCHIVE)])
        if not is_sqlite:  # PostgreSQL does so by itself, soon after
            session.connection().execute(text("ANALYZE"))
    yield world
    database.dispose()


def _row(world: World, reader: int, number: int) -> dict[str, Any]:
    return {
        "subscriber_id": reader,
        "message": "digest",
        "occasion": f"{number}",
        "revision": 0,
        "edition_on": EDITION_ON - timedelta(days=number // 100),
        "message_id": f"<{number}@example.org>",
        "state": "queued" if number % (ARCHIVE // OPEN) == 0 else "accepted",
        "due_at": world.time,
        "attempt_count": 0,
        "created_at": world.time,
        "changed_at": world.time,
    }


def plan_of(session: Session, statement: str) -> str:
    """Return how the database means to answer, on one line."""
    if session.get_bind().dialect.name == "postgresql":
        found = session.connection().exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}").scalar_one()
        return json.dumps(found)
    return " ".join(row.detail for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}"))


@pytest.mark.parametrize("name", PARTIAL)
def test_the_indexes_of_what_is_under_way_hold_nothing_else(engine: Engine, name: str) -> None:
    kind = engine.dialect.name
    [index] = [found for found in inspect(engine).get_indexes("delivery") if found["name"] == name]
    assert PARTIAL[name] in str(index["dialect_options"][f"{kind}_where"])


def test_a_claim_takes_what_is_open_in_the_order_of_the_index(archive: World) -> None:
    statement = claimable(now=archive.time, ids=None, edition_on=None, ignoring_due=False).limit(10)
    plain = str(statement.compile(dialect=archive.database.dialect, compile_kwargs={"literal_binds": True}))
    with reading(archive.database) as session:
        plan = plan_of(session, plain)
    assert "delivery_open" in plan
    assert not [word for word in ("Seq Scan", "Sort", "TEMP B-TREE") if word in plan]


def test_a_claim_passes_over_what_another_one_holds(postgresql: PostgresqlServer) -> None:
    world = World(postgresql.empty_database())
    ids = set(world.queue([f"reader{number}" for number in range(6)]).values())
    until = world.time + timedelta(minutes=5)
    taken = []
    with transaction(world.database) as one, transaction(world.database) as other:
        for session, owner in ((one, "here:1:1:a"), (other, "here:1:1:b")):
            batch = claim_batch(session, now=world.time, owner=owner, lease_until=until, limit=4)
            taken.append({claimed.id for claimed in batch.claimed})
    assert [len(found) for found in taken] == [4, 2]
    assert taken[0] | taken[1] == ids
