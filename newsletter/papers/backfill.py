"""Fetch what was announced before this installation collected: papers by identifier, and whole past days.

arXiv keeps no record of past lists. A past day is put together from submission times and the deadline timetable, and
marked as the estimate it is; a list that was collected on its day is never touched.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import requests
from sqlalchemy import Engine

from newsletter.clock import Clock
from newsletter.db.engine import reading, transaction
from newsletter.errors import InputError
from newsletter.papers.compare import kind_for
from newsletter.papers.deadlines import eastern_date, list_working_days
from newsletter.papers.paper import Announced, Announcement, AnnouncementKind, ArxivId, Paper
from newsletter.papers.sources.api import IDS_A_REQUEST, fetch_papers, search_submitted
from newsletter.papers.store import ESTIMATE, list_stored_categories, store_announcement, store_papers
from newsletter.papers.taxonomy import is_known
from newsletter.settings import Settings

ARXIV_BEGAN_ON = date(1991, 8, 14)
ANSWER_SECONDS = 4.0  # what the API takes for a day, beside the polite interval

Progress = Callable[[str], None]
"""Is told one sentence after each step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillPlan:
    """What fetching past days takes: the working days of the range, those not stored yet, and how long those last."""

    range_days: int
    missing_days: int
    seconds: float

    def __str__(self) -> str:
        count = f"{self.missing_days} day{'' if self.missing_days == 1 else 's'}"
        return f"{count} to fetch, in about {_in_words(self.seconds)}: arXiv allows one request every 3 seconds."


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillReport:
    """What a backfill did; days by listing date.

    `filled` days were stored now, `kept` days were stored before, `empty` days have no papers in arXiv's API (holidays).
    `unknown` are identifiers that arXiv does not know.
    """

    papers: int = 0
    new_papers: int = 0
    filled: tuple[date, ...] = ()
    kept: tuple[date, ...] = ()
    empty: tuple[date, ...] = ()
    unknown: tuple[ArxivId, ...] = ()


def backfill_ids(
    database: Engine,
    session: requests.Session,
    settings: Settings,
    ids: Sequence[ArxivId],
    *,
    now: Clock,
    on_progress: Progress | None = None,
) -> BackfillReport:
    """Fetch the papers with these identifiers from arXiv's API and store them; a hundred are one request.

    What is fetched is stored before the next request, so that a failure loses nothing. Raises SourceError.
    """
    wanted = list(dict.fromkeys(ids))
    found: set[ArxivId] = set()
    new_papers = 0
    for start in range(0, len(wanted), IDS_A_REQUEST):
        papers = fetch_papers(session, settings.arxiv_api_url, wanted[start : start + IDS_A_REQUEST])
        with transaction(database) as work:
            new_papers += store_papers(work, papers, stored_at=now()).new_papers
        found.update(paper.arxiv_id for paper in papers)
        _tell(on_progress, f"{len(found)} of {len(wanted)} papers are stored.")
    unknown = tuple(arxiv_id for arxiv_id in wanted if arxiv_id not in found)
    return BackfillReport(papers=len(found), new_papers=new_papers, unknown=unknown)


def plan_backfill(database: Engine, settings: Settings, first: date, last: date, *, now: Clock) -> BackfillPlan:
    """Return what `backfill_range` would do; raises InputError as it does."""
    _check_categories(settings.categories)
    check_range(first, last, today=eastern_date(now()))
    days = list_working_days(first, last)
    missing = sum(bool(_missing_categories(database, settings, day)) for day in days)
    seconds = missing * (settings.arxiv_interval_seconds + ANSWER_SECONDS)
    return BackfillPlan(range_days=len(days), missing_days=missing, seconds=seconds)


