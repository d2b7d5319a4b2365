"""Work on the search: find papers, papers like one, what a keyword would bring, what may be meant; keep the index."""

from collections.abc import Callable
from functools import cached_property

from newsletter.db.engine import reading
from newsletter.runtime.parts import TASK_SEARCH, Parts
from newsletter.search import keep, search, similar, store, suggest
from newsletter.search.found import FoundPaper, IndexState, QueryPreview, SearchOrder, SearchPage, Suggestion
from newsletter.search.preview import Previews
from newsletter.subscribers.subscriber import Preferences

PAPERS_A_TASK = 3000
"""So many papers are read within the minute between two ticks, with room to spare."""


class SearchWork(Parts):
    """What an installation can do with the index over all its papers."""

    def search(
        self,
        text: str,
        *,
        order: SearchOrder = SearchOrder.RELEVANCE,
        page: int = 1,
        per_page: int = 20,
        with_categories: bool = False,
    ) -> SearchPage:
        """Return a page of the stored papers that a query finds, and of several pages how they spread over the categories.

        Raises QuerySyntaxError, and InputError for a page below 1 or one of no papers or more than a hundred.
        """
        with reading(self.database) as session:
            return search.search(
                session, text, order=order, page=page, per_page=per_page, with_categories=with_categories
            )

    def similar(self, arxiv_id: str, *, limit: int = 5) -> list[FoundPaper]:
        """Return the papers most like one, the likest first; raises NotFoundError."""
        with reading(self.database) as session:
            return similar.find_similar(session, arxiv_id, limit=limit)

    def preview_query(self, text: str, preferences: Preferences | None = None) -> QueryPreview:
        """Return what a keyword would have brought in the last editions; raises QuerySyntaxError."""
        return self.previews.preview(text, preferences or Preferences())

    def suggest(self, text: str, *, limit: int = 8) -> list[Suggestion]:
        """Return what a reader may mean by what they are typing."""
        with reading(self.database) as session:
            return suggest.suggest(session, text, limit=limit)

    def index_state(self) -> IndexState:
        """Return how many papers can be found, and how many wait to be read."""
        with reading(self.database) as session:
            return IndexState(indexed=store.count_read(session), waiting=store.count_waiting(session))

    def is_search_behind(self) -> bool:
        """Tell whether papers wait to be read, and cannot be found before that."""
        with reading(self.database) as session:
            return store.is_waiting(session)

    def sweep_search(self, *, most: int | None = PAPERS_A_TASK, tell: Callable[[int], None] | None = None) -> int:
        """Read papers that were stored, changed or translated, at most so many; return how many were."""
        return keep.sweep(self.database, self.language, now=self.clock, most=most, tell=tell)

    def wake_search(self) -> None:
        """Wake a worker if papers wait to be read."""
        if self.is_search_behind():
            self.wake(TASK_SEARCH)

    def reindex(self, tell: Callable[[int], None] | None = None) -> int:
        """Read every stored paper anew; return how many there are."""
        return keep.rebuild(self.database, self.language, now=self.clock, tell=tell)

    @cached_property
    def previews(self) -> Previews:
        """What answers previews; keeps the last editions in memory."""
        return Previews(self.database, self.settings.categories, now=self.clock)
