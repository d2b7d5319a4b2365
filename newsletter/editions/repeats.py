"""A paper once mailed to a reader never comes again, unless they follow replacements and this is a newer version."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Engine as Database

from newsletter.db.engine import reading
from newsletter.digests.store import trending_occasion
from newsletter.editions.day import Day, unwanted_kinds
from newsletter.editions.store import list_mailed_sections
from newsletter.papers.paper import AnnouncementKind
from newsletter.queries.matcher import Match
from newsletter.subscribers.subscriber import Preferences, Subscriber, Trending

DIGESTS_A_STATEMENT = 500
_FIRST_VERSION = 1  # a digest says the version of replacements only

Mailed = Mapping[str, int]
"""The versions of papers in which a reader was mailed them, by identifier."""


def list_mailed(
    database: Database, day: Day, readers: Sequence[Subscriber], matches: Mapping[str, Sequence[Match]]
) -> dict[int, Mailed]:
    """Return which of the day's papers readers were mailed in other editions, by subscriber.

    Only papers that stand in another list can have been: the digests of those editions are read, of those readers whom such
    a paper matches now, in one statement for every `DIGESTS_A_STATEMENT`.
    """
    found: dict[int, dict[str, int]] = defaultdict(dict)
    wanted = list(_digests_to_read(day, readers, matches))
    for start in range(0, len(wanted), DIGESTS_A_STATEMENT):
        with reading(database) as session:
            rows = list_mailed_sections(session, wanted[start : start + DIGESTS_A_STATEMENT])
        for subscriber_id, sections in rows:
            _note_entries(found[subscriber_id], sections, day)
    return dict(found)


def leave_out_mailed(
    matches: Mapping[str, Sequence[Match]], day: Day, preferences: Preferences, mailed: Mailed
) -> dict[str, list[Match]]:
    """Leave out what a reader was mailed before, but for newer versions if they follow replacements."""
    return {
        query: [match for match in found if _is_news(match.arxiv_id, day, preferences, mailed)]
        for query, found in matches.items()
    }


def _is_news(arxiv_id: str, day: Day, preferences: Preferences, mailed: Mailed) -> bool:
    if arxiv_id not in mailed:
        return True
    change = day.changes.get(arxiv_id)
    return preferences.wants_replacements and change is not None and change.version > mailed[arxiv_id]


def _digests_to_read(
    day: Day, readers: Sequence[Subscriber], matches: Mapping[str, Sequence[Match]]
) -> Iterator[tuple[int, str]]:
    """Yield (subscriber, occasion) of the digests that may hold a paper which matches its reader again."""
    kinds = day.kinds

    @cache
    def editions_of(query: str, unwanted: frozenset[AnnouncementKind]) -> frozenset[date]:
        found = (match.arxiv_id for match in matches[query] if kinds[match.arxiv_id] not in unwanted)
        return frozenset(edition_on for arxiv_id in found for edition_on in day.earlier.get(arxiv_id, ()))

    for reader in readers:
        unwanted = unwanted_kinds(reader.preferences)
        days = {edition_on for item in reader.active for edition_on in editions_of(item.query, unwanted)}
        yield from ((reader.id, str(edition_on)) for edition_on in sorted(days))
        if days and reader.preferences.trending is not Trending.NONE:
            # trending papers in a mail of their own may have gone out this very morning
            yield from ((reader.id, trending_occasion(edition_on)) for edition_on in sorted({*days, day.edition_on}))


def _note_entries(mailed: dict[str, int], sections: Sequence[Mapping[str, Any]], day: Day) -> None:
    for entry in (entry for section in sections for entry in section["entries"]):
        arxiv_id = entry["id"]
        if arxiv_id in day.earlier:
            mailed[arxiv_id] = max(entry.get("version", _FIRST_VERSION), mailed.get(arxiv_id, 0))
