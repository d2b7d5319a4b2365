"""Looking through readers and stopped addresses: by words, page by page."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.feedback.by_hand import erase
from newsletter.subscribers.admin_store import (
    ReaderSearch,
    count_by_consent,
    count_suppressions,
    find_suppression,
    list_ids,
    look_up,
    search_readers,
    search_suppressions,
)
from newsletter.subscribers.store import ensure_operators
from newsletter.subscribers.subscriber import Consent
from newsletter.subscribers.suppression_store import suppress
from newsletter.subscribers.tokens import Tokens
from tests.factories import MORNING, add_reader, make_desk

TOKENS = Tokens("a secret of the tests", now=lambda: MORNING)


def fill(engine: Engine) -> None:
    desk = make_desk(engine)
    add_reader(desk, "ann@example.org", "robot", "diffusion policy")
    add_reader(desk, "bo_100%@example.org", "graph", is_confirmed=False)
    add_reader(desk, "cy@uni.example.edu", "机器人")
    with transaction(engine) as session:
        ensure_operators(session, ["op@example.org"], at=MORNING)


def found(engine: Engine, words: str = "", consent: Consent | None = None) -> list[str]:
    with reading(engine) as session:
        page = search_readers(session, ReaderSearch(words=words, consent=consent), limit=10)
    return [reader.email for reader in page.readers]


@pytest.mark.parametrize(
    ("words", "emails"),
    [
        ("", ["cy@uni.example.edu", "bo_100%@example.org", "ann@example.org"]),
        ("ANN@", ["ann@example.org"]),
        ("example.org", ["bo_100%@example.org", "ann@example.org"]),
        ("Diffusion", ["ann@example.org"]),
        ("机器人", ["cy@uni.example.edu"]),
        ("0%", ["bo_100%@example.org"]),
        ("_", ["bo_100%@example.org"]),
        ("#3", ["cy@uni.example.edu"]),
        ("op@example.org", []),
        ("nobody", []),
    ],
)
def test_readers_are_found_by_address_keyword_or_number_and_operators_never(
    engine: Engine, words: str, emails: list[str]
) -> None:
    fill(engine)
    assert found(engine, words) == emails


def test_a_consent_narrows_the_search_and_each_is_counted(engine: Engine) -> None:
    fill(engine)
    assert found(engine, consent=Consent.PENDING) == ["bo_100%@example.org"]
    with reading(engine) as session:
        assert count_by_consent(session) == {Consent.CONFIRMED: 2, Consent.PENDING: 1, Consent.UNSUBSCRIBED: 0}


def test_pages_follow_each_other_without_a_gap_in_three_statements_each(engine: Engine) -> None:
    desk = make_desk(engine)
    for number in range(7):
        add_reader(desk, f"reader{number}@example.org", "robot")
    seen: list[str] = []
    before = None
    statements: list[str] = []
    with reading(engine) as session:
        event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        while True:
            page = search_readers(session, ReaderSearch(), limit=3, before=before)
            seen += [reader.email for reader in page.readers]
            before = page.next_before
            if before is None:
                break
    assert seen == [f"reader{number}@example.org" for number in reversed(range(7))]
    assert len([text for text in statements if text.startswith("SELECT")]) == 9


def test_an_erased_reader_is_in_the_list_without_a_name_and_in_no_export(engine: Engine) -> None:
    fill(engine)
    with transaction(engine) as session:
        erase(session, TOKENS, "ann@example.org", at=MORNING)
    assert found(engine) == ["cy@uni.example.edu", "bo_100%@example.org", ""]
    assert found(engine, "erased") == []
    with reading(engine) as session:
        assert list_ids(session, ReaderSearch(), after=0, limit=10) == [2, 3]


def test_stopped_addresses_are_found_also_when_their_owner_was_erased(engine: Engine) -> None:
    fill(engine)
    with transaction(engine) as session:
        for number, (email, reason) in enumerate([("ann@example.org", "complaint"), ("x@example.org", "operator")]):
            suppress(session, email, reason=reason, at=MORNING + timedelta(hours=number), detail="said so")
        erase(session, TOKENS, "ann@example.org", at=MORNING)
    with reading(engine) as session:
        everything = search_suppressions(session, "", TOKENS, limit=1)
        assert [one.address_key for one in everything.suppressions] == ["x@example.org"]
        rest = search_suppressions(session, "", TOKENS, limit=1, after=everything.next_after)
        assert [(one.is_erased, one.reason) for one in rest.suppressions] == [(True, "complaint")]
        assert rest.next_after is None
        by_address = search_suppressions(session, "Ann@example.org", TOKENS, limit=5).suppressions
        assert [one.is_erased for one in by_address] == [True]
        assert search_suppressions(session, "ann", TOKENS, limit=5).suppressions == []
        assert len(search_suppressions(session, "", TOKENS, limit=5, reason="operator").suppressions) == 1
        assert count_suppressions(session) == {"complaint": 1, "operator": 1}
        assert find_suppression(session, "X@example.org", TOKENS) is not None
        known = look_up(session, ["ann@example.org", "bo_100%@example.org", "new@example.org"], TOKENS)
    assert (known["ann@example.org"].is_reader, known["ann@example.org"].is_suppressed) == (False, True)
    assert (known["bo_100%@example.org"].is_reader, known["new@example.org"].is_reader) == (True, False)
