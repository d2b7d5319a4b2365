"""Is a day complete, and why do we say so? Pure judgements on what each source showed of one category's list.

A listing page counts its entries ("showing X of Y"): whoever has seen it knows how many papers there are. The feed and
OAI-PMH do not count; when the listing cannot be had, the two together stand for it if they agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from newsletter.papers.calendar import eastern, is_holiday_hint
from newsletter.papers.deadlines import is_working_day
from newsletter.papers.paper import AnnouncementKind


class Source(StrEnum):
    """Where a list, or a paper of it, can be seen."""

    LISTING = "listing"
    FEED = "feed"
    OAI = "oai"
    RECENT = "recent"
    """The listing of the last five lists, without abstracts: what was in a list that has been replaced by the next."""
    API = "api"


COUNTING = (Source.LISTING, Source.RECENT)
"""The sources that say how many papers a list holds."""


class Judgement(StrEnum):
    """What is known of one category's list of one day."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    LATE = "late"
    NONE = "none"
    ERROR = "error"


SETTLED = (Judgement.COMPLETE, Judgement.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one source was asked about one list, and what it showed of it.

    `answered_at` is the last time it gave a usable answer, be it about another list; `seen_at` the last time it showed this
    one, None if never. `counts` is what it showed and `totals` what it says there is, by kind; `ids` are its new and
    cross-listed papers.
    """

    source: Source
    tries: int = 0
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    seen_at: datetime | None = None
    counts: Mapping[AnnouncementKind, int] = field(default_factory=dict)
    totals: Mapping[AnnouncementKind, int] | None = None
    ids: frozenset[str] = frozenset()

    @property
    def total(self) -> int | None:
        """How many new and cross-listed papers the source says there are; None when it does not say."""
        if self.totals is None:
            return None
        return self.totals.get(AnnouncementKind.NEW, 0) + self.totals.get(AnnouncementKind.CROSS, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """All that is known of one category's list: by source, and which stored papers still lack their abstract.

    `refusal` is what the last source said that gave no usable answer.
    """

    category: str
    listed_on: date
    sightings: Mapping[Source, Sighting] = field(default_factory=dict)
    bare_ids: frozenset[str] = frozenset()
    refusal: str = ""

    def sighting(self, source: Source) -> Sighting:
        return self.sightings.get(source) or Sighting(source=source)

    def is_seen(self, *sources: Source) -> bool:
        """Tell whether any of the sources showed this list."""
        return any(self.sighting(source).seen_at for source in sources)

    @property
    def is_answered(self) -> bool:
        """Whether any source gave a usable answer, be it that there is no such list."""
        return any(sighting.answered_at for sighting in self.sightings.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A judgement with its reason; `missing_count` is how many papers are known to be missing, None when that is unknown."""

    judgement: Judgement
    reason: str
    missing_count: int | None = 0


def judge(state: ListState, *, now: datetime, deadline: datetime) -> Verdict:
    """Judge one category's list from what its sources showed by `now`.

    Until the `deadline` a list that no source shows is late; from then on there was none. That it was a holiday is
    observed so, never assumed.
    """
    if not is_working_day(state.listed_on):
        return Verdict(judgement=Judgement.NONE, reason="arXiv dates no list on a weekend")
    for source in COUNTING:
        if state.is_seen(source):
            return _counted(state, state.sighting(source))
    if state.is_seen(Source.FEED, Source.OAI):
        return _uncounted(state)
    return _unseen(state, now=now, deadline=deadline)


def _counted(state: ListState, counted: Sighting) -> Verdict:
    total = counted.total if counted.total is not None else len(counted.ids)
    unseen = max(total - len(counted.ids), 0)
    known = set().union(*(sighting.ids for sighting in state.sightings.values()))
    page = "listing" if counted.source is Source.LISTING else "listing of recent days"
    more = f", and {len(known - counted.ids)} that only other sources show" if known - counted.ids else ""
    if missing := unseen + len(state.bare_ids):
        return Verdict(
            judgement=Judgement.PARTIAL,
            reason=f"{missing} of the {total} papers that the {page} counts are not here or have no abstract yet",
            missing_count=missing,
        )
    return Verdict(judgement=Judgement.COMPLETE, reason=f"all {total} papers that the {page} counts are here{more}")


def _uncounted(state: ListState) -> Verdict:
    feed, oai = state.sighting(Source.FEED), state.sighting(Source.OAI)
    if feed.seen_at and oai.seen_at and feed.ids == oai.ids and not state.bare_ids:
        reason = f"the feed and OAI-PMH agree on {len(feed.ids)} papers; the listing was not seen"
        return Verdict(judgement=Judgement.COMPLETE, reason=reason)
    if feed.seen_at and oai.seen_at:
        reason = f"the feed shows {len(feed.ids)} papers, OAI-PMH {len(oai.ids)}; the listing, which counts them, was not seen"
    else:
        name, seen = ("the feed", feed) if feed.seen_at else ("OAI-PMH", oai)
        reason = (
            f"only {name} has shown it so far ({len(seen.ids)} papers); the listing, which counts them, was not seen"
        )
    return Verdict(judgement=Judgement.PARTIAL, reason=reason, missing_count=None)


def _unseen(state: ListState, *, now: datetime, deadline: datetime) -> Verdict:
    if not state.is_answered:
        is_asked = any(sighting.tries for sighting in state.sightings.values())
        silence = "no source has answered yet" if is_asked else "no source has been asked yet"
        reason = f"no source answers: {state.refusal}" if state.refusal else silence
        judgement = Judgement.ERROR if state.refusal else Judgement.LATE
        return Verdict(judgement=judgement, reason=reason, missing_count=None)
    if now < deadline:
        return Verdict(
            judgement=Judgement.LATE,
            reason=f"arXiv does not show it yet; we ask until {eastern(deadline):%H:%M} Eastern",
            missing_count=None,
        )
    confirmed = state.sighting(Source.RECENT).answered_at is not None
    holiday = "; arXiv names a holiday" if is_holiday_hint(state.listed_on) else ""
    how = "the listing of recent days leaves it out" if confirmed else "no new batch came by the deadline"
    return Verdict(judgement=Judgement.NONE, reason=how + holiday)
