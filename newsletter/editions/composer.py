"""The digests of one edition, composed page by page: papers chosen, and written as they are stored."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from newsletter.db.engine import reading
from newsletter.deliveries.states import SkipReason
from newsletter.digests.freeze import Freezer
from newsletter.digests.store import NewDigest
from newsletter.editions.audience import Demands, Page, pages_of
from newsletter.editions.day import Day, DayMatcher, TextProgress, match_day, translate_papers
from newsletter.editions.desk import Desk
from newsletter.editions.plan import Plan, Planner
from newsletter.editions.store import get_edition
from newsletter.editions.unread import with_unread
from newsletter.papers.trending_store import find_facts
from newsletter.translation.translate import TranslationReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedDigest:
    """One reader's digest before it is stored: its row, and why it is skipped, None when it is not."""

    row: NewDigest
    reason: SkipReason | None


class Composer:
    """Composes the digests of one edition: of all readers, or of those with `subscriber_ids` alone."""

    def __init__(
        self,
        desk: Desk,
        day: Day,
        demands: Demands,
        *,
        as_of: datetime,
        missing_count: int | None,
        is_anew: bool = False,
        is_preview: bool = False,
        subscriber_ids: Sequence[int] | None = None,
        match: DayMatcher = match_day,
    ) -> None:
        with reading(desk.database) as session:
            self.opened_at = get_edition(session, day.edition_on).opened_at
            self.day, unread = with_unread(
                session,
                day,
                desk.categories,
                is_anew=is_anew,
                is_preview=is_preview,
                subscriber_ids=subscriber_ids,
            )
            own = [item.paper.arxiv_id for item in self.day.announced]
            facts = {} if day.is_sample else find_facts(session, own)
        self.occasion = day.occasion
        self._desk = desk
        self._as_of = as_of
        self._missing_count = missing_count
        self._planner = Planner(desk, self.day, unread, demands, match)
        self._freezer = Freezer(self.day.kinds, late=self.day.late, changes=self.day.changes, facts=facts)

    def translate(self, demands: Demands, on_progress: TextProgress | None) -> TranslationReport:
        """Translate what some reader will see translated, each paper once."""
        return translate_papers(self._desk, self._planner.list_translated(demands), on_progress)

    def plan(self, page: Page) -> list[Plan]:
        """Choose the papers of some readers."""
        return self._planner.plan(page)

    def row(self, plan: Plan) -> NewDigest:
        """Return a reader's digest as it is stored."""
        preferences, day = plan.reader.preferences, self.day
        return NewDigest(
            subscriber_id=plan.reader.id,
            occasion=self.occasion,
            edition_on=day.edition_on,
            is_sample=day.is_sample,
            paper_count=sum(len(section.entries) for section in plan.sections),
            sections=self._freezer.freeze(plan.sections, plan.trending),
            languages=preferences.languages,
            density=preferences.density,
            timezone=preferences.timezone,
            missing_count=self._missing_count,
            since_on=plan.since_on,
            composed_at=self._as_of,
        )

    def compose(self, subscriber_ids: Collection[int]) -> Iterator[ComposedDigest]:
        """Yield the digests of these readers, those that are not erased."""
        for page in pages_of(self._desk.database, subscriber_ids):
            for plan in self.plan(page):
                yield ComposedDigest(row=self.row(plan), reason=plan.reason)
