"""The ledger in the database: what each source was asked and showed, what was wrong with it, and the judgements."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, or_, select

from newsletter.db.upsert import CHUNK, insert_missing
from newsletter.errors import Fault
from newsletter.papers.ledger import COUNTING, Judgement, ListState, Sighting, Source, Verdict
from newsletter.papers.paper import Announcement, AnnouncementKind
from newsletter.papers.tables import AnnouncedRow, AnnouncementRow, LedgerRow, PaperRow, SightingRow, TroubleRow

_READ_KINDS = (AnnouncementKind.NEW, AnnouncementKind.CROSS)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """The judgement of one category's list, and since when it stands."""

    category: str
    listed_on: date
    verdict: Verdict
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A fault that one source showed while a list was collected, how often, and its last words."""

    category: str
    listed_on: date
    source: str
    fault: Fault
    reason: str
    times: int
    last_at: datetime

    def __str__(self) -> str:
        often = f", {self.times} times" if self.times > 1 else ""
        return f"{self.category}, {self.source}: {self.fault}{often}: {self.reason.rstrip('.')}."


def load_states(session: Session, category: str, days: Iterable[date]) -> list[ListState]:
    """Return what is known of a category's lists of these days, oldest first, in a fixed number of statements."""
    wanted = sorted(set(days))
    sightings: dict[date, dict[Source, Sighting]] = defaultdict(dict)
    found = select(SightingRow).where(SightingRow.category == category, col(SightingRow.listed_on).in_(wanted))
    for row in session.exec(found):
        sightings[row.listed_on][Source(row.source)] = _sighting(row)
    bare = _bare_ids(session, category, wanted)
    refusals = _last_refusals(session, category, wanted)
    return [
        ListState(
            category=category,
            listed_on=day,
            sightings=sightings[day],
            bare_ids=frozenset(bare[day]),
            refusal=refusals.get(day, ""),
        )
        for day in wanted
    ]


def list_judged(session: Session, category: str, *, since: date, before: date) -> dict[date, Judgement]:
    """Return the judgements of a category's lists in a range of days."""
    statement = select(col(LedgerRow.listed_on), col(LedgerRow.judgement)).where(
        LedgerRow.category == category, col(LedgerRow.listed_on) >= since, col(LedgerRow.listed_on) < before
    )
    return {day: Judgement(judgement) for day, judgement in session.exec(statement)}


def list_counted_days(session: Session, category: str, *, since: date, before: date) -> set[date]:
    """Return the days in a range of which a page of arXiv's has counted the category's list."""
    statement = select(col(SightingRow.listed_on)).where(
        SightingRow.category == category,
        col(SightingRow.listed_on) >= since,
        col(SightingRow.listed_on) < before,
        col(SightingRow.source).in_([source.value for source in COUNTING]),
        col(SightingRow.seen_at).is_not(None),
    )
    return set(session.exec(statement))


def find_first_day(session: Session, category: str) -> date | None:
    """Return the first day that the ledger knows of a category, or None."""
    return session.exec(select(func.min(LedgerRow.listed_on)).where(LedgerRow.category == category)).one()


def find_newest_list(session: Session, category: str) -> date | None:
    """Return the date of the newest list of a category that was collected, or None."""
    newest = select(func.max(AnnouncementRow.listed_on)).where(
        AnnouncementRow.category == category, col(AnnouncementRow.is_backfilled).is_(False)
    )
    return session.exec(newest).one()


def list_first_days(session: Session, category: str, ids: Iterable[str], *, before: date) -> dict[str, date]:
    """Return the day of the first list of the category in which each paper stands; of lists before a date."""
    wanted, found = sorted(set(ids)), dict[str, date]()
    for start in range(0, len(wanted), CHUNK):
        statement = (
            select(AnnouncedRow.arxiv_id, func.min(AnnouncementRow.listed_on))
            .join(AnnouncementRow, col(AnnouncedRow.announcement_id) == AnnouncementRow.id)
            .where(AnnouncementRow.category == category, col(AnnouncementRow.listed_on) < before)
            .where(col(AnnouncedRow.arxiv_id).in_(wanted[start : start + CHUNK]))
            .group_by(col(AnnouncedRow.arxiv_id))
        )
        found.update(session.exec(statement).all())
    return found


