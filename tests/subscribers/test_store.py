"""Readers are kept once each, with their choices and keywords in their order."""

import pytest
from sqlalchemy import Engine, event

from newsletter.db.engine import reading, transaction
from newsletter.errors import AddressError, ConflictError, InputError, NotFoundError
from newsletter.subscribers import store
from newsletter.subscribers.subscriber import (
    Consent,
    Density,
    Languages,
    Order,
    Preferences,
    Subscriber,
    SubscriberId,
    Subscription,
    Trending,
)
from tests.conftest import NOON

RL = Subscription(keyword="Reinforcement Learning", query="reinforcement learning")
DIFFUSION = Subscription(keyword='abs:"diffusion policy"', query='abs:"diffusion policy"')
CHOICES = Preferences(
    languages=Languages("zh+en"),
    density=Density.TITLES,
    order=Order.RELEVANCE,
    timezone="Asia/Shanghai",
    hour=7,
    weekdays=("mon", "fri"),
    wants_empty_mail=True,
    wants_cross_lists=False,
    wants_replacements=True,
    trending=Trending.MATCHING,
    trending_count=12,
    is_trending_apart=True,
)


def add(engine: Engine, email: str = "ann@example.org", preferences: Preferences = CHOICES) -> Subscriber:
    with transaction(engine) as session:
        return store.add_subscriber(
            session, email, subscriptions=[RL, DIFFUSION], preferences=preferences, created_at=NOON, name=" Ann "
        )


def test_a_reader_comes_back_as_they_were_stored(engine: Engine) -> None:
    added = add(engine)
    with reading(engine) as session:
        found = store.get_subscriber(session, added.id)
    assert found == added
    assert (found.preferences, found.subscriptions, found.name) == (CHOICES, (RL, DIFFUSION), "Ann")
    assert (found.consent, found.created_at) == (Consent.PENDING, NOON)


def test_an_address_is_found_however_it_is_cased(engine: Engine) -> None:
    added = add(engine, "Ann@Example.org")
    with reading(engine) as session:
        assert store.find_by_email(session, " ann@EXAMPLE.org ") == added
        assert store.find_by_email(session, "bob@example.org") is None


def test_a_known_address_is_refused(engine: Engine) -> None:
    add(engine)
    with pytest.raises(ConflictError, match="already"):
        add(engine, "ANN@example.org")


@pytest.mark.parametrize(
    "email", ["", "ann", "ann@", "ann@@example.org", "ann@example", "a b@example.org", "ann@example.org\nBcc: x@y.z"]
)
def test_what_is_no_address_is_refused_and_nothing_is_stored(engine: Engine, email: str) -> None:
    with pytest.raises(AddressError, match="not an e-mail address"):
        add(engine, email)
    with reading(engine) as session:
        assert store.list_subscribers(session) == []


@pytest.mark.parametrize(
    ("preferences", "hint"),
    [
        (Preferences(timezone="Shanghai"), "Asia/Shanghai"),
        (Preferences(timezone="Mars/Base"), "America/New_York"),
        (Preferences(hour=24), "between 0 and 23"),
        (Preferences(weekdays=()), "Choose weekdays"),
        (Preferences(trending_count=0), "choose 1 to 50"),
        (Preferences(trending_count=51), "choose 1 to 50"),
        (Preferences(weekdays=("someday",)), "someday"),
    ],
)
def test_a_wrong_choice_is_refused_with_a_hint(engine: Engine, preferences: Preferences, hint: str) -> None:
    with pytest.raises(InputError, match=hint):
        add(engine, preferences=preferences)


def test_keywords_are_replaced_in_the_new_order_and_each_query_once(engine: Engine) -> None:
    reader = add(engine)
    again = Subscription(keyword="reinforcement-learning", query=RL.query)
    with transaction(engine) as session:
        store.set_keywords(session, reader.id, [DIFFUSION, RL, again])
    with reading(engine) as session:
        assert store.get_subscriber(session, reader.id).subscriptions == (DIFFUSION, RL)


def test_too_many_keywords_are_refused_and_the_old_ones_stay(engine: Engine) -> None:
    reader = add(engine)
    many = [Subscription(keyword=f"k{n}", query=f"k{n}") for n in range(store.MAX_KEYWORDS + 1)]
    with pytest.raises(InputError, match="join some with OR"), transaction(engine) as session:
        store.set_keywords(session, reader.id, many)
    with reading(engine) as session:
        assert store.get_subscriber(session, reader.id).subscriptions == (RL, DIFFUSION)


def test_consent_is_given_and_withdrawn_once(engine: Engine) -> None:
    reader = add(engine)
    with transaction(engine) as session:
        store.confirm(session, reader.id, at=NOON)
        store.confirm(session, reader.id, at=NOON.replace(hour=13))
    with reading(engine) as session:
        assert store.get_subscriber(session, reader.id).confirmed_at == NOON
        assert store.count_subscribers(session, Consent.CONFIRMED) == 1
    with transaction(engine) as session:
        store.unsubscribe(session, reader.id, at=NOON)
        store.unsubscribe(session, reader.id, at=NOON)
    with reading(engine) as session:
        assert store.get_subscriber(session, reader.id).consent is Consent.UNSUBSCRIBED


def test_preferences_can_be_changed(engine: Engine) -> None:
    reader = add(engine)
    with transaction(engine) as session:
        store.set_preferences(session, reader.id, Preferences())
    with reading(engine) as session:
        assert store.get_subscriber(session, reader.id).preferences == Preferences()


def test_those_who_want_trending_papers_are_counted_once_they_confirmed(engine: Engine) -> None:
    wishes = [
        Preferences(),
        Preferences(trending=Trending.TOP),
        Preferences(trending=Trending.MATCHING, is_trending_apart=True),
        Preferences(is_trending_apart=True),
    ]
    readers = [add(engine, f"reader{number}@example.org", wish) for number, wish in enumerate(wishes)]
    add(engine, "pending@example.org", Preferences(trending=Trending.TOP))
    with transaction(engine) as session:
        for reader in readers:
            store.confirm(session, reader.id, at=NOON)
    with reading(engine) as session:
        counts = [store.count_trending_readers(session, apart=apart) for apart in (None, True, False)]
    assert counts == [2, 1, 1]


def test_a_stranger_is_not_found(engine: Engine) -> None:
    with reading(engine) as session:
        with pytest.raises(NotFoundError):
            store.get_subscriber(session, SubscriberId(7))
        with pytest.raises(NotFoundError, match=r"bob@example\.org"):
            store.get_by_email(session, "bob@example.org")


@pytest.mark.parametrize("readers", [1, 25])
def test_listing_readers_takes_two_statements_however_many_there_are(engine: Engine, readers: int) -> None:
    for number in range(readers):
        add(engine, f"reader{number}@example.org")
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with reading(engine) as session:
        assert len(store.list_subscribers(session, consent=Consent.PENDING)) == readers
    assert len([text for text in statements if text.startswith("SELECT")]) == 2
