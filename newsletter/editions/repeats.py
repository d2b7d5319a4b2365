"""A paper once mailed to a reader never comes again, unless they follow replacements and this is a newer version."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from datetime import date
from typing import Any

from sqlalchemy import Engine as Database

from newsletter.db.engine import reading
from newsletter.digests.store import trending_occasion
from newsletter.editions.day import Day
from newsletter.editions.store import list_mailed_sections
from newsletter.queries.matcher import Match
from newsletter.subscribers.subscriber import Preferences, Subscriber, Trending

DIGESTS_A_STATEMENT = 500
_FIRST_VERSION = 1  # a digest says the version of replacements only

Mailed = Mapping[str, int]
"""The versions of papers in which a reader was mailed them, by identifier."""


def list_mailed(database: Database, day: Day, wanted: Sequence[tuple[int, str]]) -> dict[int, Mailed]:
    """Return which of the day's papers readers were mailed in other editions, by subscriber.

    `wanted` are the digests to look at, see `digests_to_read`: one statement for every `DIGESTS_A_STATEMENT`.
    """
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for start in range(0, len(wanted), DIGESTS_A_STATEMENT):
        with reading(database) as session:
            rows = list_mailed_sections(session, wanted[start : start + DIGESTS_A_STATEMENT])
        for subscriber_id, sections in rows:
            _note_entries(found[subscriber_id], sections, day)
    return dict(found)


def digests_to_read(reader: Subscriber, day: Day, days: Collection[date]) -> Iterator[tuple[int, str]]:
    """Yield (subscriber, occasion) of the digests that may hold a paper which matches its reader again.

    `days` are the editions in which papers that match may have been mailed, see `find_days`.
    """
    yield from ((int(reader.id), str(edition_on)) for edition_on in sorted(days))
    if days and reader.preferences.trending is not Trending.NONE:
        # trending papers in a mail of their own may have gone out this very morning
        occasions = (trending_occasion(edition_on) for edition_on in sorted({*days, day.edition_on}))
        yield from ((int(reader.id), occasion) for occasion in occasions)


def find_days(day: Day, arxiv_ids: Set[str]) -> frozenset[date]:
    """Return the other editions in which one of the papers may have been mailed: only what stands in another list can."""
    return frozenset().union(*[day.earlier[arxiv_id] for arxiv_id in day.earlier.keys() & arxiv_ids])


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


def _note_entries(mailed: dict[str, int], sections: Sequence[Mapping[str, Any]], day: Day) -> None:
    for entry in (entry for section in sections for entry in section["entries"]):
        arxiv_id = entry["id"]
        if arxiv_id in day.earlier:
            mailed[arxiv_id] = max(entry.get("version", _FIRST_VERSION), mailed.get(arxiv_id, 0))