def is_collected(session: Session, categories: Sequence[str], listed_on: date) -> bool:
    """Tell whether a list of that day came in by itself in any of the categories, rather than at somebody's wish."""
    found = select(AnnouncementRow.id).where(
        AnnouncementRow.listed_on == listed_on,
        col(AnnouncementRow.category).in_(categories),
        col(AnnouncementRow.is_backfilled).is_(False),
    )
    return session.exec(found.limit(1)).first() is not None


def note_question(session: Session, category: str, days: Iterable[date], source: Source, *, at: datetime) -> None:
    """Write down that a source is being asked about these lists; before asking, so that a death in the middle counts."""
    for row in _open_sightings(session, category, days, source, at):
        row.tries += 1
        row.asked_at = at
        session.add(row)


def note_answer(session: Session, category: str, days: Iterable[date], source: Source, *, at: datetime) -> None:
    """Write down that a source gave a usable answer about these lists, whether or not it shows them."""
    for row in _open_sightings(session, category, days, source, at):
        row.answered_at = at
        session.add(row)


def note_sighting(session: Session, announcement: Announcement, source: Source, *, at: datetime) -> None:
    """Write down that a source showed a list: how much of it, and which new and cross-listed papers."""
    (row,) = _open_sightings(session, announcement.category, [announcement.listed_on], source, at)
    row.answered_at = row.seen_at = at
    row.counts = {kind.value: announcement.count(kind) for kind in AnnouncementKind}
    totals = announcement.totals
    row.totals = None if totals is None else {kind.value: total for kind, total in totals.items()}
    row.ids = sorted(item.paper.arxiv_id for item in announcement.announced if item.kind in _READ_KINDS)
    session.add(row)


def note_trouble(
    session: Session, category: str, listed_on: date, source: str, fault: Fault, reason: str, *, at: datetime
) -> None:
    """Write down that a source showed a fault; the same fault again counts up."""
    key = {"category": category, "listed_on": listed_on, "source": source, "fault": fault.value}
    insert_missing(session, TroubleRow, [{**key, "reason": reason, "times": 0, "first_at": at, "last_at": at}])
    statement = select(TroubleRow).where(
        TroubleRow.category == category,
        TroubleRow.listed_on == listed_on,
        TroubleRow.source == source,
        TroubleRow.fault == fault.value,
    )
    row = session.exec(statement.with_for_update()).one()
    row.times, row.reason, row.last_at = row.times + 1, reason, at
    session.add(row)


def set_verdict(session: Session, category: str, listed_on: date, verdict: Verdict, *, at: datetime) -> None:
    """Write a judgement down; `changed_at` stays while the judgement is the same."""
    key = {"category": category, "listed_on": listed_on}
    insert_missing(session, LedgerRow, [{**key, "judgement": "", "reason": "", "judged_at": at, "changed_at": at}])
    row = session.get_one(LedgerRow, key, with_for_update=True)
    if row.judgement != verdict.judgement:
        row.changed_at = at
    row.judgement, row.reason = verdict.judgement.value, verdict.reason
    row.missing_count, row.judged_at = verdict.missing_count, at
    session.add(row)


def list_entries(
    session: Session, categories: Sequence[str], *, since: date, until: date
) -> dict[date, list[LedgerEntry]]:
    """Return the judgements of these categories' lists by day, in the categories' order."""
    statement = select(LedgerRow).where(
        col(LedgerRow.category).in_(categories), col(LedgerRow.listed_on) >= since, col(LedgerRow.listed_on) <= until
    )
    days: dict[date, list[LedgerEntry]] = defaultdict(list)
    for row in sorted(session.exec(statement), key=lambda row: categories.index(row.category)):
        days[row.listed_on].append(
            LedgerEntry(
                category=row.category,
                listed_on=row.listed_on,
                verdict=Verdict(judgement=Judgement(row.judgement), reason=row.reason, missing_count=row.missing_count),
                changed_at=row.changed_at,
            )
        )
    return dict(days)


