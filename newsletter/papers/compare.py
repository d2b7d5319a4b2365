"""What one source shows of a list, seen beside what is known from others: pure, on announcements already read."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta

from newsletter.papers.deadlines import eastern_date
from newsletter.papers.paper import Announced, Announcement, AnnouncementKind, Paper
from newsletter.papers.sources.record import OaiRecord
from newsletter.papers.taxonomy import canonical, list_categories

REPEATED_SHARE = 0.5
"""A feed of which this share was in an earlier list is that list again, under a new date."""
OAI = "oai"
_HELD_AT_MOST = timedelta(days=60)
_REVISED_WITHIN = timedelta(days=7)


def is_repeated(
    feed: Announcement, earlier_ids: Collection[str], *, counted_ids: Collection[str] | None = None
) -> bool:
    """Tell whether a feed shows an earlier list again: most of its new and cross-listed papers were in earlier lists.

    When arXiv's pages have counted the list (`counted_ids`), a feed most of whose papers are not in it is an earlier one as
    well, be that stored or not.
    """
    fresh = [item.paper.arxiv_id for item in feed.announced if item.kind is not AnnouncementKind.REPLACE]
    if not fresh:
        return False
    is_foreign = counted_ids is not None and _share(fresh, counted_ids) < REPEATED_SHARE
    return is_foreign or _share(fresh, earlier_ids) >= REPEATED_SHARE


def oai_lists(
    category: str, records: Iterable[OaiRecord], first_days: Mapping[str, date]
) -> Mapping[date, Announcement]:
    """Put a category's lists together from OAI-PMH records, by datestamp, each paper once, by identifier.

    A first version is new or a cross-list; it is left out when it stood in an earlier list (`first_days`) or was submitted
    months ago, since a corrected journal reference looks the same. A later version is a replacement if it is a few days old.
    """
    days: dict[date, list[tuple[AnnouncementKind, Paper]]] = defaultdict(list)
    for record in records:
        if (kind := _kind_of_record(category, record, first_days)) is not None:
            days[record.datestamp].append((kind, record.paper))
    return {day: _announcement(category, day, found) for day, found in days.items()}


def kind_for(category: str, paper: Paper) -> AnnouncementKind | None:
    """Tell how a new paper is announced in a category or archive; None when it does not belong there."""
    members = {canonical(name) for name in (category, *list_categories(category))}
    if _is_within(paper.primary_category, category, members):
        return AnnouncementKind.NEW
    if any(_is_within(name, category, members) for name in paper.categories):
        return AnnouncementKind.CROSS
    return None


def _share(ids: Sequence[str], known: Collection[str]) -> float:
    known = frozenset(known)
    return sum(arxiv_id in known for arxiv_id in ids) / len(ids)


def _is_within(name: str, category: str, members: Collection[str]) -> bool:
    return canonical(name) in members or name.startswith(f"{category}.")


def _kind_of_record(category: str, record: OaiRecord, first_days: Mapping[str, date]) -> AnnouncementKind | None:
    newest = record.versions[-1]
    if newest.number > 1:
        is_recent = record.datestamp - eastern_date(newest.submitted_at) <= _REVISED_WITHIN
        return AnnouncementKind.REPLACE if is_recent and kind_for(category, record.paper) else None
    is_old = record.datestamp - eastern_date(record.submitted_at) > _HELD_AT_MOST
    was_listed = first_days.get(record.paper.arxiv_id, record.datestamp) < record.datestamp
    return None if is_old or was_listed else kind_for(category, record.paper)


def _announcement(category: str, day: date, found: list[tuple[AnnouncementKind, Paper]]) -> Announcement:
    order = list(AnnouncementKind)
    found.sort(key=lambda item: (order.index(item[0]), item[1].arxiv_id))
    announced = tuple(Announced(paper=paper, kind=kind, position=at) for at, (kind, paper) in enumerate(found))
    return Announcement(category=category, listed_on=day, source=OAI, announced=announced)
