"""From rows to readers: what many of them have in common, their choices and keywords, is made once."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy
from sqlmodel import SQLModel

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
from newsletter.subscribers.tables import SubscriberRow, SubscriptionRow

_CHOICES = (
    *("languages", "density", "paper_order", "timezone", "hour", "weekdays", "weekly_on", "paused_until", "categories"),
    *("wants_empty_mail", "wants_cross_lists", "wants_replacements", "trending", "trending_count", "is_trending_apart"),
)
_OTHERS = ("id", "email", "name", "consent", "token_version", "created_at", "confirmed_at")


def _columns(table: type[SQLModel], names: Iterable[str]) -> list[sqlalchemy.Column[Any]]:
    return [SQLModel.metadata.tables[str(table.__tablename__)].columns[name] for name in names]


CHOICES = _columns(SubscriberRow, _CHOICES)
"""The columns that `make_preferences` takes, in its order."""
READERS = _columns(SubscriberRow, (*_OTHERS, *_CHOICES))
"""The columns that `make_subscriber` takes."""
KEYWORDS = _columns(SubscriptionRow, ("subscriber_id", "keyword", "query", "is_paused"))
"""The columns of keywords: whose each is, and what `make_subscription` takes."""


def make_subscriber(row: sqlalchemy.Row[Any], subscriptions: tuple[Subscription, ...]) -> Subscriber:
    """Return the reader of a row of `READERS`."""
    number, email, name, consent, token_version, created_at, confirmed_at = row[: len(_OTHERS)]
    return Subscriber(
        id=SubscriberId(number),
        email=email,
        name=name,
        consent=Consent(consent),
        preferences=make_preferences(*row[len(_OTHERS) :]),
        token_version=token_version,
        created_at=created_at,
        confirmed_at=confirmed_at,
        subscriptions=subscriptions,
    )


@lru_cache(16_384)
def make_preferences(
    languages: str,
    density: str,
    paper_order: str,
    timezone: str,
    hour: int | None,
    weekdays: str,
    weekly_on: str | None,
    paused_until: date | None,
    categories: str,
    wants_empty_mail: bool,
    wants_cross_lists: bool,
    wants_replacements: bool,
    trending: str,
    trending_count: int,
    is_trending_apart: bool,
) -> Preferences:
    """Return the choices that these columns hold."""
    return Preferences(
        languages=Languages(languages),
        density=Density(density),
        order=Order(paper_order),
        timezone=timezone,
        hour=hour,
        weekdays=tuple(weekdays.split(",")),
        weekly_on=weekly_on,
        paused_until=paused_until,
        categories=tuple(categories.split(",")) if categories else (),
        wants_empty_mail=wants_empty_mail,
        wants_cross_lists=wants_cross_lists,
        wants_replacements=wants_replacements,
        trending=Trending(trending),
        trending_count=trending_count,
        is_trending_apart=is_trending_apart,
    )


@lru_cache(65_536)
def make_subscription(keyword: str, query: str, is_paused: bool) -> Subscription:
    """Return the keyword that these columns hold."""
    return Subscription(keyword=keyword, query=query, is_paused=is_paused)
