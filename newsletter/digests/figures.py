"""What a digest says of itself in numbers and times: the same for many readers, so that it is put into words once."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from newsletter.digests.digest import Digest
from newsletter.subscribers.subscriber import Languages


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The numbers and times of one digest; see `Digest`."""

    edition_on: date
    since_on: date | None
    announced_at: datetime
    generated_at: datetime
    timezone: str
    languages: Languages
    count: int
    keyword_count: int
    trending_count: int
    is_trending: bool

    @property
    def is_weekly(self) -> bool:
        return self.since_on is not None and self.since_on < self.edition_on

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def figures_of(digest: Digest) -> Figures:
    """Return a digest's numbers and times."""
    found = digest.keyword_sections
    return Figures(
        edition_on=digest.edition_on,
        since_on=digest.since_on,
        announced_at=digest.announced_at,
        generated_at=digest.generated_at,
        timezone=digest.timezone,
        languages=digest.languages,
        count=digest.count,
        keyword_count=len(found) - sum([section.is_authors for section in found]),
        trending_count=digest.trending_count,
        is_trending=digest.is_trending,
    )
