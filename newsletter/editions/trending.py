"""Trending papers in a mail of their own, and when they are to be asked for, waited for and composed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import requests

from newsletter.db.engine import reading, transaction
from newsletter.deliveries import store as deliveries
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState, SkipReason
from newsletter.deliveries.store import NewDelivery
from newsletter.digests import store as digests
from newsletter.digests.freeze import write_json
from newsletter.digests.store import NewDigest
from newsletter.digests.trending import TrendingChoice, freeze_trending
from newsletter.editions.agenda import due_at, find_rest, list_weekly_days
from newsletter.editions.audience import Audience, Demands, Page
from newsletter.editions.compose import MessageIdMaker
from newsletter.editions.day import translate_papers
from newsletter.editions.desk import Desk
from newsletter.editions.shelf import Shelf, stock_shelf
from newsletter.editions.store import Edition
from newsletter.editions.trending_store import has_unserved_readers
from newsletter.papers.calendar import announced_at
from newsletter.papers.paper import Paper
from newsletter.papers.trending import TrendingReport, collect_trending
from newsletter.papers.trending_day import Asked, edition_at, is_trending_awaited, is_trending_due, trending_on
from newsletter.papers.trending_store import find_last_asked
from newsletter.settings import Settings
from newsletter.subscribers.store import count_trending_readers
from newsletter.subscribers.subscriber import Preferences, Subscriber, Subscription


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
    with reading(desk.database) as session:
        is_seen = _is_seen(find_last_asked(session, trending_on(edition_on)))
    audience = Audience(message=Message.TRENDING, occasion=digests.trending_occasion(edition_on), trending_apart=True)
    demands = audience.list_demands(desk.database) if is_seen else {}
    reasons = Counter[SkipReason | None]()
    if demands:
        shelf = stock_shelf(desk, edition_on, demands, is_apart=True)
        _translate(desk, shelf, demands, edition_on)
        for page in audience.pages(desk.database):
            plans = _plan_page(desk, shelf, page, edition_on)
            _store(desk, edition_on, plans, message_id)
            reasons.update(plan.reason for plan in plans)
    return TrendingComposition(
        edition_on=edition_on,
        readers=reasons.total(),
        queued=reasons[None],
        skipped={reason: number for reason, number in reasons.items() if reason},
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


def _is_seen(last: Asked | None) -> bool:
    return last is not None and last.is_seen


def _plan_page(desk: Desk, shelf: Shelf, page: Page, edition_on: date) -> list[_Plan]:
    theirs = shelf.with_mailed(desk, page.readers)
    plans = []
    for reader in page.readers:
        choice = theirs.choose(reader)
        rest = _find_rest(reader.preferences, edition_on)
        reason = SkipReason.SUPPRESSED if reader.id in page.stopped else rest
        if reason is None and choice is None:
            reason = SkipReason.EMPTY
        plans.append(_Plan(reader=reader, choice=choice, reason=reason))
    return plans


def _find_rest(preferences: Preferences, edition_on: date) -> SkipReason | None:
    # a mail of its own needs no edition: a weekly reader gets that of the very day
    return find_rest(preferences, edition_on, weekly_days=list_weekly_days(edition_on, before=None))


def _translate(desk: Desk, shelf: Shelf, demands: Demands, edition_on: date) -> None:
    wanted: dict[str, Paper] = {}
    for preferences, queries in demands.items():
        if desk.language in preferences.languages.codes and _find_rest(preferences, edition_on) is None:
            subscriptions = [Subscription(keyword=query, query=query) for query in queries]
            wanted |= {paper.arxiv_id: paper for paper in shelf.list_wanted(preferences, subscriptions)}
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


def _digest_row(plan: _Plan, edition_on: date, now: datetime) -> NewDigest:
    preferences = plan.reader.preferences
    return NewDigest(
        subscriber_id=plan.reader.id,
        occasion=digests.trending_occasion(edition_on),
        edition_on=edition_on,
        is_sample=False,
        paper_count=len(plan.choice.papers) if plan.choice else 0,
        sections=write_json([freeze_trending(plan.choice)] if plan.choice else []),
        languages=preferences.languages,
        density=preferences.density,
        timezone=preferences.timezone,
        missing_count=0,
        since_on=None,
        composed_at=now,
    )
