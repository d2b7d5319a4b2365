"""Freeze an edition's audience and each reader's digest, so that every reader has exactly one row with a state and a reason."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from newsletter.db.engine import reading, transaction
from newsletter.deliveries import store as deliveries
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState, SkipReason
from newsletter.deliveries.store import NewDelivery
from newsletter.digests import store as digests
from newsletter.digests.load import FrozenDigest, freeze_sections
from newsletter.editions.agenda import due_at
from newsletter.editions.day import Day, TextProgress, match_day, translate_papers
from newsletter.editions.desk import Desk
from newsletter.editions.morning import CARRIED_FOR, load_morning
from newsletter.editions.mornings import Morning
from newsletter.editions.plan import Plan, plan_all
from newsletter.editions.shelf import Shelf
from newsletter.editions.store import get_edition, mark_composed
from newsletter.editions.unread import Unread, with_unread
from newsletter.papers.calendar import announced_at
from newsletter.papers.late_store import hold_lists
from newsletter.subscribers.store import list_subscribers
from newsletter.subscribers.subscriber import Consent, Subscriber
from newsletter.subscribers.suppression_store import list_suppressed_keys
from newsletter.translation.translate import TranslationReport

READERS_A_TRANSACTION = 500  # the write lock is held for some milliseconds, not for the whole audience
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedDigest:
    """One reader's digest before it is stored: the values of its row, and why it is skipped, None when it is not."""

    subscriber_id: int
    row: dict[str, Any]
    reason: SkipReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
    """What all digests of one composition have in common."""

    day: Day
    shelf: Shelf
    as_of: datetime
    opened_at: datetime
    missing_count: int | None


def compose_edition(
    desk: Desk,
    edition_on: date,
    *,
    message_id: MessageIdMaker,
    missing_count: int | None = 0,
    on_progress: TextProgress | None = None,
) -> Composition:
    """Give every confirmed reader who has none yet their digest and delivery of this edition.

    The papers, their order and the audience are frozen here: what changes later (keywords, a new reader, a paper that
    comes late) shows in the next edition, unless this is called again, which adds the rows of readers who came since and
    changes no other. Dying anywhere inside leaves some readers with rows and others without; the next call goes on.
    `missing_count` is how many of the day's papers are known to be missing, None when that is unknown: readers are told.
    Raises NotFoundError for an unknown edition.
    """
    _give_up_earlier(desk, edition_on)
    day, unread, as_of = _read_day(desk, edition_on)
    with reading(desk.database) as session:
        opened_at = get_edition(session, edition_on).opened_at
        known = deliveries.list_subscriber_ids(session, message=Message.DIGEST, occasion=day.occasion)
        readers = [reader for reader in list_subscribers(session, consent=Consent.CONFIRMED) if reader.id not in known]
        suppressed = list_suppressed_keys(session)
    shelf, plans = plan_all(desk, day, unread, readers, suppressed)
    translation = _translate(desk, day, plans, on_progress)
    common = _Common(day=day, shelf=shelf, as_of=as_of, opened_at=opened_at, missing_count=missing_count)
    for batch in _batches(plans, READERS_A_TRANSACTION):
        _store(desk, common, batch, message_id)
    with transaction(desk.database) as session:
        # if an earlier call died, its readers have what was there then: what came since is late for them
        first = digests.find_first_composed_at(session, edition_on, is_sample=day.is_sample)
        mark_composed(session, edition_on, at=first or as_of)
    return Composition(
        edition_on=edition_on,
        papers=len(day.announced) - len(day.late),
        late=len(day.late),
        readers=len(plans),
        queued=sum(plan.reason is None for plan in plans),
        skipped=Counter(plan.reason for plan in plans if plan.reason),
        translation=translation,
    )


def compose_anew(
    desk: Desk, edition_on: date, subscriber_ids: Collection[int], *, missing_count: int | None = 0
) -> list[ComposedDigest]:
    """Compose the digests of some readers from the papers known now and their keywords of today; only translations are stored.

    What a reader was mailed in other editions is left out as ever, what they have of this one is not.
    """
    day, unread, as_of = _read_day(desk, edition_on, is_anew=True)
    with reading(desk.database) as session:
        opened_at = get_edition(session, edition_on).opened_at
        readers = [reader for reader in list_subscribers(session) if reader.id in subscriber_ids]
        suppressed = list_suppressed_keys(session)
    shelf, plans = plan_all(desk, day, unread, readers, suppressed)
    _translate(desk, day, plans, None)
    common = _Common(day=day, shelf=shelf, as_of=as_of, opened_at=opened_at, missing_count=missing_count)
    return [
        ComposedDigest(subscriber_id=plan.reader.id, row=_digest_row(plan, common), reason=plan.reason)
        for plan in plans
    ]


