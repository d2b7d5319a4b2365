"""Collect what arXiv announced and open its edition; or open the bundled sample edition when arXiv is out of reach."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from newsletter.db.engine import reading, transaction
from newsletter.editions import store as editions
from newsletter.editions.agenda import is_edition_ready, is_round_due
from newsletter.editions.desk import Desk
from newsletter.errors import SourceError
from newsletter.languages import SOURCE
from newsletter.papers import store as papers
from newsletter.papers.ask import Collector
from newsletter.papers.calendar import announced_at, latest_listing_on
from newsletter.papers.collect import CollectReport, collect_lists, next_round_at
from newsletter.papers.ledger import Judgement
from newsletter.papers.ledger_store import find_newest_list, is_collected, list_entries
from newsletter.papers.sources.sample import SAMPLE_CATEGORY, sample_announcement, sample_translations
from newsletter.translation.memory import remember


def collect_edition(desk: Desk, collector: Collector, *, is_urgent: bool = True) -> CollectReport:
    """Ask arXiv and open the editions of the lists that got papers; raises SourceError when there is no list at all."""
    report = collect_lists(collector, is_urgent=is_urgent)
    open_editions(desk, sorted({*report.changed, report.listed_on}))
    return report


def open_editions(desk: Desk, days: Sequence[date]) -> None:
    """Make the editions of days whose announcements are stored; one that is open already gets its new count."""
    for listed_on in days:
        with transaction(desk.database) as session:
            editions.open_edition(
                session,
                listed_on,
                announced_at=announced_at(listed_on),
                opened_at=desk.now(),
                paper_count=len(papers.find_day(session, desk.categories, listed_on)),
                is_sample=False,
            )


def open_sample(desk: Desk) -> date:
    """Open the bundled sample edition, with its Chinese, under the newest listing date and return that date.

    A real edition of the same day is left as it is and returned instead.
    """
    now = desk.now()
    listed_on = latest_listing_on(now)
    announcement = sample_announcement(listed_on)
    with transaction(desk.database) as session:
        if _has_real_edition(session, listed_on):
            return listed_on
        papers.store_announcement(session, announcement, collected_at=now)
        remember(
            session,
            sample_translations(desk.language),
            source=SOURCE,
            target=desk.language,
            engine=SAMPLE_CATEGORY,
            translated_at=now,
        )
        editions.open_edition(
            session,
            listed_on,
            announced_at=announced_at(listed_on),
            opened_at=now,
            paper_count=len(announcement.announced),
            is_sample=True,
        )
    return listed_on


def is_due(desk: Desk, collector: Collector) -> bool:
    """Tell whether some source is to be asked now, or a list has no edition yet, and nobody is at it."""
    now = desk.now()
    with reading(desk.database) as session:
        last_try = editions.find_last_try(session, latest_listing_on(now))
        is_unopened = _has_unopened_list(session, desk)
    return is_round_due(now, next_at=now if is_unopened else next_round_at(collector), last_try=last_try)


def try_collection(desk: Desk, collector: Collector) -> CollectReport | None:
    """Ask what is due if nobody else does; the try and its problems are recorded.

    Returns None when there was nothing to do. Raises SourceError when there is no list at all.
    """
    if not is_due(desk, collector):
        return None
    expected_on = latest_listing_on(desk.now())
    with transaction(desk.database) as session:
        number = editions.claim_collection(session, expected_on, at=desk.now())
    if number is None:
        return None
    problem: str | None = None
    try:
        report = collect_edition(desk, collector, is_urgent=False)
        problem = " ".join(dict.fromkeys(map(str, report.problems))) or None
    except SourceError as error:
        problem = str(error)
        raise
    finally:
        # also when the process is told to stop: an ended try lets the next one start without the long wait
        _end(desk, expected_on, number, problem)
    return report


def is_ready(desk: Desk, collector: Collector, edition_on: date) -> bool:
    """Tell whether an edition need not wait any longer: all its lists are settled, or its deadline is over.

    A list that nobody has judged yet is waited for like one that is late. What was fetched for the archive alone is never
    ready: it is mailed only when somebody says so.
    """
    with reading(desk.database) as session:
        if editions.get_edition(session, edition_on).is_sample:
            return True
        if not is_collected(session, desk.categories, edition_on):
            return False
        entries = list_entries(session, desk.categories, since=edition_on, until=edition_on).get(edition_on, [])
    judged = {entry.category: entry.verdict.judgement for entry in entries}
    judgements = [judged.get(category, Judgement.LATE) for category in desk.categories]
    return is_edition_ready(judgements, now=desk.now(), deadline=collector.deadline(edition_on))


def _end(desk: Desk, expected_on: date, number: int, problem: str | None) -> None:
    with transaction(desk.database) as session:
        editions.end_collection(session, expected_on, number, at=desk.now(), problem=problem)


def _has_unopened_list(session: Session, desk: Desk) -> bool:
    """Tell whether a round ended after it had stored a list and before it opened the edition."""
    stored = [listed_on for category in desk.categories if (listed_on := find_newest_list(session, category))]
    newest = editions.find_newest_real(session)
    return bool(stored) and (newest is None or newest < max(stored))


def _has_real_edition(session: Session, listed_on: date) -> bool:
    newest = editions.find_newest_real(session)
    return newest is not None and newest >= listed_on
