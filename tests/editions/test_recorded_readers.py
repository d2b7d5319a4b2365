"""Readers of all tastes on a recorded day, against choosing each one's papers by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice

import pytest
from sqlalchemy import Engine

from bench.filling import read_days
from bench.readers import VARIED, draw_readers, read_keywords
from newsletter.editions.audience import Page, demands_of, list_queries
from newsletter.editions.breadth import is_within
from newsletter.editions.day import Day, match_day
from newsletter.editions.plan import Planner
from newsletter.editions.unread import Unread
from newsletter.papers.paper import AnnouncementKind
from newsletter.queries.matcher import Match
from newsletter.subscribers.subscriber import Order, Preferences, Subscriber
from tests.conftest import SHARED
from tests.factories import make_desk

DATA = SHARED / "data"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the recorded days (../shared/data) are not beside this checkout"
)
PAPERS, KEYWORDS, READERS = 500, 2000, 600
NARROW = (Preferences(categories=("cs.LG", "stat")), Preferences(categories=("cs.RO",), wants_cross_lists=False))

Digest = list[list[tuple[str, tuple[str, ...], float]]]
"""For each keyword its papers, with the keywords that they matched and their scores."""


@cache
def recorded_day() -> Day:
    [(edition_on, announced)] = islice(read_days(DATA, PAPERS), 1)
    shown = tuple(replace(item, position=place) for place, item in enumerate(announced))
    return Day(edition_on=edition_on, is_sample=True, announced=shown)


def is_wanted(arxiv_id: str, day: Day, preferences: Preferences) -> bool:
    [item] = [item for item in day.announced if item.paper.arxiv_id == arxiv_id]
    if item.kind is AnnouncementKind.CROSS and not preferences.wants_cross_lists:
        return False
    if item.kind is AnnouncementKind.REPLACE and not preferences.wants_replacements:
        return False
    categories = item.paper.categories if preferences.wants_cross_lists else item.paper.categories[:1]
    return not preferences.categories or is_within(categories, frozenset(preferences.categories))


def choose_by_hand(reader: Subscriber, day: Day, matches: Mapping[str, Sequence[Match]]) -> Digest:
    digest: Digest = []
    shown: set[str] = set()
    ids = {item.query: {match.arxiv_id for match in matches[item.query]} for item in reader.active}
    for item in reader.active:
        found = [match for match in matches[item.query] if is_wanted(match.arxiv_id, day, reader.preferences)]
        if reader.preferences.order is Order.RELEVANCE:
            found.sort(key=lambda match: match.score, reverse=True)
        section = []
        for match in found:
            if match.arxiv_id not in shown:
                others = [other.keyword for other in reader.active if match.arxiv_id in ids[other.query]]
                keywords = dict.fromkeys([item.keyword, *others])
                section.append((match.arxiv_id, tuple(keywords), match.score))
        shown.update(arxiv_id for arxiv_id, _, _ in section)
        digest.append(section)
    return digest


def test_every_reader_gets_what_choosing_by_hand_brings(engine: Engine) -> None:
    desk, day = make_desk(engine), recorded_day()
    keywords = read_keywords(DATA, KEYWORDS)
    readers = list(islice(draw_readers(READERS, seed=1, keywords=keywords, preferences=(*VARIED, *NARROW)), READERS))
    demands = demands_of(readers)

    plans = Planner(desk, day, Unread(), demands).plan(Page(readers=readers))

    matches = match_day(desk, day, list_queries(demands))
    chosen = [
        [[(entry.arxiv_id, entry.matched, entry.score) for entry in section.entries] for section in plan.sections]
        for plan in plans
    ]
    assert chosen == [choose_by_hand(reader, day, matches) for reader in readers]
    assert sum(len(section) for digest in chosen for section in digest) > READERS
