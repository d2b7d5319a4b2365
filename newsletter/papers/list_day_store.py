"""The ledger read by day, in a fixed number of statements however many days and categories there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from newsletter.db.types import UTCDateTime
from newsletter.errors import Fault
from newsletter.papers.ledger import COUNTING, Source
from newsletter.papers.ledger_store import LedgerEntry, list_entries
from newsletter.papers.list_day import ListDay, ListTrouble
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.tables import AnnouncedRow, AnnouncementRow, SightingRow, TroubleRow

_Key = tuple[date, str]


@dataclass(frozen=True, slots=True)
class _Sighting:
    source: Source
    asked_at: datetime
    count: int | None
    total: int | None


def load_list_days(
    session: Session, categories: Sequence[str], *, since: date, until: date
) -> dict[date, list[ListDay]]:
    """Return the lists of each day from `since` to `until` of which anything is known, in the categories' order."""
    entries = {
        (day, entry.category): entry
        for day, found in list_entries(session, categories, since=since, until=until).items()
        for entry in found
    }
    sightings = _sightings(session, categories, since, until)
    stored = _stored(session, categories, since, until)
    troubles = _troubles(session, categories, since, until)
    days: dict[date, list[ListDay]] = defaultdict(list)
    known = entries.keys() | sightings.keys() | stored.keys() | troubles.keys()
    for key in sorted(known, key=lambda key: (key[0], categories.index(key[1]))):
        days[key[0]].append(_list_day(key, entries.get(key), sightings[key], stored.get(key), troubles[key]))
    return dict(days)


def _list_day(
    key: _Key,
    entry: LedgerEntry | None,
    sightings: Sequence[_Sighting],
    stored: tuple[bool, datetime] | None,
    troubles: Sequence[ListTrouble],
) -> ListDay:
    totals = {seen.source: seen.total for seen in sightings if seen.total is not None}
    return ListDay(
        category=key[1],
        listed_on=key[0],
        verdict=entry.verdict if entry else None,
        changed_at=entry.changed_at if entry else None,
        counts={seen.source: seen.count for seen in sightings if seen.count is not None},
        total=next((totals[source] for source in COUNTING if source in totals), None),
        asked_at=min((seen.asked_at for seen in sightings), default=None),
        seen_at=stored[1] if stored else None,
        is_backfilled=stored is not None and stored[0],
        troubles=tuple(troubles),
    )


def _sightings(session: Session, categories: Sequence[str], since: date, until: date) -> Mapping[_Key, list[_Sighting]]:
    statement = select(  # type: ignore[call-overload]  # seven columns are more than its signature knows
        SightingRow.listed_on,
        SightingRow.category,
        SightingRow.source,
        SightingRow.asked_at,
        SightingRow.seen_at,
        SightingRow.counts,
        SightingRow.totals,
    ).where(
        col(SightingRow.category).in_(categories),
        col(SightingRow.listed_on).between(since, until),
    )
    found: dict[_Key, list[_Sighting]] = defaultdict(list)
    for day, category, source, asked_at, seen_at, counts, totals in session.exec(statement):
        count, total = (_new_and_cross(counts), _new_and_cross(totals)) if seen_at else (None, None)
        found[day, category].append(_Sighting(Source(source), asked_at, count, total))
    return found


def _new_and_cross(numbers: Mapping[str, Any] | None) -> int | None:
    """Return the papers that every source knows of; replacements are not on every page."""
    if numbers is None:
        return None
    return sum(int(numbers.get(kind.value, 0)) for kind in (AnnouncementKind.NEW, AnnouncementKind.CROSS))


def _stored(
    session: Session, categories: Sequence[str], since: date, until: date
) -> Mapping[_Key, tuple[bool, datetime]]:
    """Return of each stored list whether it is the archive's, and when its first paper was seen."""
    statement = (
        select(
            col(AnnouncementRow.listed_on),
            col(AnnouncementRow.category),
            col(AnnouncementRow.is_backfilled),
            func.coalesce(
                func.min(AnnouncedRow.seen_at, type_=UTCDateTime()), AnnouncementRow.collected_at, type_=UTCDateTime()
            ),
        )
        .outerjoin(AnnouncedRow, col(AnnouncedRow.announcement_id) == AnnouncementRow.id)
        .where(col(AnnouncementRow.category).in_(categories), col(AnnouncementRow.listed_on).between(since, until))
        .group_by(col(AnnouncementRow.id))
    )
    return {(day, category): (is_backfilled, at) for day, category, is_backfilled, at in session.exec(statement)}


def _troubles(
    session: Session, categories: Sequence[str], since: date, until: date
) -> Mapping[_Key, list[ListTrouble]]:
    statement = select(TroubleRow).where(
        col(TroubleRow.category).in_(categories), col(TroubleRow.listed_on).between(since, until)
    )
    found: dict[_Key, list[ListTrouble]] = defaultdict(list)
    for row in session.exec(statement.order_by(col(TroubleRow.first_at), col(TroubleRow.id))):
        found[row.listed_on, row.category].append(
            ListTrouble(
                source=row.source,
                fault=Fault(row.fault),
                reason=row.reason,
                times=row.times,
                first_at=row.first_at,
                last_at=row.last_at,
            )
        )
    return found
