"""A day's trending papers for tests, as if they had just been collected."""

from collections.abc import Sequence
from datetime import date

from newsletter.db.engine import transaction
from newsletter.editions.desk import Desk
from newsletter.papers.paper import Paper
from newsletter.papers.sources.huggingface import Trending
from newsletter.papers.store import store_papers
from newsletter.papers.trending_store import claim_asking, find_last_asked, mark_seen, store_trending

THURSDAY = date(2026, 3, 19)


def trend(desk: Desk, papers: Sequence[Paper], *, on: date = THURSDAY, votes: int = 90) -> None:
    """Store the list of a day: the first paper has the most votes, each next one ten fewer."""
    items = [
        Trending(
            paper=paper,
            rank=place,
            upvotes=votes - 10 * place,
            comments=3,
            organisation="Walkers' Union",
            code_url="https://github.com/walkers/gait",
            stars=1200,
        )
        for place, paper in enumerate(papers)
    ]
    with transaction(desk.database) as session:
        claim_asking(session, on, after=find_last_asked(session, on), at=desk.now())
        store_papers(session, papers, stored_at=desk.now())
        store_trending(session, on, items, collected_at=desk.now())
        mark_seen(session, on, [paper.arxiv_id for paper in papers], at=desk.now())
