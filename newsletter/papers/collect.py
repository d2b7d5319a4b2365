"""Collect the newest announcement of every configured category: the listing first, the feed beside or instead of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import requests
import structlog
from sqlalchemy import Engine

from newsletter.clock import Clock
from newsletter.db.engine import reading, transaction
from newsletter.errors import NoConnectionError, SourceError
from newsletter.papers.compare import choose_announcement, fill_abstracts
from newsletter.papers.deadlines import eastern_date
from newsletter.papers.paper import Announcement, AnnouncementKind, ArxivId
from newsletter.papers.sources.api import fetch_papers
from newsletter.papers.sources.feed import MAX_ITEMS, fetch_feed
from newsletter.papers.sources.listing import fetch_listing
from newsletter.papers.store import StoredCounts, list_previous_ids, store_announcement
from newsletter.settings import Settings

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryReport:
    """What one category's list held; `source` is the one that was believed (`listing` or `feed`)."""

    category: str
    listed_on: date
    source: str
    new: int
    cross: int
    replace: int

    def __str__(self) -> str:
        return (
            f"{self.category}, list of {self.listed_on}: {self.new} new, {self.cross} cross-listed, {self.replace} replaced "
            f"(from the {self.source})."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceProblem:
    """What was wrong with one source (`listing`, `feed`, `api`) of one category; `error` if it gave nothing at all."""

    source: str
    category: str
    reason: str
    error: SourceError | None = None

    def __str__(self) -> str:
        return f"{self.category}, {self.source}: {self.reason.rstrip('.')}."


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectReport:
    """What was collected; `listed_on` is the newest of the categories' list dates."""

    listed_on: date
    categories: tuple[CategoryReport, ...]
    problems: tuple[SourceProblem, ...]
    stored: StoredCounts


def collect_newest(
    database: Engine,
    session: requests.Session,
    settings: Settings,
    *,
    now: Clock,
    on_progress: Callable[[str], None] | None = None,
) -> CollectReport:
    """Fetch and store the newest list of each configured category; `on_progress` is told a sentence after each.

    Each category is stored before the next one is asked for, and no transaction is open during a request. What failed is
    in the report's problems. Raises SourceError only when no source gave a list for any category.
    """
    reports: list[CategoryReport] = []
    problems: list[SourceProblem] = []
    stored = StoredCounts()
    for category in settings.categories:
        found = _Finder(database, session, settings, category, now)
        announcement = found.announcement()
        problems += found.problems
        if announcement is None:
            continue
        with transaction(database) as work:
            stored += store_announcement(work, announcement, collected_at=now())
        reports.append(_report(announcement))
        if on_progress:
            on_progress(str(reports[-1]))
    for problem in problems:
        _log.warning("source_problem", source=problem.source, category=problem.category, reason=problem.reason)
    if not reports:
        raise _nothing_found(problems)
    newest_on = max(report.listed_on for report in reports)
    return CollectReport(listed_on=newest_on, categories=tuple(reports), problems=tuple(problems), stored=stored)


class _Finder:
    """Asks the sources of one category and notes what is wrong with them."""

    def __init__(
        self, database: Engine, session: requests.Session, settings: Settings, category: str, now: Clock
    ) -> None:
        self._database = database
        self._session = session
        self._settings = settings
        self._category = category
        self._now = now
        self.problems: list[SourceProblem] = []

    def announcement(self) -> Announcement | None:
        """Return the list to believe, as complete as the sources together make it, or None."""
        listing = self._try("listing", fetch_listing, self._settings.arxiv_url)
        feed = None
        if listing is None or listing.listed_on <= eastern_date(self._now()):  # the feed is rebuilt at midnight
            feed = self._try("feed", fetch_feed, self._settings.arxiv_feed_url)
        verdict = choose_announcement(listing, feed, previous_ids=self._previous_ids(feed), feed_limit=MAX_ITEMS)
        for source, reason in verdict.problems:
            self._note(source, reason)
        if verdict.announcement is None and feed is not None and not feed.announced:
            self._note("feed", f"it is empty: it has no list dated {feed.listed_on}")
        return verdict.announcement and self._with_abstracts(verdict.announcement)

    def _try(
        self, source: str, fetch: Callable[[requests.Session, str, str], Announcement], origin: str
    ) -> Announcement | None:
        try:
            return fetch(self._session, origin, self._category)
        except SourceError as error:
            self._note(source, str(error), error)
            return None

    def _with_abstracts(self, announcement: Announcement) -> Announcement:
        missing = _ids_without_abstract(announcement)
        if not missing:
            return announcement
        try:
            found = fetch_papers(self._session, self._settings.arxiv_api_url, missing)
        except SourceError as error:
            self._note("api", str(error), error)
            found = []
        filled = fill_abstracts(announcement, {paper.arxiv_id: paper for paper in found})
        if still := _ids_without_abstract(filled):
            self._note(announcement.source, f"{len(still)} papers have no abstract yet, among them {still[0]}")
        return filled

    def _previous_ids(self, feed: Announcement | None) -> Sequence[ArxivId]:
        if feed is None:
            return ()
        with reading(self._database) as work:
            return list_previous_ids(work, self._category, feed.listed_on)

    def _note(self, source: str, reason: str, error: SourceError | None = None) -> None:
        self.problems.append(SourceProblem(source=source, category=self._category, reason=reason, error=error))


def _ids_without_abstract(announcement: Announcement) -> list[ArxivId]:
    return [item.paper.arxiv_id for item in announcement.announced if not item.paper.abstract_source]


def _report(announcement: Announcement) -> CategoryReport:
    return CategoryReport(
        category=announcement.category,
        listed_on=announcement.listed_on,
        source=announcement.source,
        new=announcement.count(AnnouncementKind.NEW),
        cross=announcement.count(AnnouncementKind.CROSS),
        replace=announcement.count(AnnouncementKind.REPLACE),
    )


def _nothing_found(problems: Sequence[SourceProblem]) -> SourceError:
    errors = [problem.error for problem in problems if problem.error]
    unconnected = [error for error in errors if isinstance(error, NoConnectionError)]
    if unconnected and len(unconnected) == len(problems):
        return NoConnectionError(f"arXiv cannot be reached ({unconnected[0].reason}).", reason=unconnected[0].reason)
    waits = [error.retry_after_seconds for error in errors if error.retry_after_seconds is not None]
    return SourceError(
        "No source gave an announcement; nothing was changed. " + " ".join(map(str, problems)),
        # a source that answered but had no list (an empty feed) may have one later
        retryable=len(errors) < len(problems) or any(error.retryable for error in errors),
        retry_after_seconds=min(waits, default=None),
    )
