"""A subscriber and what they prefer, as plain values."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import NewType, Self
from zoneinfo import ZoneInfo, available_timezones

from newsletter.errors import InputError
from newsletter.languages import DEFAULT, SOURCE
from newsletter.papers.taxonomy import canonical, is_known

SubscriberId = NewType("SubscriberId", int)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_TRENDING = 50
"""Hugging Face's longest day had fifty papers."""


class Consent(StrEnum):
    """Whether the reader agreed to get mail.

    An operator is no reader: a row of theirs holds the address that alarms go to (`NEWSLETTER_ADMIN_EMAIL`), since a delivery
    belongs to a row. It is in no list, no count and no edition, nobody finds it by its address, and when its owner signs up
    it becomes the row of an ordinary pending reader, who gets alarms as before.
    """

    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"
    OPERATOR = "operator"


class Languages(str):
    """Which languages a digest shows, in which order: one code or two, joined by `+` as they are stored (`en+ja`)."""

    __slots__ = ()
    PATTERN = r"^[a-z]{2,3}(\+[a-z]{2,3})?$"

    def __new__(cls, value: str) -> Self:
        """Read the stored form; raises ValueError for what is none."""
        codes = value.split("+")
        if not re.fullmatch(cls.PATTERN, value) or len(set(codes)) < len(codes):
            raise ValueError(f"{value!r} names no languages; write two codes, or one: {cls.of(SOURCE, DEFAULT)}")
        return super().__new__(cls, value)

    @classmethod
    def of(cls, *codes: str) -> Self:
        """Return the choice of these languages in this order."""
        return cls("+".join(codes))

    @classmethod
    def offered(cls, language: str) -> tuple[Self, ...]:
        """Return what readers may choose where papers are translated into `language`, the usual choice first."""
        if language == SOURCE:
            return (cls.of(SOURCE),)
        return cls.of(SOURCE, language), cls.of(language, SOURCE), cls.of(SOURCE), cls.of(language)

    @property
    def codes(self) -> tuple[str, ...]:
        """The BCP 47 primary codes, in the reader's order."""
        return tuple(self.split("+"))

    @property
    def target(self) -> str | None:
        """The language among them that papers have to be translated into, or None."""
        return next((code for code in self.codes if code != SOURCE), None)


USUAL = Languages.of(SOURCE, DEFAULT)
"""What a reader gets who did not choose, where the installation does not say another language."""
USUAL_CHOICES = Languages.offered(DEFAULT)


class Density(StrEnum):
    """How much of each paper a digest shows."""

    FULL = "full"
    COMPACT = "compact"
    TITLES = "titles"


class Order(StrEnum):
    """How the papers of a section are ordered."""

    LISTING = "listing"
    RELEVANCE = "relevance"


class Trending(StrEnum):
    """Which of the papers that trend on Hugging Face a reader wants: none, the day's top, or what matches a keyword."""

    NONE = "none"
    TOP = "top"
    MATCHING = "matching"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """A reader's choices.

    `timezone` is an IANA name; `hour` (0-23, in that zone) is when the mail is due, or None for as soon as the edition is
    out; `weekdays` are the days of the edition's date on which mail is wanted. With `weekly_on` there is one digest a week
    instead, with the edition of that day or the next one after it. Editions before `paused_until` bring no mail. Keywords
    search papers of the `categories` only, of all that are collected when there are none. At most `trending_count` trending
    papers end the digest, or come in a mail of their own (`is_trending_apart`).
    """

    languages: Languages = USUAL
    density: Density = Density.FULL
    order: Order = Order.LISTING
    timezone: str = "UTC"
    hour: int | None = None
    weekdays: tuple[str, ...] = WEEKDAYS
    weekly_on: str | None = None
    paused_until: date | None = None
    categories: tuple[str, ...] = ()
    wants_empty_mail: bool = False
    wants_cross_lists: bool = True
    wants_replacements: bool = False
    trending: Trending = Trending.NONE
    trending_count: int = 5
    is_trending_apart: bool = False

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One keyword of one reader: `keyword` as typed, `query` in canonical form, in the reader's order.

    One that is paused is kept, and finds nothing.
    """

    keyword: str
    query: str
    is_paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A reader: address, consent, preferences and keywords."""

    id: SubscriberId
    email: str
    name: str
    consent: Consent
    preferences: Preferences
    token_version: int
    created_at: datetime
    confirmed_at: datetime | None = None
    subscriptions: tuple[Subscription, ...] = field(default=())

    @property
    def active(self) -> tuple[Subscription, ...]:
        """The keywords that are not paused."""
        for item in self.subscriptions:
            if item.is_paused:
                return tuple(item for item in self.subscriptions if not item.is_paused)
        return self.subscriptions


@cache
def _zone_names() -> frozenset[str]:
    """Return every IANA zone name; asked once, since the whole zone database is walked for it."""
    return frozenset(available_timezones())


def check_timezone(name: str) -> str:
    """Return the IANA zone name, or raise InputError with the nearest ones."""
    zones = _zone_names()
    if name in zones:
        return name
    near = sorted(zone for zone in zones if name and name.lower().replace(" ", "_") in zone.lower())[:3]
    hint = f" Did you mean {', '.join(near)}?" if near else " Use a name like Asia/Shanghai or America/New_York."
    raise InputError(f"{name!r} is not a time zone.{hint}")


def check_hour(hour: int) -> int:
    """Return the hour if it is 0-23, else raise InputError."""
    if 0 <= hour <= 23:
        return hour
    raise InputError(f"The hour {hour} is not between 0 and 23.")


def check_trending_count(count: int) -> int:
    """Return the number of trending papers if it is 1-50, else raise InputError."""
    if 1 <= count <= MAX_TRENDING:
        return count
    raise InputError(f"{count} trending papers cannot be had; choose 1 to {MAX_TRENDING}.")


def check_weekdays(days: tuple[str, ...]) -> tuple[str, ...]:
    """Return the days in week order without repeats, or raise InputError for an unknown or empty choice."""
    unknown = [day for day in days if day not in WEEKDAYS]
    if unknown or not days:
        raise InputError(f"Choose weekdays from {', '.join(WEEKDAYS)}; got {', '.join(days) or 'none'}.")
    return tuple(day for day in WEEKDAYS if day in days)


def check_weekday(day: str) -> str:
    """Return the day if it is one of `WEEKDAYS`, else raise InputError."""
    if day in WEEKDAYS:
        return day
    raise InputError(f"{day!r} is not a weekday; write one of {', '.join(WEEKDAYS)}.")


def check_categories(names: Iterable[str]) -> tuple[str, ...]:
    """Return arXiv's own codes without repeats, or raise InputError for one that arXiv does not have."""
    wanted = tuple(names)
    unknown = [name for name in wanted if not is_known(name)]
    if unknown:
        raise InputError(f"arXiv has no category {', '.join(unknown)}; write codes such as cs.LG, or cs for all of cs.")
    return tuple(dict.fromkeys(map(canonical, wanted)))
