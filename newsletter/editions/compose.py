"""Freeze an edition's audience and each reader's digest, so that every reader has exactly one row with a state and a reason."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from newsletter.collector import collecting_seldom
from newsletter.db.engine import reading, transaction
from newsletter.deliveries import store as deliveries
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState, SkipReason
from newsletter.deliveries.store import NewDelivery
from newsletter.digests import store as digests
from newsletter.digests.load import FrozenDigest
from newsletter.digests.store import NewDigest
from newsletter.editions.agenda import due_at
from newsletter.editions.audience import READERS_A_PAGE, Audience, Page, demands_of, pages_of
from newsletter.editions.composer import Composer
from newsletter.editions.day import Day, TextProgress, match_day
from newsletter.editions.desk import Desk
from newsletter.editions.morning import CARRIED_FOR, load_morning
from newsletter.editions.mornings import Morning
from newsletter.editions.plan import Plan
from newsletter.editions.store import get_edition, mark_composed
from newsletter.papers.calendar import announced_at
from newsletter.papers.late_store import hold_lists
from newsletter.subscribers.subscriber import Preferences, Subscriber
from newsletter.translation.translate import TranslationReport

READERS_A_TRANSACTION = READERS_A_PAGE  # the write lock is held for some ten milliseconds, not for the whole audience
MessageIdMaker = Callable[[int, str, str, int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """What composing did: readers that got their row now, those with something to read, and why the others were skipped.

    `papers` are those of the day's own list, `late` those of earlier lists that it carries.
    """

    edition_on: date
    papers: int
    late: int
    readers: int
    queued: int
    skipped: Mapping[str, int]
    translation: TranslationReport


def compose_edition(
    desk: Desk,
    edition_on: date,
    *,
    message_id: MessageIdMaker,
    missing_count: int | None = 0,
    on_progress: TextProgress | None = None,
) -> Composition:
    """Give every confirmed reader who has none yet their digest and delivery of this edition.

    The papers, their order and each reader's keywords are frozen here: what changes later (keywords, a new reader, a paper
    that comes late) shows in the next edition, unless this is called again, which adds the rows of readers who came since and
    changes no other. Every paper that somebody reads translated is translated first; then readers are served page by page,
    each page in a transaction. Dying anywhere inside leaves some readers with rows and others without; the next call goes on.
    `missing_count` is how many of the day's papers are known to be missing, None when that is unknown: readers are told.
    Raises NotFoundError for an unknown edition.
    """
    with collecting_seldom():
        return _compose(desk, edition_on, message_id=message_id, missing_count=missing_count, on_progress=on_progress)


def _compose(
    desk: Desk,
    edition_on: date,
    *,
    message_id: MessageIdMaker,
    missing_count: int | None,
    on_progress: TextProgress | None,
) -> Composition:
    _give_up_earlier(desk, edition_on)
    day, as_of = _read_day(desk, edition_on)
    audience = Audience(message=Message.DIGEST, occasion=day.occasion)
    demands = audience.list_demands(desk.database)
    composer = Composer(desk, day, demands, as_of=as_of, missing_count=missing_count)
    translation = composer.translate(demands, on_progress)
    reasons = _serve(desk, composer, audience, message_id)
    with transaction(desk.database) as session:
        # if an earlier call died, its readers have what was there then: what came since is late for them
        first = digests.find_first_composed_at(session, edition_on, is_sample=day.is_sample)
        mark_composed(session, edition_on, at=first or as_of)
    return Composition(
        edition_on=edition_on,
        papers=len(day.announced) - len(day.late),
        late=len(day.late),
        readers=reasons.total(),
        queued=reasons[None],
        skipped={reason: number for reason, number in reasons.items() if reason},
        translation=translation,
    )


def _serve(
    desk: Desk, composer: Composer, audience: Audience, message_id: MessageIdMaker
) -> Counter[SkipReason | None]:
    """Serve the readers page by page; while a database server stores one page, the next one's papers are chosen."""
    reasons = Counter[SkipReason | None]()
    has_server = desk.database.dialect.name == "postgresql"  # SQLite works in our own process
    with ThreadPoolExecutor(max_workers=1) as clerk:
        storing: Future[None] | None = None
        for page in audience.pages(desk.database):
            plans = composer.plan(page)
            rows = [composer.row(plan) for plan in plans]
            if storing is not None:
                storing.result()
            if has_server:
                storing = clerk.submit(_store, desk, composer, plans, rows, message_id)
            else:
                _store(desk, composer, plans, rows, message_id)
            reasons.update(plan.reason for plan in plans)
        if storing is not None:
            storing.result()
    return reasons


