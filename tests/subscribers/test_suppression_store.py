"""Stopped addresses, which outlive their owners' rows and names."""

from sqlalchemy import Engine
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.subscribers.store import (
    add_subscriber,
    confirm,
    find_by_email,
    list_subscribers,
)
from newsletter.subscribers.subscriber import Consent, Preferences, Subscriber, Subscription
from newsletter.subscribers.suppression_store import (
    forget_address,
    forget_subscriber,
    is_suppressed,
    lift,
    list_suppressed_keys,
    list_suppressions,
    recall,
    suppress,
)
from newsletter.subscribers.tables import SubscriberRow, SubscriptionRow, SuppressionRow
from newsletter.subscribers.tokens import Tokens
from tests.conftest import NOON

TOKENS = Tokens("a secret of the tests", now=lambda: NOON)


def stop(engine: Engine, email: str = "ann@example.org", reason: str = "hard-bounce") -> bool:
    with transaction(engine) as session:
        return suppress(session, email, reason=reason, at=NOON, detail=f"550 {email} is unknown")


def is_stopped(engine: Engine, email: str) -> bool:
    with reading(engine) as session:
        return is_suppressed(session, email, TOKENS)


def add_ann(engine: Engine) -> Subscriber:
    with transaction(engine) as session:
        keywords = [Subscription(keyword="cat:cs", query="cat:cs")]
        ann = add_subscriber(
            session, "Ann@example.org", subscriptions=keywords, preferences=Preferences(), created_at=NOON, name="Ann"
        )
        confirm(session, ann.id, at=NOON)
        return ann


def erase_ann(engine: Engine, ann: Subscriber) -> None:
    with transaction(engine) as session:
        forget_subscriber(session, ann.id, TOKENS, at=NOON)


def test_a_suppressed_address_stays_so_with_its_first_reason(engine: Engine) -> None:
    assert stop(engine, "Ann@example.org")
    assert not stop(engine, "ann@example.org", reason="complaint")
    assert is_stopped(engine, " ANN@example.org ")
    assert not is_stopped(engine, "bob@example.org")
    with reading(engine) as session:
        assert list_suppressed_keys(session) == {"ann@example.org"}
        assert [found.reason for found in list_suppressions(session)] == ["hard-bounce"]


def test_a_lifted_suppression_is_gone(engine: Engine) -> None:
    stop(engine)
    with transaction(engine) as session:
        assert lift(session, "ANN@example.org", TOKENS)
        assert not lift(session, "ann@example.org", TOKENS)
    assert not is_stopped(engine, "ann@example.org")


def test_an_erased_reader_leaves_a_row_that_names_nobody(engine: Engine) -> None:
    ann = add_ann(engine)
    erase_ann(engine, ann)
    with reading(engine) as session:
        row = session.exec(select(SubscriberRow)).one()
        assert not session.exec(select(SubscriptionRow)).all()
        assert find_by_email(session, "ann@example.org") is None
        [left] = list_subscribers(session)
    assert "ann" not in repr(row).lower()
    assert (left.id, left.email, left.name, left.consent) == (ann.id, "", "", Consent.UNSUBSCRIBED)
    assert left.token_version == ann.token_version + 1


def test_an_erased_address_stays_stopped_without_its_name(engine: Engine) -> None:
    ann = add_ann(engine)
    stop(engine)
    erase_ann(engine, ann)
    with reading(engine) as session:
        [kept] = session.exec(select(SuppressionRow)).all()
        [shown] = list_suppressions(session)
    assert "ann" not in repr(kept)
    assert shown.is_erased
    assert is_stopped(engine, "Ann@example.org")
    assert not is_stopped(engine, "bob@example.org")
    with reading(engine) as session:
        assert not is_suppressed(session, "ann@example.org", Tokens("another secret", now=lambda: NOON))


def test_an_erased_reader_may_come_back_and_be_erased_again(engine: Engine) -> None:
    for _ in range(3):
        erase_ann(engine, add_ann(engine))
    with reading(engine) as session:
        assert len(list_subscribers(session)) == 3


def test_an_operator_who_adds_an_erased_address_meets_its_suppression(engine: Engine) -> None:
    stop(engine)
    with transaction(engine) as session:
        assert forget_address(session, "ann@example.org", TOKENS)
        assert not forget_address(session, "ann@example.org", TOKENS)
        recall(session, "Ann@example.org", TOKENS)
        assert list_suppressed_keys(session) == {"ann@example.org"}


def test_an_address_stopped_again_after_its_erasure_is_erased_as_one(engine: Engine) -> None:
    for _ in range(2):
        stop(engine)
        with transaction(engine) as session:
            forget_address(session, "ann@example.org", TOKENS)
    with transaction(engine) as session:
        assert len(list_suppressions(session)) == 1
        assert lift(session, "ann@example.org", TOKENS)
        assert not list_suppressions(session)
