"""Trending papers end the digest of whoever wants them: frozen, none twice, and the digest is whole without them."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from newsletter.db.engine import reading, transaction
from newsletter.digests.digest import Digest
from newsletter.digests.load import load_digests, thaw
from newsletter.digests.store import find_row
from newsletter.editions.compose import Composition, compose_edition, preview_digest
from newsletter.editions.desk import Desk
from newsletter.papers.paper import Paper
from newsletter.subscribers.store import set_keywords, set_preferences
from newsletter.subscribers.subscriber import Languages, Preferences, Subscriber, Trending
from tests.chinese import in_chinese
from tests.editions.trends import THURSDAY, trend
from tests.factories import (
    FRIDAY,
    Hand,
    WordForWord,
    accept_mail,
    add_reader,
    announce,
    make_desk,
    make_paper,
    message_id,
    open_day,
)

TOP = Preferences(trending=Trending.TOP, trending_count=3)
MATCHING = Preferences(trending=Trending.MATCHING)
OWN = make_paper(1, "Robots that walk")
TRENDS = [make_paper(10 + place, title) for place, title in enumerate(("Agents", "Robots", "Graphs", "Robots again"))]


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return make_desk(engine)


def compose(desk: Desk, edition_on: date = FRIDAY) -> Composition:
    composition = compose_edition(desk, edition_on, message_id=message_id)
    accept_mail(desk)
    return composition


def publish(desk: Desk, *papers: Paper, on: date = FRIDAY) -> None:
    open_day(desk, announce(papers, listed_on=on))


def sections(desk: Desk, reader: Subscriber, on: date = FRIDAY) -> list[dict[str, Any]]:
    with reading(desk.database) as session:
        row = find_row(session, reader.id, on)
    assert row is not None
    return row.sections


def shown(desk: Desk, reader: Subscriber, on: date = FRIDAY) -> list[list[str]]:
    return [[entry["id"][-2:] for entry in section["entries"]] for section in sections(desk, reader, on)]


def digest_of(desk: Desk, reader: Subscriber) -> Digest:
    with reading(desk.database) as session:
        row = find_row(session, reader.id, FRIDAY)
        assert row is not None
        return load_digests(session, [thaw(row, 0)], desk.addresses)[0]


def test_the_top_of_the_day_before_ends_the_digest(desk: Desk) -> None:
    publish(desk, OWN)
    trend(desk, TRENDS)
    keen = add_reader(desk, "keen@example.org", "robots", preferences=TOP)
    calm = add_reader(desk, "calm@example.org", "robots")
    compose(desk)
    assert shown(desk, keen) == [["01"], ["10", "11", "12"]]
    assert shown(desk, calm) == [["01"]]
    assert digest_of(desk, keen).sections[1].trending_on == THURSDAY


def test_or_only_what_matches_a_keyword_with_the_keywords_named(desk: Desk) -> None:
    publish(desk, OWN)
    trend(desk, TRENDS)
    reader = add_reader(desk, "ann@example.org", "graphs", "robots", preferences=MATCHING)
    compose(desk)
    assert shown(desk, reader) == [[], ["01"], ["11", "12", "13"]]
    assert [entry.matched for entry in digest_of(desk, reader).sections[2].entries] == [
        ("robots",),
        ("graphs",),
        ("robots",),
    ]


def test_a_paper_that_stands_above_is_not_repeated_but_has_its_facts(desk: Desk) -> None:
    publish(desk, OWN, TRENDS[1])
    trend(desk, TRENDS)
    reader = add_reader(desk, "ann@example.org", "robots", preferences=TOP)
    calm = add_reader(desk, "calm@example.org", "robots")
    compose(desk)
    assert shown(desk, reader) == [["01", "11"], ["10", "12"]]
    assert sections(desk, reader)[1]["left_out"] == 1
    for found in (digest_of(desk, reader), digest_of(desk, calm)):
        plain, noted = (entry.paper.facts for entry in found.sections[0].entries)
        assert plain is None
        assert noted is not None
        assert (noted.upvotes, noted.organisation, noted.stars) == (80, "Walkers' Union", 1200)


def test_what_was_mailed_before_does_not_come_again_as_a_trend(desk: Desk) -> None:
    reader = add_reader(desk, "ann@example.org", "robots", preferences=TOP)
    stranger = add_reader(desk, "bob@example.org", "agents", preferences=TOP)
    publish(desk, TRENDS[1], on=THURSDAY)
    compose(desk, THURSDAY)
    publish(desk, OWN)
    trend(desk, TRENDS)
    compose(desk)
    assert shown(desk, reader) == [["01"], ["10", "12"]]
    assert shown(desk, stranger) == [[], ["10", "11", "12"]]  # that edition had nothing for them


def test_what_was_mailed_as_a_trend_does_not_come_again_on_any_way(desk: Desk) -> None:
    reader = add_reader(desk, "ann@example.org", "robots", preferences=TOP)
    publish(desk, TRENDS[1], on=THURSDAY)  # nobody got it then
    trend(desk, TRENDS)
    publish(desk, OWN)
    compose(desk)
    assert "11" in shown(desk, reader)[1]
    monday = FRIDAY + timedelta(days=3)
    open_day(desk, announce([TRENDS[1], make_paper(2, "More robots")], listed_on=monday, category="cs"))
    trend(desk, TRENDS, on=FRIDAY)
    compose(desk, monday)
    assert shown(desk, reader, monday) == [["02"]]


def test_facts_and_choice_are_frozen(desk: Desk) -> None:
    publish(desk, OWN)
    trend(desk, TRENDS)
    reader = add_reader(desk, "ann@example.org", "robots", preferences=TOP)
    compose(desk)
    before = sections(desk, reader)
    trend(desk, TRENDS[::-1], votes=500)
    with transaction(desk.database) as session:
        set_keywords(session, reader.id, [])
        set_preferences(session, reader.id, Preferences())
    compose(desk)
    assert sections(desk, reader) == before
    assert [
        entry.paper.facts and entry.paper.facts.upvotes for entry in digest_of(desk, reader).sections[1].entries
    ] == [
        90,
        80,
        70,
    ]


def test_without_any_list_the_digest_goes_out_without_a_word(desk: Desk) -> None:
    publish(desk, OWN)
    reader = add_reader(desk, "ann@example.org", "robots", preferences=TOP)
    bored = add_reader(desk, "bob@example.org", "theorems", preferences=TOP)
    assert dict(compose(desk).skipped) == {"empty": 1}
    assert shown(desk, reader) == [["01"]]
    assert shown(desk, bored) == [[]]


def test_where_nothing_else_is_there_the_trend_is_worth_a_mail(desk: Desk) -> None:
    publish(desk, OWN)
    trend(desk, TRENDS)
    add_reader(desk, "ann@example.org", "theorems", preferences=TOP)
    add_reader(desk, "bob@example.org", preferences=TOP)
    add_reader(desk, "cid@example.org", "theorems", preferences=MATCHING)
    add_reader(desk, "dan@example.org", preferences=MATCHING)
    composition = compose(desk)
    assert composition.queued == 2
    assert dict(composition.skipped) == {"empty": 1, "no-keywords": 1}


def test_whoever_wants_them_apart_has_none_in_the_digest(desk: Desk) -> None:
    publish(desk, OWN)
    trend(desk, TRENDS)
    apart = Preferences(trending=Trending.TOP, is_trending_apart=True)
    reader = add_reader(desk, "ann@example.org", "robots", preferences=apart)
    compose(desk)
    assert shown(desk, reader) == [["01"]]


def test_their_texts_are_translated_once_for_those_who_read_chinese(engine: Engine) -> None:
    translator = WordForWord()
    desk = make_desk(engine, translator)
    publish(desk, OWN)
    trend(desk, TRENDS)
    readers = [add_reader(desk, f"r{number}@example.org", "robots", preferences=TOP) for number in range(2)]
    english = Preferences(trending=Trending.TOP, trending_count=50, languages=Languages("en"))
    add_reader(desk, "en@example.org", "robots", preferences=english)
    compose(desk)
    assert sorted(set(translator.asked)) == sorted(translator.asked)
    assert "Graphs" in translator.asked
    assert "Robots again" not in translator.asked  # its only reader reads English
    found = digest_of(desk, readers[0])
    assert found.sections[1].entries[0].paper.title_translated == in_chinese("Agents")
    assert found.notes == ()


def test_chinese_keywords_match_trends_by_their_translation(engine: Engine) -> None:
    desk = make_desk(engine, WordForWord())
    publish(desk, OWN)
    trend(desk, [make_paper(10, "strong agents"), *TRENDS[1:]])
    reader = add_reader(desk, "wang@example.org", in_chinese("strong agents"), preferences=MATCHING)
    compose(desk)
    assert shown(desk, reader) == [[], ["10"]]


def test_a_preview_shows_what_would_be_sent(desk: Desk) -> None:
    publish(desk, OWN, TRENDS[0])
    trend(desk, TRENDS)
    reader = add_reader(desk, "ann@example.org", "robots", preferences=TOP)
    frozen = preview_digest(desk, reader, FRIDAY)
    compose(desk)
    assert frozen.sections == sections(desk, reader)


def test_mondays_edition_shows_fridays_list(engine: Engine) -> None:
    desk = make_desk(engine, now=Hand())
    monday = FRIDAY + timedelta(days=3)
    publish(desk, OWN, on=monday)
    trend(desk, TRENDS, on=FRIDAY)
    reader = add_reader(desk, "ann@example.org", "robots", preferences=TOP)
    compose(desk, monday)
    assert shown(desk, reader, monday) == [["01"], ["10", "11", "12"]]


@pytest.mark.parametrize("readers", [2, 40])
def test_choosing_takes_the_same_number_of_statements_for_many_readers(desk: Desk, readers: int) -> None:
    publish(desk, TRENDS[1], on=THURSDAY)
    publish(desk, OWN)
    trend(desk, TRENDS)
    for number in range(readers):
        add_reader(desk, f"r{number}@example.org", "robots", preferences=TOP)
    statements: list[str] = []
    event.listen(desk.database, "before_cursor_execute", lambda *args: statements.append(args[2]))
    compose(desk)
    about_trends = [
        text
        for text in statements
        if "FROM trending" in text or ("digest.sections" in text and "folded_on" not in text)
    ]
    assert len(about_trends) == 3, about_trends  # the list, facts of the edition's papers, what was mailed before
