"""Collect arXiv's lists, patiently: ask the sources that could tell more, store what they show, and judge what is there.

Everything known is in the ledger, so a round may end anywhere, by an error or by a kill, and the next one goes on. What a
source is asked is written down before it is asked; what it showed is stored with the papers in one transaction.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog

from newsletter.db.engine import reading, transaction
from newsletter.errors import NoConnectionError, SourceError
from newsletter.papers import ledger_store as ledger
from newsletter.papers.ask import Collector, ask
from newsletter.papers.calendar import announced_at, latest_listing_on
from newsletter.papers.deadlines import list_working_days
from newsletter.papers.ledger import SETTLED, Judgement, ListState, Source, Verdict, judge
from newsletter.papers.patience import REACH, due_sources, lists_to_ask, next_question_at, urgent_sources
from newsletter.papers.store import StoredCounts

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryReport:
    """How one category's newest list stands."""

    category: str
    listed_on: date
    verdict: Verdict

    def __str__(self) -> str:
        return f"{self.category}, list of {self.listed_on}: {self.verdict.judgement}: {self.verdict.reason}."


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceProblem:
    """What was wrong with one source of one category; `error` is None for an answer that was no use."""

    source: str
    category: str
    reason: str
    error: SourceError | None = None

    def __str__(self) -> str:
        return f"{self.category}, {self.source}: {self.reason.rstrip('.')}."


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectReport:
    """What a round found.

    `expected_on` is the newest list by the timetable, `listed_on` the newest one that is stored; `changed` are the lists
    that got papers.
    """

    expected_on: date
    listed_on: date
    categories: tuple[CategoryReport, ...]
    problems: tuple[SourceProblem, ...]
    stored: StoredCounts
    changed: tuple[date, ...]

    @property
    def failed(self) -> frozenset[str]:
        """The categories whose newest list is not here whole, and of which some source gave no usable answer."""
        whole = {
            report.category
            for report in self.categories
            if report.listed_on >= self.expected_on and report.verdict.judgement is Judgement.COMPLETE
        }
        return frozenset(problem.category for problem in self.problems if problem.error) - whole


def collect_lists(
    collector: Collector, *, is_urgent: bool = True, on_progress: Callable[[str], None] | None = None
) -> CollectReport:
    """Ask about each category's newest list and those that are not whole yet; `on_progress` is told a sentence after each.

    An urgent round asks the listing and whatever could complete a list now; any other round asks what is due by the
    timetable. No transaction is open during a request. What failed is in the report's problems and in the ledger. Raises
    SourceError only when no list is stored of any category and no source gave one.
    """
    rounds = [_Round(collector, category, is_urgent=is_urgent) for category in collector.settings.categories]
    for turn in rounds:
        turn.run(on_progress)
    problems = tuple(problem for turn in rounds for problem in turn.problems)
    for problem in problems:
        _log.warning("source_problem", source=problem.source, category=problem.category, reason=problem.reason)
    reports = tuple(report for turn in rounds if (report := turn.report()) is not None)
    if not reports:
        raise _nothing_found(problems, is_answered=any(turn.is_answered for turn in rounds))
    return CollectReport(
        expected_on=latest_listing_on(collector.now()),
        listed_on=max(report.listed_on for report in reports),
        categories=reports,
        problems=problems,
        stored=sum((turn.stored for turn in rounds), StoredCounts()),
        changed=tuple(sorted({day for turn in rounds for day in turn.changed})),
    )


def next_round_at(collector: Collector) -> datetime | None:
    """Return when a round is due next, which may be over; None when nothing is to be asked before the next list.

    It is due when a source is to be asked, and at once when a list stands otherwise than the ledger says: its deadline came,
    or a round was killed between storing and judging.
    """
    now = collector.now()
    instants = []
    for category in collector.settings.categories:
        states = open_states(collector, category)
        is_misjudged = _is_misjudged(collector, states)
        newest_on = states[-1].listed_on
        instants.append(announced_at(newest_on) if is_misjudged else next_question_at(states, now=now))
    return min((instant for instant in instants if instant is not None), default=None)


def open_states(collector: Collector, category: str) -> list[ListState]:
    """Return what is known of a category's newest list and of those before that are still open, oldest first.

    A list that no page of arXiv's has counted stays open even if it is complete by what the other sources say, until the page
    of recent days has been looked at.
    """
    newest_on = latest_listing_on(collector.now())
    since = newest_on - REACH
    with reading(collector.database) as session:
        first = ledger.find_first_day(session, category) or newest_on
        judged = ledger.list_judged(session, category, since=since, before=newest_on)
        counted = ledger.list_counted_days(session, category, since=since, before=newest_on)
        days = list_working_days(max(first, since), newest_on - timedelta(days=1))
        wanted = [day for day in days if judged.get(day) is not Judgement.COMPLETE or day not in counted]
        states = ledger.load_states(session, category, [*wanted, newest_on])
    return [state for state in states if state.listed_on == newest_on or not _is_closed(state, judged)]


