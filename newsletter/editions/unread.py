"""Papers that a reader was promised and never got: the mail failed, or they were kept for a weekly digest.

The next digest that goes out brings them. So weekly mail needs no memory of its own: on the other days a reader has a digest
that is skipped as `weekly`, and whoever changes to daily mail gets what was kept with the next edition.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlmodel import Session

from newsletter.digests.load import thaw_change
from newsletter.editions.agenda import list_weekly_days
from newsletter.editions.day import Day
from newsletter.editions.morning import CARRIED_FOR, find_earlier
from newsletter.editions.repeats import Mailed
from newsletter.editions.store import find_composed_before, list_real_days
from newsletter.editions.unread_store import OwedDigest, list_owed_digests
from newsletter.papers.late_store import list_places
from newsletter.papers.paper import Announced, AnnouncementKind, ArxivId
from newsletter.papers.store import get_papers
from newsletter.papers.versions import VersionChange
from newsletter.queries.matcher import Match
from newsletter.subscribers.subscriber import WEEKDAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """What readers, by subscriber, never got: the ids of papers, and the deliveries that promised them.

    `added` are the papers that are in the day for their sake only; nobody else gets those. `since` has the first edition of
    those papers that were kept for a weekly digest, and `weekly_days` the weekdays whose weekly digests are made now.
    """

    papers: Mapping[int, frozenset[str]] = field(default_factory=dict)
    delivery_ids: Mapping[int, Sequence[int]] = field(default_factory=dict)
    added: frozenset[str] = frozenset()
    since: Mapping[int, date] = field(default_factory=dict)
    weekly_days: frozenset[str] = frozenset(WEEKDAYS)

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
    session: Session, day: Day, categories: Sequence[str], *, is_anew: bool = False, preview_of: int | None = None
) -> tuple[Day, Unread]:
    """Return the day with what some reader never got behind its own papers, and who that is.

    The mails of the last two weeks are looked at, each once: what one digest brought the next does not bring again. A
    message that could not be built, or killed whoever held it, is left out: its papers may be why. A day that is composed
    anew (`is_anew`) brings again what its first digests brought, and no more: what failed since is the next edition's. A
    preview (`preview_of` a subscriber) is of that reader's papers alone, and of a weekly digest whatever its day.
    """
    if day.is_sample:
        return day, Unread()
    last = find_composed_before(session, day.edition_on)
    days = list_weekly_days(day.edition_on, before=last.edition_on if last else None)
    weekly_days = days if preview_of is None else frozenset(WEEKDAYS)
    owed = list_owed_digests(
        session,
        since=day.edition_on - CARRIED_FOR,
        before=day.edition_on,
        weekly_days=weekly_days,
        is_anew=is_anew,
        subscriber_id=preview_of,
    )
    promised = {item.delivery_id: list(_list_promised(item)) for item in owed}
    added = {item.arxiv_id: item for items in promised.values() for item in items if item.arxiv_id not in day.kinds}
    papers: dict[int, set[str]] = defaultdict(set)
    deliveries: dict[int, list[int]] = defaultdict(list)
    since: dict[int, date] = {}
    for digest in owed:
        papers[digest.subscriber_id].update(item.arxiv_id for item in promised[digest.delivery_id])
        deliveries[digest.subscriber_id].append(digest.delivery_id)
        if digest.is_kept:
            since[digest.subscriber_id] = min(digest.since_on, since.get(digest.subscriber_id, digest.since_on))
    unread = Unread(
        papers={subscriber_id: frozenset(ids) for subscriber_id, ids in papers.items()},
        delivery_ids=deliveries,
        added=frozenset(added),
        since=since,
        weekly_days=weekly_days,
    )
    return _extended(session, day, categories, added.values()), unread


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
