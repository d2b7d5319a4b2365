"""What digests are made from is read once, and read again soon enough that a correction shows."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from newsletter.db.engine import reading, transaction
from newsletter.digests.digest import Digest
from newsletter.digests.load import load_digests, thaw
from newsletter.digests.stock import LASTING, Stock
from newsletter.digests.store import find_row
from newsletter.editions.compose import compose_edition
from newsletter.editions.desk import Desk
from newsletter.subscribers.subscriber import Subscriber
from newsletter.translation.memory import remember
from tests.factories import (
    FRIDAY,
    MORNING,
    WordForWord,
    add_reader,
    announce,
    make_desk,
    make_paper,
    message_id,
    open_day,
)

PAPER = make_paper(1, "Robots that walk")
CORRECTED = "会走路的机器人"


@pytest.fixture
def desk(engine: Engine) -> Desk:
    desk = make_desk(engine, WordForWord())
    open_day(desk, announce([PAPER]))
    return desk


@pytest.fixture
def readers(desk: Desk) -> list[Subscriber]:
    found = [add_reader(desk, email, "robots") for email in ("ann@example.org", "ben@example.org")]
    compose_edition(desk, FRIDAY, message_id=message_id)
    return found


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*said: object) -> None:
        statements.append(str(said[2]))

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def load(desk: Desk, stock: Stock, reader: Subscriber) -> Digest:
    with reading(desk.database) as session:
        row = find_row(session, reader.id, FRIDAY)
        assert row is not None
        return load_digests(session, [thaw(row, 0)], desk.addresses, stock=stock)[0]


def title_of(digest: Digest) -> str | None:
    return digest.sections[0].entries[0].paper.title_translated


def correct(desk: Desk) -> None:
    with transaction(desk.database) as session:
        remember(
            session,
            {PAPER.title_source: CORRECTED},
            source="en",
            target="zh",
            engine="person",
            translated_at=desk.now(),
        )


def test_papers_and_translations_are_read_once_for_many_batches(desk: Desk, readers: list[Subscriber]) -> None:
    stock = Stock(desk.addresses)
    stock.refresh(MORNING)
    with counted(desk.database) as first:
        seen = load(desk, stock, readers[0])
    with counted(desk.database) as second:
        assert load(desk, stock, readers[1]).sections == seen.sections
    assert any("FROM paper" in statement for statement in first)
    assert not any("FROM paper" in statement or "FROM translation" in statement for statement in second)


def test_a_correction_shows_as_soon_as_what_was_read_is_too_old(desk: Desk, readers: list[Subscriber]) -> None:
    stock = Stock(desk.addresses)
    stock.refresh(MORNING)
    before = load(desk, stock, readers[0])
    correct(desk)
    stock.refresh(MORNING + LASTING / 2)
    assert title_of(load(desk, stock, readers[0])) == title_of(before) != CORRECTED
    stock.refresh(MORNING + LASTING)
    assert title_of(load(desk, stock, readers[0])) == CORRECTED


def test_without_a_stock_everything_is_read_afresh(desk: Desk, readers: list[Subscriber]) -> None:
    correct(desk)
    assert title_of(load(desk, Stock(desk.addresses), readers[0])) == CORRECTED