def list_troubles(session: Session, categories: Sequence[str], listed_on: date) -> list[Trouble]:
    """Return the faults that sources showed while these categories' lists of a day were collected, in order of time."""
    statement = select(TroubleRow).where(col(TroubleRow.category).in_(categories), TroubleRow.listed_on == listed_on)
    return [
        Trouble(
            category=row.category,
            listed_on=row.listed_on,
            source=row.source,
            fault=Fault(row.fault),
            reason=row.reason,
            times=row.times,
            last_at=row.last_at,
        )
        for row in session.exec(statement.order_by(col(TroubleRow.first_at), col(TroubleRow.id)))
    ]


def find_last_answer(session: Session, categories: Sequence[str]) -> datetime | None:
    """Return when any source last gave a usable answer about a list of these categories, None before the first."""
    newest = select(func.max(SightingRow.answered_at)).where(col(SightingRow.category).in_(categories))
    return session.exec(newest).one()


def count_missing(session: Session, categories: Sequence[str], listed_on: date) -> int | None:
    """Return how many papers of a day are known to be missing; None when that is not known of every category's list."""
    entries = list_entries(session, categories, since=listed_on, until=listed_on).get(listed_on, [])
    known = [count for entry in entries if (count := entry.verdict.missing_count) is not None]
    return sum(known) if len(known) == len(categories) else None


def _open_sightings(
    session: Session, category: str, days: Iterable[date], source: Source, at: datetime
) -> list[SightingRow]:
    wanted = sorted(set(days))
    blank: list[dict[str, Any]] = [
        {"category": category, "listed_on": day, "source": source.value, "tries": 0, "asked_at": at, "ids": []}
        for day in wanted
    ]
    insert_missing(session, SightingRow, blank)
    statement = select(SightingRow).where(
        SightingRow.category == category, SightingRow.source == source.value, col(SightingRow.listed_on).in_(wanted)
    )
    return list(session.exec(statement.order_by(col(SightingRow.listed_on)).with_for_update()))


def _bare_ids(session: Session, category: str, days: Sequence[date]) -> dict[date, set[str]]:
    statement = (
        select(col(AnnouncementRow.listed_on), col(AnnouncedRow.arxiv_id))
        .join(AnnouncedRow, col(AnnouncedRow.announcement_id) == AnnouncementRow.id)
        .join(PaperRow, col(PaperRow.arxiv_id) == AnnouncedRow.arxiv_id)
        .where(AnnouncementRow.category == category, col(AnnouncementRow.listed_on).in_(days))
        .where(col(AnnouncedRow.kind).in_([kind.value for kind in _READ_KINDS]))
        .where(or_(col(PaperRow.abstract_source) == "", col(PaperRow.title_source) == ""))
    )
    bare: dict[date, set[str]] = defaultdict(set)
    for day, arxiv_id in session.exec(statement):
        bare[day].add(arxiv_id)
    return bare


def _last_refusals(session: Session, category: str, days: Sequence[date]) -> Mapping[date, str]:
    statement = select(col(TroubleRow.listed_on), col(TroubleRow.reason)).where(
        TroubleRow.category == category, col(TroubleRow.listed_on).in_(days)
    )
    return dict(session.exec(statement.order_by(col(TroubleRow.last_at))).all())


def _sighting(row: SightingRow) -> Sighting:
    return Sighting(
        source=Source(row.source),
        tries=row.tries,
        asked_at=row.asked_at if row.tries else None,
        answered_at=row.answered_at,
        seen_at=row.seen_at,
        counts=_by_kind(row.counts) or {},
        totals=_by_kind(row.totals),
        ids=frozenset(row.ids),
    )


def _by_kind(found: Mapping[str, Any] | None) -> dict[AnnouncementKind, int] | None:
    return None if found is None else {AnnouncementKind(kind): int(number) for kind, number in found.items()}
