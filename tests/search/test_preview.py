"""A preview says what a keyword would have brought in the last editions."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from newsletter.db.engine import transaction
from newsletter.errors import QuerySyntaxError
from newsletter.papers.paper import AnnouncementKind, Paper
from newsletter.papers.store import store_announcement
from newsletter.search.found import PreviewWarning, QueryPreview
from newsletter.search.preview import Previews
from newsletter.subscribers.subscriber import Preferences
from newsletter.translation.memory import remember
from tests.conftest import NOON
from tests.factories import FRIDAY, Hand, announce
from tests.search.filling import paper, sweep

THURSDAY = date(2026, 3, 19)
NEW, CROSS, REPLACE = AnnouncementKind


def store(engine: Engine, day: date, *papers: tuple[Paper, AnnouncementKind], category: str = "cs") -> None:
    with transaction(engine) as session:
        store_announcement(session, announce(papers, category=category, listed_on=day), collected_at=NOON)
    sweep(engine)


def ask(engine: Engine, text: str, preferences: Preferences | None = None, *categories: str) -> QueryPreview:
    return Previews(engine, categories or ("cs",), now=Hand()).preview(text, preferences or Preferences())


def robot(number: int) -> Paper:
    return paper(number, f"Robot {number}")


def test_papers_are_counted_by_day_and_kind(database: Engine) -> None:
    store(database, THURSDAY, (robot(1), NEW), (robot(2), CROSS), (robot(3), REPLACE), (paper(4, "Gait"), NEW))
    store(database, FRIDAY, (robot(5), NEW))
    found = ask(database, "robots")
    assert found.query == "robot"
    assert [(day.edition_on, day.new, day.cross, day.replaced) for day in found.days] == [
        (THURSDAY, 1, 1, 1),
        (FRIDAY, 1, 0, 0),
    ]
    assert (found.total, found.mean) == (3, 1.5)
    assert [one.paper.title for one in found.newest] == ["Robot 5", "Robot 1", "Robot 2"]
    assert [one.listed_on for one in found.newest] == [FRIDAY, THURSDAY, THURSDAY]
    assert found.warning is None


def test_a_reader_chooses_the_kinds_that_count(database: Engine) -> None:
    store(database, FRIDAY, (robot(1), NEW), (robot(2), CROSS), (robot(3), REPLACE))
    fewer = ask(database, "robot", Preferences(wants_cross_lists=False))
    more = ask(database, "robot", Preferences(wants_replacements=True))
    assert (fewer.total, more.total) == (1, 3)
    assert len(fewer.newest) == 1
    assert fewer.days == more.days


def test_a_paper_in_two_lists_of_a_day_counts_once_under_its_strongest_kind(database: Engine) -> None:
    store(database, FRIDAY, (robot(1), CROSS))
    store(database, FRIDAY, (robot(1), NEW), category="math")
    [day] = ask(database, "robot", None, "cs", "math").days
    assert (day.new, day.cross) == (1, 0)


def test_only_the_lists_of_the_installation_count(database: Engine) -> None:
    store(database, FRIDAY, (robot(1), NEW), category="math")
    found = ask(database, "robot")
    assert (found.days, found.mean, found.warning) == ((), 0.0, None)


def test_only_the_last_thirty_editions_count_and_the_newest_five_are_shown(database: Engine) -> None:
    for number in range(33):
        store(database, FRIDAY - timedelta(days=number), (robot(number), NEW))
    found = ask(database, "robot")
    assert len(found.days) == found.total == 30
    assert found.days[-1].edition_on == FRIDAY
    assert [one.paper.title for one in found.newest] == [f"Robot {number}" for number in range(5)]


@pytest.mark.parametrize(("count", "warning"), [(0, PreviewWarning.NOTHING), (50, None), (51, PreviewWarning.TOO_MANY)])
def test_a_keyword_that_brings_nothing_or_too_much_is_warned_of(
    engine: Engine, count: int, warning: PreviewWarning | None
) -> None:
    store(engine, FRIDAY, (paper(999, "Gait"), NEW), *((robot(number), NEW) for number in range(count)))
    assert ask(engine, "robot").warning is warning


def test_what_only_the_matcher_can_tell_is_counted_too(database: Engine) -> None:
    long = paper(1, "Robots learn to walk on the moon and back")
    store(database, FRIDAY, (long, NEW), (paper(2, "Robots learn to walk on the street"), NEW))
    assert ask(database, "robots learn to walk on the moon").total == 1


def test_a_chinese_phrase_says_how_many_papers_are_translated(database: Engine) -> None:
    store(database, FRIDAY, (robot(1), NEW), (robot(2), NEW))
    with transaction(database) as session:
        remember(session, {"Robot 1": "机器人"}, source="en", target="zh", engine="test", translated_at=NOON)
    sweep(database)
    found = ask(database, "机器人")
    assert found.needs_translation
    assert (found.total, found.paper_count, found.translated_count) == (1, 2, 1)
    assert not ask(database, "robot").needs_translation


def test_a_new_list_is_seen_at_once(database: Engine) -> None:
    previews = Previews(database, ("cs",), now=Hand())
    store(database, THURSDAY, (robot(1), NEW))
    assert previews.preview("robot", Preferences()).total == 1
    store(database, FRIDAY, (robot(2), NEW))
    assert previews.preview("robot", Preferences()).total == 2


def test_what_cannot_be_read_says_where_and_what_may_be_meant(engine: Engine) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        ask(engine, "llm, rag")
    assert caught.value.suggestion == "llm OR rag"
