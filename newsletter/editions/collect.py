"""Collect what arXiv announced and open its edition; or open the bundled sample edition when arXiv is out of reach."""

from collections.abc import Sequence
from datetime import date

import requests
from sqlmodel import Session

from newsletter.db.engine import reading, transaction
from newsletter.digests.load import SOURCE_LANGUAGE, TARGET_LANGUAGE
from newsletter.editions import store as editions
from newsletter.editions.agenda import is_collection_due
from newsletter.editions.desk import Desk
from newsletter.errors import SourceError
from newsletter.papers import store as papers
from newsletter.papers.calendar import announced_at, latest_listing_on
from newsletter.papers.collect import CollectReport, collect_newest
from newsletter.papers.sources.sample import SAMPLE_CATEGORY, sample_announcement, sample_translations
from newsletter.settings import Settings
from newsletter.translation.memory import remember


def collect_edition(desk: Desk, http: requests.Session, settings: Settings) -> CollectReport:
    """Collect the newest announcement of every category and open its edition; raises SourceError when no source answers."""
    report = collect_newest(desk.database, http, settings, now=desk.now)
    open_editions(desk, [report.listed_on])
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
            sample_translations(),
            source=SOURCE_LANGUAGE,
            target=TARGET_LANGUAGE,
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


def is_due(desk: Desk) -> bool:
    """Tell whether arXiv should have a newer announcement than ours and it is time to ask."""
    now = desk.now()
    expected_on = latest_listing_on(now)
    with reading(desk.database) as session:
        return is_collection_due(
            now,
            expected_on=expected_on,
            newest_on=editions.find_newest_real(session),
            last_try=editions.find_last_try(session, expected_on),
        )


def try_collection(desk: Desk, http: requests.Session, settings: Settings) -> CollectReport | None:
    """Collect if it is due and nobody else does; the try and its problem are recorded.

    Returns None when there was nothing to do. Raises SourceError when no source answered; the next try waits longer.
    """
    if not is_due(desk):
        return None
    expected_on = latest_listing_on(desk.now())
    with transaction(desk.database) as session:
        number = editions.claim_collection(session, expected_on, at=desk.now())
    if number is None:
        return None
    problem: str | None = None
    try:
        report = collect_edition(desk, http, settings)
        if report.listed_on < expected_on:
            problem = f"arXiv still shows the list of {report.listed_on}"
    except SourceError as error:
        problem = str(error)
        raise
    finally:
        # also when the process is told to stop: an ended try lets the next one start without the long wait
        _end(desk, expected_on, number, problem)
    return report


def _end(desk: Desk, expected_on: date, number: int, problem: str | None) -> None:
    with transaction(desk.database) as session:
        editions.end_collection(session, expected_on, number, at=desk.now(), problem=problem)


def _has_real_edition(session: Session, listed_on: date) -> bool:
    newest = editions.find_newest_real(session)
    return newest is not None and newest >= listed_on
