"""Each question about a day's list is asked by one process only."""

from datetime import UTC, date, datetime

from sqlalchemy import Engine

from newsletter.db.engine import transaction
from newsletter.papers.trending_store import claim_asking, find_last_asked

THURSDAY = date(2026, 3, 19)
MORNING = datetime(2026, 3, 20, 0, 5, tzinfo=UTC)


def test_of_two_who_see_that_it_is_due_only_one_asks(engine: Engine) -> None:
    with transaction(engine) as session:
        assert claim_asking(session, THURSDAY, after=None, at=MORNING)
        assert not claim_asking(session, THURSDAY, after=None, at=MORNING)
        last = find_last_asked(session, THURSDAY)
        assert claim_asking(session, THURSDAY, after=last, at=MORNING)
        assert not claim_asking(session, THURSDAY, after=last, at=MORNING)
