"""Papers that a reader was promised and never got: the mail failed, or they were kept for a weekly digest.

The next digest that goes out brings them. So weekly mail needs no memory of its own: on the other days a reader has a digest
that is skipped as `weekly`, and whoever changes to daily mail gets what was kept with the next edition.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlmodel import Session

from newsletter.digests.thaw import thaw_change
from newsletter.editions.agenda import list_weekly_days
from newsletter.editions.day import Day
from newsletter.editions.morning import CARRIED_FOR, find_earlier
from newsletter.editions.repeats import Mailed
from newsletter.editions.store import find_composed_before, list_real_days
from newsletter.editions.unread_store import OwedDigest, iterate_owed_digests
from newsletter.papers.late_store import list_places
from newsletter.papers.paper import Announced, AnnouncementKind, ArxivId
from newsletter.papers.store import get_papers
from newsletter.papers.versions import VersionChange
from newsletter.queries.matcher import Match
from newsletter.subscribers.subscriber import WEEKDAYS

READERS_A_STATEMENT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """What readers, by subscriber, never got: the ids of papers, and the deliveries that promised them.

    `owed` are all readers whom something was promised; the rest is of some of them (see `list_unread`). `promised` are the
    papers, `added` those that are in the day for their sake only; nobody else gets those. `since` has the first edition of
    those papers that were kept for a weekly digest, and `weekly_days` the weekdays whose weekly digests are made now.
    """

    owed: frozenset[int] = frozenset()
    promised: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()
    papers: Mapping[int, frozenset[str]] = field(default_factory=dict)
    delivery_ids: Mapping[int, Sequence[int]] = field(default_factory=dict)
    since: Mapping[int, date] = field(default_factory=dict)
    weekly_days: frozenset[str] = frozenset(WEEKDAYS)
    is_anew: bool = False

    def add_to(
        self,
        wanted: Mapping[str, list[Match]],
        subscriber_id: int,
        matches: Mapping[str, list[Match]],
        mailed: Mailed,
    ) -> Mapping[str, list[Match]]:
        """Return what a reader gets for each query: what is `wanted` of the day, and what they never got.

        A paper that they were promised comes even if it is, by now, of a kind that they do not want.
        """
        promised = self.papers.get(subscriber_id, frozenset())
        if not self.added and not promised:
            return wanted
        strange, missed = self.added - promised, promised - mailed.keys()
        kept = {query: {match.arxiv_id for match in found} - strange | missed for query, found in wanted.items()}
        return {query: [match for match in matches[query] if match.arxiv_id in kept[query]] for query in wanted}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promised:
    """A paper as it stood in a digest that failed."""

    arxiv_id: ArxivId
    kind: AnnouncementKind
    listed_on: date
    change: VersionChange | None


def with_unread(
    session: Session,
    day: Day,
    categories: Sequence[str],
    *,
    is_anew: bool = False,
    is_preview: bool = False,
    subscriber_ids: Sequence[int] | None = None,
) -> tuple[Day, Unread]:
    """Return the day with what some reader (of all, or of these) never got behind its own papers, and who that is.

    The mails of the last two weeks are looked at, each once: what one digest brought the next does not bring again. A
    message that could not be built, or killed whoever held it, is left out: its papers may be why. A day that is composed
    anew (`is_anew`) brings again what its first digests brought, and no more: what failed since is the next edition's. A
    preview (`is_preview`) is of every weekly digest, whatever its day.
    """
    if day.is_sample:
        return day, Unread()
    last = find_composed_before(session, day.edition_on)
    days = list_weekly_days(day.edition_on, before=last.edition_on if last else None)
    unread = Unread(weekly_days=frozenset(WEEKDAYS) if is_preview else days, is_anew=is_anew)
    owed: set[int] = set()
    promised: dict[str, _Promised] = {}
    for digest in _iterate_owed(session, day, unread, subscriber_ids):
        owed.add(digest.subscriber_id)
        promised |= {item.arxiv_id: item for item in _list_promised(digest)}
    added = {arxiv_id: item for arxiv_id, item in promised.items() if arxiv_id not in day.kinds}
    found = replace(unread, owed=frozenset(owed), promised=frozenset(promised), added=frozenset(added))
    return _extended(session, day, categories, added.values()), found


def list_unread(session: Session, day: Day, unread: Unread, subscriber_ids: Iterable[int]) -> Unread:
    """Return what some readers never got; the day is the one that has it all.

    What failed since the day was read is the next edition's.
    """
    owed = sorted(unread.owed.intersection(subscriber_ids))
    papers: dict[int, set[str]] = defaultdict(set)
    deliveries: dict[int, list[int]] = defaultdict(list)
    since: dict[int, date] = {}
    for digest in _iterate_owed(session, day, unread, owed):
        promised = {item.arxiv_id for item in _list_promised(digest)}
        if not promised <= day.kinds.keys():
            continue
        papers[digest.subscriber_id] |= promised
        deliveries[digest.subscriber_id].append(digest.delivery_id)
        if digest.is_kept:
            since[digest.subscriber_id] = min(digest.since_on, since.get(digest.subscriber_id, digest.since_on))
    found = {subscriber_id: frozenset(ids) for subscriber_id, ids in papers.items()}
    return replace(unread, papers=found, delivery_ids=deliveries, since=since)


def _iterate_owed(
    session: Session, day: Day, unread: Unread, subscriber_ids: Sequence[int] | None
) -> Iterator[OwedDigest]:
    wanted = [None] if subscriber_ids is None else list(_chunks(subscriber_ids))
    for chunk in wanted:
        yield from iterate_owed_digests(
            session,
            since=day.edition_on - CARRIED_FOR,
            before=day.edition_on,
            weekly_days=unread.weekly_days,
            is_anew=unread.is_anew,
            subscriber_ids=chunk,
        )


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), READERS_A_STATEMENT):
        yield ids[start : start + READERS_A_STATEMENT]


def _list_promised(digest: OwedDigest) -> Iterable[_Promised]:
    for entry in (entry for section in digest.sections if "trending_on" not in section for entry in section["entries"]):
        listed_on = entry.get("listed_on")
        yield _Promised(
            arxiv_id=ArxivId(entry["id"]),
            kind=AnnouncementKind(entry["kind"]),
            listed_on=date.fromisoformat(listed_on) if listed_on else digest.edition_on,
            change=thaw_change(entry),
        )


def _extended(session: Session, day: Day, categories: Sequence[str], added: Iterable[_Promised]) -> Day:
    items = sorted(added, key=lambda item: item.listed_on)
    known = get_papers(session, [item.arxiv_id for item in items])
    places = list_places(session, categories, known)
    real_days = list_real_days(session, since=min((place.listed_on for place in places), default=day.edition_on))
    more = (
        Announced(paper=known[item.arxiv_id], kind=item.kind, position=number)
        for number, item in enumerate(items, len(day.announced))
    )
    longer = replace(
        day,
        announced=(*day.announced, *more),
        late={**day.late, **{item.arxiv_id: item.listed_on for item in items}},
        changes={**day.changes, **{item.arxiv_id: item.change for item in items if item.change}},
    )
    return replace(longer, earlier={**day.earlier, **find_earlier(places, longer, real_days=real_days)})