def preview_digest(
    desk: Desk, reader: Subscriber, edition_on: date, *, missing_count: int | None = 0, morning: Morning | None = None
) -> FrozenDigest:
    """Return what the reader would get of an edition as their keywords stand now; nothing but translations is stored.

    `morning` is the edition's where it is loaded already.
    """
    with reading(desk.database) as session:
        day = morning.day if morning else load_morning(session, edition_on, desk.categories)
        day, unread = with_unread(session, day, desk.categories, preview_of=reader.id)
    match = morning.match if morning and not unread.added else match_day
    shelf, (plan,) = plan_all(desk, day, unread, [reader], suppressed=(), match=match)
    if desk.translators:
        _translate(desk, day, [plan], None)
    return FrozenDigest(
        subscriber_id=reader.id,
        token_version=reader.token_version,
        edition_on=edition_on,
        generated_at=desk.now(),
        timezone=reader.preferences.timezone,
        languages=reader.preferences.languages,
        density=reader.preferences.density,
        sections=shelf.freeze(_freeze(plan, day), plan.trending),
        is_sample=day.is_sample,
        missing_count=missing_count,
        since_on=plan.since_on,
    )


def _give_up_earlier(desk: Desk, edition_on: date) -> None:
    """End the waiting of earlier editions' mails: yesterday's papers after today's would confuse, so today's brings them."""
    with transaction(desk.database) as session:
        if not get_edition(session, edition_on).is_sample:
            deliveries.give_up_before(session, edition_on, since=edition_on - CARRIED_FOR, at=desk.now())


def _read_day(desk: Desk, edition_on: date, *, is_anew: bool = False) -> tuple[Day, Unread, datetime]:
    """Return the edition's papers, and the instant as of which they are: whatever is seen after it is late."""
    with transaction(desk.database) as session:
        hold_lists(session)  # a list that is just being stored was seen before that instant, but could not be read yet
        as_of = desk.now()
        day = load_morning(session, edition_on, desk.categories)
        return *with_unread(session, day, desk.categories, is_anew=is_anew), as_of


def _translate(desk: Desk, day: Day, plans: Sequence[Plan], on_progress: TextProgress | None) -> TranslationReport:
    """Translate what some reader will see translated, each paper once."""
    read = [plan for plan in plans if plan.reason is None and desk.language in plan.reader.preferences.languages.codes]
    wanted = {entry.arxiv_id for plan in read for section in plan.sections for entry in section.entries}
    papers = {item.paper.arxiv_id: item.paper for item in day.announced if item.paper.arxiv_id in wanted}
    trending = (item.paper for plan in read if plan.trending for item in plan.trending.papers)
    papers |= {paper.arxiv_id: paper for paper in trending}
    return translate_papers(desk, list(papers.values()), on_progress)


def _store(desk: Desk, common: _Common, plans: Sequence[Plan], message_id: MessageIdMaker) -> None:
    day = common.day
    announced = announced_at(day.edition_on)
    with transaction(desk.database) as session:
        digests.freeze(session, [_digest_row(plan, common) for plan in plans])
        digest_ids = digests.list_ids(session, day.occasion, [plan.reader.id for plan in plans])
        deliveries.queue_deliveries(
            session,
            [
                NewDelivery(
                    subscriber_id=plan.reader.id,
                    message=Message.DIGEST,
                    occasion=day.occasion,
                    revision=0,
                    edition_on=day.edition_on,
                    digest_id=digest_ids[plan.reader.id],
                    message_id=message_id(plan.reader.id, Message.DIGEST, day.occasion, 0),
                    state=DeliveryState.SKIPPED if plan.reason else DeliveryState.QUEUED,
                    reason=plan.reason,
                    due_at=due_at(plan.reader.preferences, announced_at=announced, opened_at=common.opened_at),
                )
                for plan in plans
            ],
            at=desk.now(),
        )
        deliveries.fold(session, [old for plan in plans for old in plan.unread_ids], edition_on=day.edition_on)


def _digest_row(plan: Plan, common: _Common) -> dict[str, Any]:
    preferences = plan.reader.preferences
    day = common.day
    return {
        "subscriber_id": plan.reader.id,
        "occasion": day.occasion,
        "edition_on": day.edition_on,
        "is_sample": day.is_sample,
        "paper_count": sum(len(section.entries) for section in plan.sections),
        "sections": common.shelf.freeze(_freeze(plan, day), plan.trending),
        "languages": preferences.languages,
        "density": preferences.density,
        "timezone": preferences.timezone,
        "missing_count": common.missing_count,
        "since_on": plan.since_on,
        "composed_at": common.as_of,
    }


def _freeze(plan: Plan, day: Day) -> list[dict[str, Any]]:
    return freeze_sections(plan.sections, day.kinds, late=day.late, changes=day.changes)


def _batches(plans: Sequence[Plan], size: int) -> Iterator[Sequence[Plan]]:
    for start in range(0, len(plans), size):
        yield plans[start : start + size]
