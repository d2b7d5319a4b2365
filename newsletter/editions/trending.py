"""Trending papers in a mail of their own, and when they are to be asked for, waited for and composed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import requests

from newsletter.db.engine import reading, transaction
from newsletter.deliveries import store as deliveries
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState, SkipReason
from newsletter.deliveries.store import NewDelivery
from newsletter.digests import store as digests
from newsletter.digests.trending import TrendingChoice, freeze_trending
from newsletter.editions.agenda import due_at, find_rest, list_weekly_days
from newsletter.editions.compose import READERS_A_TRANSACTION, MessageIdMaker
from newsletter.editions.day import translate_papers
from newsletter.editions.desk import Desk
from newsletter.editions.shelf import stock_shelf
from newsletter.editions.store import Edition
from newsletter.editions.trending_store import has_unserved_readers
from newsletter.papers.calendar import announced_at
from newsletter.papers.trending import TrendingReport, collect_trending
from newsletter.papers.trending_day import Asked, edition_at, is_trending_awaited, is_trending_due, trending_on
from newsletter.papers.trending_store import find_last_asked
from newsletter.settings import Settings
from newsletter.subscribers.addresses import address_key
from newsletter.subscribers.store import count_trending_readers, list_subscribers
from newsletter.subscribers.subscriber import Consent, Preferences, Subscriber, Trending
from newsletter.subscribers.suppression_store import list_suppressed_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendingComposition:
    """What composing did: readers that got their row now, those with something to read, and why others were skipped."""

    edition_on: date
    readers: int
    queued: int
    skipped: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    reader: Subscriber
    choice: TrendingChoice | None
    reason: SkipReason | None


def compose_trending(desk: Desk, edition_on: date, *, message_id: MessageIdMaker) -> TrendingComposition:
    """Give every reader who wants them in a mail of its own, and has none yet, the trending papers of an edition's date.

    They need no edition: arXiv's holidays are not Hugging Face's. Before the list has come nothing is done. Readers without
    anything to read get a row too: skipped, with its reason. Doing it again adds the rows of readers who came since.
    """
    occasion = digests.trending_occasion(edition_on)
    with reading(desk.database) as session:
        last = find_last_asked(session, trending_on(edition_on))
        known = deliveries.list_subscriber_ids(session, message=Message.TRENDING, occasion=occasion)
        everybody = list_subscribers(session, consent=Consent.CONFIRMED) if _is_seen(last) else []
        suppressed = list_suppressed_keys(session)
    readers = [reader for reader in everybody if _wants_mail(reader.preferences) and reader.id not in known]
    shelf = stock_shelf(desk, edition_on, readers, is_apart=True)
    plans = [
        _plan(reader, shelf.choose(reader), edition_on, is_suppressed=address_key(reader.email) in suppressed)
        for reader in readers
    ]
    _translate(desk, plans)
    for start in range(0, len(plans), READERS_A_TRANSACTION):
        _store(desk, edition_on, plans[start : start + READERS_A_TRANSACTION], message_id)
    return TrendingComposition(
        edition_on=edition_on,
        readers=len(plans),
        queued=sum(plan.reason is None for plan in plans),
        skipped=Counter(plan.reason for plan in plans if plan.reason),
    )


def collect_for_edition(
    desk: Desk, http: requests.Session, settings: Settings, edition_on: date
) -> TrendingReport | None:
    """Ask for the list that an edition shows, if somebody wants it and it has not come; raises SourceError."""
    day = trending_on(edition_on)
    with reading(desk.database) as session:
        if not count_trending_readers(session) or _is_seen(find_last_asked(session, day)):
            return None
    return collect_trending(desk.database, http, settings, day, now=desk.now)


def is_due(desk: Desk) -> bool:
    """Tell whether today's list is to be asked for, or came and some reader's mail is not composed.

    Where nobody wants trending papers, nobody is asked.
    """
    now = desk.now()
    edition_on = edition_at(now)
    if edition_on is None:
        return False
    with reading(desk.database) as session:
        if not count_trending_readers(session):
            return False
        last = find_last_asked(session, trending_on(edition_on))
        if not _is_seen(last):
            return is_trending_due(now, edition_on=edition_on, last=last)
        return has_unserved_readers(session, digests.trending_occasion(edition_on))


def is_awaited(desk: Desk, edition: Edition) -> bool:
    """Tell whether an edition that is ready waits for its list, which some digest is to show."""
    with reading(desk.database) as session:
        if edition.is_sample or not count_trending_readers(session, apart=False):
            return False
        last = find_last_asked(session, trending_on(edition.edition_on))
    return is_trending_awaited(desk.now(), edition_on=edition.edition_on, opened_at=edition.opened_at, last=last)


def _wants_mail(preferences: Preferences) -> bool:
    return preferences.is_trending_apart and preferences.trending is not Trending.NONE


def _is_seen(last: Asked | None) -> bool:
    return last is not None and last.is_seen


def _plan(reader: Subscriber, choice: TrendingChoice | None, edition_on: date, *, is_suppressed: bool) -> _Plan:
    # a mail of its own needs no edition: a weekly reader gets that of the very day
    rest = find_rest(reader.preferences, edition_on, weekly_days=list_weekly_days(edition_on, before=None))
    if is_suppressed:
        reason: SkipReason | None = SkipReason.SUPPRESSED
    else:
        reason = rest or (SkipReason.EMPTY if choice is None else None)
    return _Plan(reader=reader, choice=choice, reason=reason)


def _translate(desk: Desk, plans: Sequence[_Plan]) -> None:
    wanted = {
        item.paper.arxiv_id: item.paper
        for plan in plans
        if plan.choice and plan.reason is None and desk.language in plan.reader.preferences.languages.codes
        for item in plan.choice.papers
    }
    translate_papers(desk, list(wanted.values()))


def _store(desk: Desk, edition_on: date, plans: Sequence[_Plan], message_id: MessageIdMaker) -> None:
    now = desk.now()
    occasion = digests.trending_occasion(edition_on)
    with transaction(desk.database) as session:
        digests.freeze(session, [_digest_row(plan, edition_on, now) for plan in plans])
        digest_ids = digests.list_ids(session, occasion, [plan.reader.id for plan in plans])
        rows = [
            NewDelivery(
                subscriber_id=plan.reader.id,
                message=Message.TRENDING,
                occasion=occasion,
                revision=0,
                edition_on=edition_on,
                digest_id=digest_ids[plan.reader.id],
                message_id=message_id(plan.reader.id, Message.TRENDING, occasion, 0),
                state=DeliveryState.SKIPPED if plan.reason else DeliveryState.QUEUED,
                reason=plan.reason,
                due_at=due_at(plan.reader.preferences, announced_at=announced_at(edition_on), opened_at=now),
            )
            for plan in plans
        ]
        deliveries.queue_deliveries(session, rows, at=now)


def _digest_row(plan: _Plan, edition_on: date, now: datetime) -> dict[str, Any]:
    preferences = plan.reader.preferences
    return {
        "subscriber_id": plan.reader.id,
        "occasion": digests.trending_occasion(edition_on),
        "edition_on": edition_on,
        "is_sample": False,
        "paper_count": len(plan.choice.papers) if plan.choice else 0,
        "sections": [freeze_trending(plan.choice)] if plan.choice else [],
        "languages": preferences.languages,
        "density": preferences.density,
        "timezone": preferences.timezone,
        "missing_count": 0,
        "composed_at": now,
    }
