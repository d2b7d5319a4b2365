"""Ask one source about some lists of one category, store what it shows, and say what is wrong with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import assert_never

import requests
from sqlalchemy import Engine

from newsletter.clock import Clock
from newsletter.db.engine import reading, transaction
from newsletter.errors import Fault, InputError, SourceError
from newsletter.papers import ledger_store as ledger
from newsletter.papers.calendar import announced_at, eastern
from newsletter.papers.compare import is_repeated, oai_lists
from newsletter.papers.ledger import COUNTING, ListState, Source
from newsletter.papers.paper import Announced, Announcement, AnnouncementKind, ArxivId
from newsletter.papers.sources.api import fetch_papers
from newsletter.papers.sources.document import witnessed
from newsletter.papers.sources.feed import MAX_ITEMS, fetch_feed
from newsletter.papers.sources.listing import fetch_listing
from newsletter.papers.sources.oai import list_changed
from newsletter.papers.sources.recent import RecentLists, fetch_recent
from newsletter.papers.sources.record import OaiRecord
from newsletter.papers.store import StoredCounts, store_announcement, store_papers
from newsletter.settings import Settings

MOST_IDS = 500
"""So many papers are fetched by identifier in one round; the others wait for the next."""
_SLACK = timedelta(minutes=30)  # a list may come a little late without anything being wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """Where lists come from and go to: the database, the polite session, the settings, and the clock."""

    database: Engine
    http: requests.Session
    settings: Settings
    now: Clock

    def deadline(self, listed_on: date) -> datetime:
        """Return until when an edition waits for a list."""
        return announced_at(listed_on) + timedelta(hours=self.settings.patience_hours)


@dataclass(slots=True)
class Answer:
    """What asking one source came to: what was stored for which days, and what was wrong, as (fault, reason).

    `error` is what kept it from giving a usable answer, None when it gave one.
    """

    stored: StoredCounts = field(default_factory=StoredCounts)
    days: set[date] = field(default_factory=set)
    remarks: list[tuple[Fault, str]] = field(default_factory=list)
    error: SourceError | None = None


def ask(collector: Collector, category: str, source: Source, states: Sequence[ListState]) -> Answer:
    """Ask the source about the lists in `states` (oldest first, at least one); failures are in the answer, never raised.

    A request that failed and went well when it was tried again is a remark too.
    """
    question = _Question(collector, category, states)
    failures: list[SourceError] = []
    try:
        with witnessed(failures.append):
            question.put(source)
    except SourceError as error:
        question.answer.error = error
        # the same failure in better words, or what was wrong within a document that came whole
        failures = [failure for failure in failures if failure not in (error, error.__cause__)] + [error]
    question.answer.remarks[:0] = [(failure.fault, str(failure)) for failure in failures]
    return question.answer


class _Question:
    """One source, one category, some lists."""

    def __init__(self, collector: Collector, category: str, states: Sequence[ListState]) -> None:
        self._collector = collector
        self._category = category
        self._states = {state.listed_on: state for state in states}
        self._newest = states[-1]
        self.answer = Answer()

    def put(self, source: Source) -> None:
        match source:
            case Source.LISTING:
                self._listing()
            case Source.FEED:
                self._feed()
            case Source.OAI:
                self._oai()
            case Source.RECENT:
                self._recent()
            case Source.API:
                self._api()
            case _:
                assert_never(source)

    def _listing(self) -> None:
        found = fetch_listing(self._collector.http, self._collector.settings.arxiv_url, self._category)
        expected, before = self._newest.listed_on, self._newest.sighting(Source.LISTING)
        self._keep(found, Source.LISTING)
        if found.listed_on >= expected:
            if before.answered_at and not before.seen_at and before.answered_at >= announced_at(expected) + _SLACK:
                last = f"{eastern(before.answered_at):%H:%M} Eastern"
                self._remark(Fault.OLD_LIST, f"it showed an older list until after {last}")
            return
        self._answered(Source.LISTING, [expected])
        if self._newest.is_seen(Source.FEED, Source.OAI):
            self._remark(
                Fault.OLD_LIST, f"it still shows the list of {found.listed_on}; others have that of {expected}"
            )

    def _feed(self) -> None:
        found = fetch_feed(self._collector.http, self._collector.settings.arxiv_feed_url, self._category)
        ids = [item.paper.arxiv_id for item in found.announced]
        with reading(self._collector.database) as session:
            earlier = ledger.list_first_days(session, self._category, ids, before=found.listed_on)
        is_counted = found.listed_on == self._newest.listed_on and self._newest.is_seen(*COUNTING)
        if is_repeated(found, earlier, counted_ids=self._counted_ids() if is_counted else None):
            # no answer: it says nothing about the day, not even that there is no list
            self._remark(Fault.REPEATED, f"it shows an earlier list again under the date {found.listed_on}")
            return
        if not found.announced or found.listed_on not in self._states:
            self._answered(Source.FEED, self._states)
            return
        if len(found.announced) >= MAX_ITEMS:
            self._remark(Fault.INCOMPLETE, f"it ends at {MAX_ITEMS} items and leaves out new papers")
        self._keep(found, Source.FEED)
        self._remark_gaps(ids)

    def _oai(self) -> None:
        records = self._changed_records()
        ids = [record.paper.arxiv_id for record in records]
        with reading(self._collector.database) as session:
            first_days = ledger.list_first_days(session, self._category, ids, before=self._newest.listed_on)
        lists = oai_lists(self._category, records, first_days)
        with transaction(self._collector.database) as session:  # what a list lacks may have been changed since
            bare = {arxiv_id for state in self._states.values() for arxiv_id in state.bare_ids}
            papers = [record.paper for record in records if record.paper.arxiv_id in bare]
            self.answer.stored += store_papers(session, papers, stored_at=self._collector.now())
        self._answered(Source.OAI, self._states)
        for listed_on in sorted(lists.keys() & self._states.keys()):
            state, listed = self._states[listed_on], lists[listed_on]
            self._keep(_known(listed, state) if state.is_seen(*COUNTING) else listed, Source.OAI)
        if self._newest.listed_on in lists:
            self._remark_gaps(ids)

    def _changed_records(self) -> list[OaiRecord]:
        origin, since = self._collector.settings.arxiv_oai_url, min(self._states)
        try:
            pages = list_changed(self._collector.http, origin, self._category, since=since)
        except InputError as error:  # arXiv may have a category that our table of them does not
            raise SourceError(str(error), retryable=False, fault=Fault.REFUSED) from error
        return [record for page in pages for record in page.records]

    def _recent(self) -> None:
        found = fetch_recent(
            self._collector.http, self._collector.settings.arxiv_url, self._category, since=min(self._states)
        )
        for listed_on in self._states:
            if listed_on in found.lists:
                self._keep(found.lists[listed_on], Source.RECENT)
        self._answered(Source.RECENT, [day for day, state in self._states.items() if _says_all(found, day, state)])
        if found.newest_on < self._newest.listed_on and self._newest.is_seen(Source.FEED, Source.OAI):
            self._remark(Fault.OLD_LIST, f"its newest list is that of {found.newest_on}")

    def _api(self) -> None:
        bare = sorted({arxiv_id for state in self._states.values() for arxiv_id in state.bare_ids})
        wanted = [ArxivId(arxiv_id) for arxiv_id in islice(bare, MOST_IDS)]
        papers = fetch_papers(self._collector.http, self._collector.settings.arxiv_api_url, wanted)
        found = {paper.arxiv_id: paper for paper in papers}
        with transaction(self._collector.database) as session:
            self.answer.stored += store_papers(session, papers, stored_at=self._collector.now())
            for state in self._states.values():
                own = [found[ArxivId(arxiv_id)] for arxiv_id in sorted(state.bare_ids & found.keys())]
                places = tuple(
                    Announced(paper=paper, kind=AnnouncementKind.NEW, position=at) for at, paper in enumerate(own)
                )
                seen = Announcement(
                    category=self._category, listed_on=state.listed_on, source=Source.API, announced=places
                )
                ledger.note_sighting(session, seen, Source.API, at=self._collector.now())
                self.answer.days.add(state.listed_on)
        if len(found) < len(wanted):
            self._remark(Fault.INCOMPLETE, f"it does not know {len(wanted) - len(found)} of {len(wanted)} papers")

    def _keep(self, found: Announcement, source: Source) -> None:
        with transaction(self._collector.database) as session:
            # read inside: an edition composed meanwhile must find these papers, or call them late
            now = self._collector.now()
            self.answer.stored += store_announcement(session, found, collected_at=now)
            ledger.note_sighting(session, found, source, at=now)
        self.answer.days.add(found.listed_on)

    def _answered(self, source: Source, days: Sequence[date] | dict[date, ListState]) -> None:
        with transaction(self._collector.database) as session:
            ledger.note_answer(session, self._category, days, source, at=self._collector.now())

    def _remark(self, fault: Fault, reason: str) -> None:
        self.answer.remarks.append((fault, reason))

    def _counted_ids(self) -> frozenset[str]:
        """Return the new and cross-listed papers that arXiv's pages show of the newest list."""
        return frozenset[str]().union(*(self._newest.sighting(source).ids for source in COUNTING))

    def _remark_gaps(self, shown: Iterable[str]) -> None:
        """Remark what a source lacks of the newest list that its listing has."""
        if missing := self._counted_ids() - frozenset(shown):
            self._remark(Fault.INCOMPLETE, f"it lacks {len(missing)} papers of the listing, among them {min(missing)}")


def _says_all(found: RecentLists, listed_on: date, state: ListState) -> bool:
    """Tell whether the page of recent days has nothing more to say of a list that it does not show."""
    is_too_old = listed_on < found.oldest_on and state.is_seen(Source.FEED, Source.OAI)
    return found.leaves_out(listed_on) or is_too_old


def _known(listed: Announcement, state: ListState) -> Announcement:
    """Leave out what the listing, which has the last word, does not have: a changed record is not an announcement."""
    known = frozenset().union(*(sighting.ids for sighting in state.sightings.values()))
    kept = (item for item in listed.announced if item.paper.arxiv_id in known or item.kind is AnnouncementKind.REPLACE)
    return replace(listed, announced=tuple(replace(item, position=at) for at, item in enumerate(kept)))
