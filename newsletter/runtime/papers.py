"""Work on papers: collect what was announced and what trends, fetch the past, try a query."""

from collections.abc import Callable, Sequence
from datetime import date

from newsletter.db.engine import reading
from newsletter.editions import collect, trending
from newsletter.editions import store as editions
from newsletter.editions.store import Edition
from newsletter.editions.trending import TrendingComposition
from newsletter.editions.trial import Trial, try_query
from newsletter.papers.backfill import BackfillPlan, BackfillReport, backfill_ids, backfill_range, plan_backfill
from newsletter.papers.collect import CollectReport
from newsletter.papers.ledger_store import count_missing
from newsletter.papers.paper import parse_arxiv_id
from newsletter.papers.trending import TrendingReport, try_trending
from newsletter.papers.trending_day import edition_at
from newsletter.runtime.parts import Parts


class PaperWork(Parts):
    """What an installation can do with papers."""

    def collect(self) -> CollectReport:
        """Collect the newest announcement and open its edition; raises SourceError when no source answers."""
        return collect.collect_edition(self.desk, self.collector)

    def try_collection(self) -> CollectReport | None:
        """Collect if it is due and nobody else does."""
        return collect.try_collection(self.desk, self.collector)

    def collect_trending(self, edition_on: date) -> TrendingReport | None:
        """Ask Hugging Face for the list that an edition shows, if a reader wants it and it is not there; raises SourceError."""
        if self.edition(edition_on).is_sample:
            return None
        return trending.collect_for_edition(self.desk, self.http, self.settings, edition_on)

    def follow_trending(self) -> TrendingComposition | None:
        """Collect today's trending papers if they are due and nobody else does, and compose the mails of their own.

        Returns None at weekends; raises SourceError.
        """
        edition_on = edition_at(self.clock())
        if edition_on is None:
            return None
        try_trending(self.database, self.http, self.settings, now=self.clock)
        return trending.compose_trending(self.desk, edition_on, message_id=self.message_id)

    def open_sample(self) -> date:
        """Open the bundled sample edition and return its date."""
        return collect.open_sample(self.desk)

    def plan_backfill(self, first: date, last: date) -> BackfillPlan:
        """Return what a backfill would ask; raises InputError for a range or a category that arXiv cannot have."""
        return plan_backfill(self.database, self.settings, first, last, now=self.clock)

    def backfill_days(self, first: date, last: date, tell: Callable[[str], None] | None = None) -> BackfillReport:
        """Fetch past days through the API; no mail is sent for them."""
        report = backfill_range(self.database, self.http, self.settings, first, last, now=self.clock, on_progress=tell)
        collect.open_editions(self.desk, (*report.filled, *report.kept))
        return report

    def backfill_ids(self, ids: Sequence[str], tell: Callable[[str], None] | None = None) -> BackfillReport:
        """Fetch single papers through the API; raises InputError for what is no identifier."""
        wanted = [parse_arxiv_id(text)[0] for text in ids]
        return backfill_ids(self.database, self.http, self.settings, wanted, now=self.clock, on_progress=tell)

    def count_missing(self, edition_on: date) -> int | None:
        """Return how many papers of a day are known to be missing; None when its lists are not known whole."""
        with reading(self.database) as session:
            return count_missing(session, self.settings.categories, edition_on)

    def newest_edition(self) -> date | None:
        """Return the date of the newest edition, or None."""
        with reading(self.database) as session:
            found = editions.find_newest(session)
            return None if found is None else found.edition_on

    def edition(self, edition_on: date) -> Edition:
        """Return an edition; raises NotFoundError."""
        with reading(self.database) as session:
            return editions.get_edition(session, edition_on)

    def match(self, text: str, *, day: date | None, days: int) -> Trial:
        """Try a query against one stored day, or against the newest ones."""
        return try_query(self.desk, text, day=day, days=days)
