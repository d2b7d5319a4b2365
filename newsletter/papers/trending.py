"""Collect a day's trending papers: Hugging Face's list and numbers, arXiv's own record of each paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import requests
import structlog
from sqlalchemy import Engine

from newsletter.clock import Clock
from newsletter.db.engine import reading, transaction
from newsletter.errors import SourceError
from newsletter.papers.paper import ArxivId, Paper
from newsletter.papers.sources.api import fetch_papers
from newsletter.papers.sources.huggingface import TrendingDay, fetch_trending
from newsletter.papers.store import get_papers, store_papers
from newsletter.papers.trending_day import edition_at, is_trending_due, trending_on
from newsletter.papers.trending_store import claim_asking, find_last_asked, mark_answered, mark_seen, store_trending
from newsletter.settings import Settings

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendingReport:
    """What was collected of a day's list.

    `filled` papers were fetched from arXiv; of `unfilled` ones only Hugging Face's description is known, because of
    `problem`, if there was one.
    """

    day: date
    papers: int
    filled: int = 0
    unfilled: int = 0
    problem: SourceError | None = None


def collect_trending(
    database: Engine, session: requests.Session, settings: Settings, day: date, *, now: Clock
) -> TrendingReport:
    """Fetch and store the list of a day, in place of what was known of it.

    Papers that we do not know come from arXiv's API, a hundred a request; when it fails or does not know one, Hugging
    Face's title, authors and abstract stand in. Raises SourceError when Hugging Face gives no list.
    """
    with transaction(database) as work:
        claim_asking(work, day, after=find_last_asked(work, day), at=now())
    return _collect(database, session, settings, day, now)


def try_trending(
    database: Engine, session: requests.Session, settings: Settings, *, now: Clock
) -> TrendingReport | None:
    """Collect the list for today's edition if it is due and nobody else does; raises SourceError."""
    edition_on = edition_at(now())
    if edition_on is None:
        return None
    day = trending_on(edition_on)
    with transaction(database) as work:
        last = find_last_asked(work, day)
        if not is_trending_due(now(), edition_on=edition_on, last=last):
            return None
        if not claim_asking(work, day, after=last, at=now()):
            return None
    return _collect(database, session, settings, day, now)


def _collect(database: Engine, session: requests.Session, settings: Settings, day: date, now: Clock) -> TrendingReport:
    found = fetch_trending(session, settings.huggingface_url, day)
    if not found.papers:
        with transaction(database) as work:
            mark_answered(work, day, at=now())
        return TrendingReport(day=day, papers=0)
    missing = _list_unknown(database, [item.arxiv_id for item in found.papers])
    fetched, problem = _fetch(session, settings, missing)
    _store(database, found, fetched, now)
    return TrendingReport(
        day=day,
        papers=len(found.papers),
        filled=len(fetched),
        unfilled=len(missing) - len(fetched),
        problem=problem,
    )


def _list_unknown(database: Engine, ids: Sequence[ArxivId]) -> list[ArxivId]:
    """Return the papers of which we have no record by arXiv: its own always names a category."""
    with reading(database) as work:
        known = get_papers(work, ids)
    return [arxiv_id for arxiv_id in ids if arxiv_id not in known or not known[arxiv_id].categories]


def _fetch(
    session: requests.Session, settings: Settings, ids: Sequence[ArxivId]
) -> tuple[list[Paper], SourceError | None]:
    if not ids:
        return [], None
    try:
        return fetch_papers(session, settings.arxiv_api_url, ids), None
    except SourceError as error:
        _log.warning("trending_papers_not_filled", count=len(ids), reason=str(error))
        return [], error


def _store(database: Engine, found: TrendingDay, fetched: Sequence[Paper], now: Clock) -> None:
    stand_ins = [item.paper for item in found.papers]
    at = now()
    with transaction(database) as work:
        store_papers(work, [*fetched, *stand_ins], stored_at=at)
        store_trending(work, found.day, found.papers, collected_at=at)
        mark_seen(work, found.day, [item.arxiv_id for item in found.papers], at=at)
