"""Readers to measure with: as many as asked, each with a few keywords that are drawn as real readers choose them.

The keywords are real ones: of public configurations, of Hugging Face's papers and of a list of research topics, which must lie
beside the checkout. A fifth of the queries are boolean ones made of two of them. The n-th of them is n times rarer than the
first (Zipf). The same seed makes the same readers.
"""

import csv
import json
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate, chain, islice
from pathlib import Path

from sqlalchemy import Engine

from newsletter.db.engine import transaction
from newsletter.editions.sign_up import parse_keywords
from newsletter.errors import InputError
from newsletter.subscribers.bulk_store import Newcomer, add_many
from newsletter.subscribers.subscriber import (
    Consent,
    Languages,
    Order,
    Preferences,
    Subscriber,
    SubscriberId,
    Subscription,
)

DISTINCT = 20_000
KEYWORDS_A_READER = 3
READERS_A_TRANSACTION = 5_000
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
EVERY_FIFTH = 5
MOST_WANTED = 2_000
USUAL = (Preferences(),)
VARIED = (
    *(Preferences() for _ in range(5)),
    Preferences(languages=Languages("zh+en"), timezone="Asia/Shanghai", hour=8),
    Preferences(languages=Languages("en"), timezone="America/New_York", hour=7, order=Order.RELEVANCE),
    Preferences(languages=Languages("zh"), timezone="Asia/Shanghai", wants_cross_lists=False),
    Preferences(weekly_on="mon"),
    Preferences(wants_replacements=True, order=Order.RELEVANCE, timezone="Europe/Berlin", hour=9),
)
"""Half of the readers as they come; the others with a zone, an hour, an order, a language, a day or kinds of their own."""


def read_keywords(data: Path, count: int = DISTINCT) -> list[Subscription]:
    """Return so many keywords with distinct queries, the most wanted first; `data` is the folder with ``keywords/``.

    Which of them are wanted most is drawn by lot, so that a digest has as many papers as is usual: where everybody asks for
    *large language models* it has eighty.
    """
    choice = random.Random(count)
    found: dict[str, Subscription] = {}
    singles = list(_readable(_list_phrases(data / "keywords")))
    joined = (_join(choice, singles) for _ in iter(int, 1))
    for place, keyword in enumerate(chain(_mixed(singles, joined), _readable(joined))):
        found.setdefault(keyword.query, keyword)
        if len(found) == count or place > 20 * count:
            break
    distinct = list(found.values())
    choice.shuffle(distinct)
    return distinct


def fill_readers(
    database: Engine,
    count: int,
    *,
    seed: int,
    keywords: Sequence[Subscription],
    preferences: Sequence[Preferences] = USUAL,
) -> None:
    """Add confirmed readers ``reader1@example.org`` …, each with distinct ones of the keywords and one of the preferences."""
    choice = random.Random(seed)
    weights = _weigh(keywords)
    for start in range(0, count, READERS_A_TRANSACTION):
        emails = [
            f"reader{number + 1}@example.org" for number in range(start, min(start + READERS_A_TRANSACTION, count))
        ]
        drawn = [
            Newcomer(
                email=email,
                name="",
                subscriptions=_draw(choice, keywords, weights),
                preferences=choice.choice(preferences),
            )
            for email in emails
        ]
        with transaction(database) as session:
            add_many(session, drawn, at=SINCE, is_confirmed=True)


def draw_readers(
    count: int, *, seed: int, keywords: Sequence[Subscription], preferences: Sequence[Preferences] = USUAL
) -> Iterator[Subscriber]:
    """Yield such readers without storing them."""
    choice = random.Random(seed)
    weights = _weigh(keywords)
    for number in range(1, count + 1):
        yield Subscriber(
            id=SubscriberId(number),
            email=f"reader{number}@example.org",
            name="",
            consent=Consent.CONFIRMED,
            preferences=choice.choice(preferences),
            token_version=0,
            created_at=SINCE,
            subscriptions=tuple(_draw(choice, keywords, weights)),
        )


def _weigh(keywords: Sequence[Subscription]) -> list[float]:
    return list(accumulate(1 / rank for rank in range(1, len(keywords) + 1)))


def _draw(choice: random.Random, keywords: Sequence[Subscription], weights: Sequence[float]) -> list[Subscription]:
    distinct: dict[str, Subscription] = {}
    wanted = min(KEYWORDS_A_READER, len(keywords))
    while len(distinct) < wanted:
        [keyword] = choice.choices(keywords, cum_weights=weights)
        distinct[keyword.query] = keyword
    return list(distinct.values())


def _list_phrases(folder: Path) -> Iterator[str]:
    """Yield the phrases that people chose, those of several people first, then the topics that nobody was seen to choose."""
    with (folder / "keyword-sets.json").open(encoding="utf-8") as file:
        sets = json.load(file)
    chosen = [item["keyword"] for item in sorted(sets["phrases"], key=lambda item: -item["sets"])]
    frequent = [keyword for keyword, _ in sets["hf_ai_keywords_top2000"]]
    yield from (phrase for pair in zip(chosen, frequent, strict=False) for phrase in pair)
    yield from frequent[len(chosen) :]
    with (folder / "arxivdigest-topics.csv").open(encoding="utf-8", newline="") as file:
        yield from (row[0] for row in csv.reader(file) if row)


def _readable(phrases: Iterator[str]) -> Iterator[Subscription]:
    for phrase in phrases:
        try:
            [keyword] = parse_keywords([phrase])
        except InputError:  # a few hold signs that a query cannot
            continue
        yield keyword


def _join(choice: random.Random, singles: Sequence[Subscription]) -> str:
    one, other = choice.choice(singles[:MOST_WANTED]).keyword, choice.choice(singles).keyword
    return choice.choice(
        (
            f"{one} AND {other}",
            f"{one} OR {other}",
            f"{one} NOT {other}",
            f'ti:"{one}"',
            f'"{one}" AND ({other} OR learning)',
        )
    )


def _mixed(singles: Sequence[Subscription], joined: Iterator[str]) -> Iterator[Subscription]:
    boolean = _readable(joined)
    for start in range(0, len(singles), EVERY_FIFTH - 1):
        yield from singles[start : start + EVERY_FIFTH - 1]
        yield from islice(boolean, 1)