def open_anew(
    desk: Desk, edition_on: date, subscriber_ids: Collection[int], *, missing_count: int | None = 0
) -> Composer:
    """Return what composes the digests of these readers from the papers known now and their keywords of today.

    What a reader was mailed in other editions is left out as ever, what they have of this one is not. Translations are
    stored, nothing else is.
    """
    day, as_of = _read_day(desk, edition_on)
    found: dict[Preferences, set[str]] = {}
    for page in pages_of(desk.database, subscriber_ids):
        for preferences, queries in demands_of(page.readers).items():
            found.setdefault(preferences, set()).update(queries)
    ids = sorted(subscriber_ids)
    composer = Composer(desk, day, found, as_of=as_of, missing_count=missing_count, is_anew=True, subscriber_ids=ids)
    composer.translate(found, None)
    return composer


def preview_digest(
    desk: Desk, reader: Subscriber, edition_on: date, *, missing_count: int | None = 0, morning: Morning | None = None
) -> FrozenDigest:
    """Return what the reader would get of an edition as their keywords stand now; nothing but translations is stored.

    `morning` is the edition's where it is loaded already.
    """
    with reading(desk.database) as session:
        day = morning.day if morning else load_morning(session, edition_on, desk.categories)
    composer = Composer(
        desk,
        day,
        demands_of([reader]),
        as_of=desk.now(),
        missing_count=missing_count,
        is_preview=True,
        subscriber_ids=[reader.id],
        match=morning.match if morning else match_day,
    )
    [plan] = composer.plan(Page(readers=[reader]))
    if desk.translators:
        composer.translate(demands_of([reader]), None)
    frozen = composer.row(plan)
    return FrozenDigest(
        subscriber_id=reader.id,
        token_version=reader.token_version,
        edition_on=edition_on,
        generated_at=frozen.composed_at,
        timezone=reader.preferences.timezone,
        languages=reader.preferences.languages,
        density=reader.preferences.density,
        sections=json.loads(frozen.sections),
        is_sample=day.is_sample,
        missing_count=missing_count,
        since_on=plan.since_on,
    )


def _give_up_earlier(desk: Desk, edition_on: date) -> None:
    """End the waiting of earlier editions' mails: yesterday's papers after today's would confuse, so today's brings them."""
    with transaction(desk.database) as session:
        if not get_edition(session, edition_on).is_sample:
            deliveries.give_up_before(session, edition_on, since=edition_on - CARRIED_FOR, at=desk.now())


def _read_day(desk: Desk, edition_on: date) -> tuple[Day, datetime]:
    """Return the edition's papers, and the instant as of which they are: whatever is seen after it is late."""
    with transaction(desk.database) as session:
        hold_lists(session)  # a list that is just being stored was seen before that instant, but could not be read yet
        as_of = desk.now()
        return load_morning(session, edition_on, desk.categories), as_of


def _store(
    desk: Desk, composer: Composer, plans: Sequence[Plan], rows: Sequence[NewDigest], message_id: MessageIdMaker
) -> None:
    """Store the digests and deliveries of a page of readers."""
    day, occasion = composer.day, composer.occasion
    due = _due_at(day, composer.opened_at)
    with transaction(desk.database) as session:
        digests.freeze(session, rows)
        digest_ids = digests.list_ids(session, occasion, [row.subscriber_id for row in rows])
        deliveries.queue_deliveries(
            session,
            [
                NewDelivery(
                    subscriber_id=plan.reader.id,
                    message=Message.DIGEST,
                    occasion=occasion,
                    revision=0,
                    edition_on=day.edition_on,
                    digest_id=digest_ids[plan.reader.id],
                    message_id=message_id(plan.reader.id, Message.DIGEST, occasion, 0),
                    state=DeliveryState.SKIPPED if plan.reason else DeliveryState.QUEUED,
                    reason=plan.reason,
                    due_at=due(plan.reader.preferences),
                )
                for plan in plans
            ],
            at=desk.now(),
        )
        deliveries.fold(session, [old for plan in plans for old in plan.unread_ids], edition_on=day.edition_on)


def _due_at(day: Day, opened_at: datetime) -> Callable[[Preferences], datetime]:
    """Return what tells when a reader's mail is due; most readers share their hour and zone with others."""
    announced = announced_at(day.edition_on)

    @cache
    def find(preferences: Preferences) -> datetime:
        return due_at(preferences, announced_at=announced, opened_at=opened_at)

    return find