def backfill_range(
    database: Engine,
    session: requests.Session,
    settings: Settings,
    first: date,
    last: date,
    *,
    now: Clock,
    on_progress: Progress | None = None,
) -> BackfillReport:
    """Put together and store the lists dated `first` to `last` that are not stored yet, for every configured category.

    One search a day; each day is stored before the next one is asked for, so a broken-off run goes on where it stopped.
    Replacements are not part of it: a submission time says nothing about them. Raises InputError for a range that ends
    before it begins, has not come yet or begins before arXiv did, or for a category that arXiv does not have, and
    SourceError when arXiv does not answer.
    """
    _check_categories(settings.categories)
    check_range(first, last, today=eastern_date(now()))
    papers = new_papers = 0
    filled: list[date] = []
    kept: list[date] = []
    empty: list[date] = []
    for listed_on in list_working_days(first, last):
        missing = _missing_categories(database, settings, listed_on)
        found = (
            list(search_submitted(session, settings.arxiv_api_url, missing, listed_on, listed_on)) if missing else []
        )
        (filled if found else empty if missing else kept).append(listed_on)
        with transaction(database) as work:
            for category in missing if found else ():
                announcement = estimate_announcement(category, listed_on, [paper for paper, _ in found])
                new_papers += store_announcement(work, announcement, collected_at=now()).new_papers
        papers += len(found)
        _tell(on_progress, _sentence(listed_on, asked=bool(missing), count=len(found)))
    return BackfillReport(
        papers=papers, new_papers=new_papers, filled=tuple(filled), kept=tuple(kept), empty=tuple(empty)
    )


def check_range(first: date, last: date, *, today: date) -> None:
    """Raise InputError unless the listing dates are a range that arXiv's API can know; `today` is US Eastern."""
    if last < first:
        raise InputError(f"The range ends ({last}) before it begins ({first}); swap the two dates.")
    if first < ARXIV_BEGAN_ON:
        raise InputError(f"arXiv began on {ARXIV_BEGAN_ON}; there is nothing from {first} on. Begin later.")
    if last > today:
        raise InputError(
            f"The list of {last} is not in arXiv's API yet (there it is {today}); end the range at {today} or earlier, "
            "and collect newer lists instead."
        )


def estimate_announcement(category: str, listed_on: date, papers: Sequence[Paper]) -> Announcement:
    """Put a category's list together: new is what has it as primary, cross what only names it; by identifier."""
    placed = [(kind, paper) for paper in papers if (kind := kind_for(category, paper)) is not None]
    placed.sort(key=lambda place: (place[0] is not AnnouncementKind.NEW, place[1].arxiv_id))
    announced = tuple(Announced(paper=paper, kind=kind, position=at) for at, (kind, paper) in enumerate(placed))
    return Announcement(category=category, listed_on=listed_on, source=ESTIMATE, announced=announced)


def _check_categories(categories: Sequence[str]) -> None:
    """Raise InputError for a category that is not in arXiv's taxonomy: the API would say that it has no papers."""
    for name in categories:
        if not is_known(name):
            raise InputError(
                f"arXiv has no archive or category {name!r}; set NEWSLETTER_CATEGORIES to some that are named at "
                "https://arxiv.org/category_taxonomy, such as cs or cs.LG,cs.RO."
            )


def _in_words(seconds: float) -> str:
    hours, minutes = divmod(max(round(seconds / 60), 1), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} minute{'' if minutes == 1 else 's'}"


def _missing_categories(database: Engine, settings: Settings, listed_on: date) -> list[str]:
    with reading(database) as work:
        stored = set(list_stored_categories(work, listed_on))
    return [category for category in settings.categories if category not in stored]


def _sentence(listed_on: date, *, asked: bool, count: int) -> str:
    if not asked:
        return f"{listed_on}: stored already."
    if not count:
        return f"{listed_on}: no papers; arXiv announced nothing that day."
    return f"{listed_on}: {count} papers put together from their submission times."


def _tell(on_progress: Progress | None, sentence: str) -> None:
    if on_progress:
        on_progress(sentence)
