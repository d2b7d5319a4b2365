"""Many readers at once, of all tastes."""

from collections.abc import Iterator, Sequence
from itertools import combinations, islice

from newsletter.db.engine import transaction
from newsletter.editions.desk import Desk
from newsletter.editions.sign_up import parse_keywords
from newsletter.papers.paper import Announcement, AnnouncementKind
from newsletter.subscribers.bulk_store import Newcomer, add_many
from newsletter.subscribers.store import list_subscribers
from newsletter.subscribers.subscriber import Languages, Order, Preferences, Subscriber
from tests.factories import announce, make_paper

WORDS = ("robots", "diffusion", "proofs", "graphs", "walking", "au:Ann Lee", "robots AND walking", "proofs OR graphs")
TASTES = (
    Preferences(),
    Preferences(order=Order.RELEVANCE, wants_replacements=True),
    Preferences(wants_cross_lists=False, languages=Languages("en")),
    Preferences(categories=("stat.ML",), wants_cross_lists=False),
    Preferences(weekly_on="mon", timezone="Asia/Shanghai", hour=7),
    Preferences(weekdays=("sat",), wants_empty_mail=True),
)


def a_full_list() -> Announcement:
    """A list in which every two of the words have a paper, of all kinds and two categories."""
    kinds = (AnnouncementKind.NEW, AnnouncementKind.CROSS, AnnouncementKind.REPLACE)
    pairs = list(combinations(WORDS[:5], 2))
    return announce(
        [
            (
                make_paper(
                    number, f"On {one} for {other}", categories=(("cs.LG", "stat.ML"), ("stat.ML",))[number % 2]
                ),
                kinds[number % 3],
            )
            for number, (one, other) in enumerate(pairs, 1)
        ]
    )


def add_crowd(desk: Desk, count: int) -> Sequence[Subscriber]:
    """Add confirmed readers, each with three of the words, and every taste among them."""
    with transaction(desk.database) as session:
        add_many(session, list(islice(_newcomers(), count)), at=desk.now(), is_confirmed=True)
        return list_subscribers(session)


def _newcomers() -> Iterator[Newcomer]:
    chosen = list(combinations(WORDS, 3))
    for number in range(1_000_000):
        yield Newcomer(
            email=f"reader{number}@example.org",
            name="",
            subscriptions=parse_keywords(chosen[number * 7 % len(chosen)]),
            preferences=TASTES[number % len(TASTES)],
        )