def judge_list(collector: Collector, state: ListState) -> Verdict:
    """Return how a list stands at this instant."""
    return judge(state, now=collector.now(), deadline=collector.deadline(state.listed_on))


def _is_misjudged(collector: Collector, states: Sequence[ListState]) -> bool:
    first, newest = states[0], states[-1]
    with reading(collector.database) as session:
        end = newest.listed_on + timedelta(days=1)
        judged = ledger.list_judged(session, first.category, since=first.listed_on, before=end)
    return any(judge_list(collector, state).judgement is not judged.get(state.listed_on) for state in states)


def _is_closed(state: ListState, judged: dict[date, Judgement]) -> bool:
    """Tell whether nothing more is to be learnt of a settled list: arXiv's page of recent days has been looked at."""
    return judged.get(state.listed_on) in SETTLED and state.sighting(Source.RECENT).answered_at is not None


class _Round:
    """One category's turn: asks one source after the other, and judges after each."""

    def __init__(self, collector: Collector, category: str, *, is_urgent: bool) -> None:
        self._collector = collector
        self._category = category
        self._is_urgent = is_urgent
        self.problems: list[SourceProblem] = []
        self.is_answered = False
        self.stored = StoredCounts()
        self.changed: set[date] = set()

    def run(self, on_progress: Callable[[str], None] | None) -> None:
        """Ask each source at most once, as long as one of them could tell more."""
        asked: set[Source] = set()
        while (source := self._next(asked)) is not None:
            asked.add(source)
            self._ask(source)
            if on_progress:
                on_progress(f"{self._category}: asked {source}")
        self._judge([state.listed_on for state in open_states(self._collector, self._category)])

    def report(self) -> CategoryReport | None:
        """Return how the newest stored list of the category stands, None when there is none."""
        with reading(self._collector.database) as session:
            newest_on = ledger.find_newest_list(session, self._category)
            if newest_on is None:
                return None
            (state,) = ledger.load_states(session, self._category, [newest_on])
        return CategoryReport(category=self._category, listed_on=newest_on, verdict=judge_list(self._collector, state))

    def _next(self, asked: set[Source]) -> Source | None:
        if self._is_urgent and Source.LISTING not in asked:
            return Source.LISTING
        states = open_states(self._collector, self._category)
        choose = urgent_sources if self._is_urgent else due_sources
        return next((source for source in choose(states, now=self._collector.now()) if source not in asked), None)

    def _ask(self, source: Source) -> None:
        states = open_states(self._collector, self._category)
        now = self._collector.now()
        about = lists_to_ask(source, states, now=now) or states[-1:]
        days = [state.listed_on for state in about]
        with transaction(self._collector.database) as session:
            ledger.note_question(session, self._category, days, source, at=now)
        answer = ask(self._collector, self._category, source, about)
        self.is_answered |= answer.error is None
        self.stored += answer.stored
        self.changed |= answer.days
        self.problems += [
            SourceProblem(source=source, category=self._category, reason=reason, error=answer.error)
            for _, reason in answer.remarks
        ]
        with transaction(self._collector.database) as session:
            for fault, reason in answer.remarks:
                ledger.note_trouble(session, self._category, days[-1], source, fault, reason, at=now)
        self._judge({*days, *answer.days})

    def _judge(self, days: Iterable[date]) -> None:
        with transaction(self._collector.database) as session:
            for state in ledger.load_states(session, self._category, days):
                verdict = judge_list(self._collector, state)
                ledger.set_verdict(session, self._category, state.listed_on, verdict, at=self._collector.now())


def _nothing_found(problems: Sequence[SourceProblem], *, is_answered: bool) -> SourceError:
    errors = [problem.error for problem in problems if problem.error]
    unconnected = [error for error in errors if isinstance(error, NoConnectionError)]
    if unconnected and len(unconnected) == len(problems):
        return NoConnectionError(f"arXiv cannot be reached ({unconnected[0].reason}).", reason=unconnected[0].reason)
    waits = [error.retry_after_seconds for error in errors if error.retry_after_seconds is not None]
    said = " ".join(dict.fromkeys(map(str, problems)))
    return SourceError(
        f"No source gave an announcement; nothing was changed. {said}".rstrip(),
        # a source that answered but had no list (an empty feed) may have one later
        retryable=is_answered or not errors or any(error.retryable for error in errors),
        retry_after_seconds=min(waits, default=None),
    )
