"""What is being typed is completed from the stored papers."""

import pytest
from sqlalchemy import Engine

from newsletter.db.engine import reading
from newsletter.queries.language import parse_query
from newsletter.search.found import Suggestion, SuggestionKind
from newsletter.search.suggest import suggest
from tests.factories import FRIDAY
from tests.search.filling import fill_days, paper

PAPERS = [
    *(paper(number, f"Diffusion policies {number}", "We train a diffusion policy.") for number in range(4)),
    *(paper(number, "Policy gradients", "The policy gradient is steep (PG).") for number in range(4, 9)),
    *(paper(number, "On diffusion models", "Here.") for number in range(9, 12)),
]


@pytest.fixture
def filled(database: Engine) -> Engine:
    fill_days(database, {FRIDAY: PAPERS})
    return database


def ask(engine: Engine, text: str, limit: int = 8) -> list[Suggestion]:
    with reading(engine) as session:
        return suggest(session, text, limit=limit)


def texts(engine: Engine, text: str) -> list[str]:
    return [one.text for one in ask(engine, text)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("diff", ["diffusion policy", "diffusion model"]),
        ("diffusion p", ["diffusion policy"]),
        ("policy", ["policy gradient", "diffusion policy"]),
        ("cat:cs.LG AND ti:diffusion m", ["cat:cs.LG AND ti:diffusion model"]),
        ("(robot OR diffusion pol", ["(robot OR diffusion policy"]),
        ("robot -policy g", ["robot -policy gradient"]),
    ],
)
def test_phrases_of_the_corpus_complete_or_surround_what_is_typed(
    filled: Engine, typed: str, expected: list[str]
) -> None:
    assert texts(filled, typed)[: len(expected)] == expected


def test_a_phrase_says_how_many_papers_have_it(filled: Engine) -> None:
    [found] = ask(filled, "diffusion p")
    assert (found.kind, found.label, found.paper_count) == (SuggestionKind.PHRASE, "diffusion policy", 4)


def test_a_bracket_ends_a_phrase(filled: Engine) -> None:
    assert not any("pg" in text for text in texts(filled, "policy gradient"))


def test_authors_are_found_by_any_of_their_names(filled: Engine) -> None:
    assert texts(filled, "au:ch") == ['au:"Bo Chen"']
    assert texts(filled, "au:b ch") == ['au:"Bo Chen"']
    assert ask(filled, "au:lee")[0] == Suggestion(
        kind=SuggestionKind.AUTHOR, text='au:"Ann Lee"', label="Ann Lee", paper_count=len(PAPERS)
    )
    assert texts(filled, "au:hinton") == []


def test_categories_are_found_by_code_and_by_name(engine: Engine) -> None:
    assert texts(engine, "cat:cs.r") == ["cat:cs.RO"]
    assert texts(engine, "cat:robot") == ["cat:cs.RO"]
    assert ask(engine, "cat:cs.lg")[0].label == "cs.LG Machine Learning"
    assert "survey ANDNOT cat:cs.RO" in texts(engine, "survey ANDNOT cat:rob")
    assert len(ask(engine, "cat:", limit=5)) == 5


def test_a_category_is_offered_beside_phrases_when_its_name_is_typed(engine: Engine) -> None:
    assert "cat:cs.RO" in texts(engine, "robotics")


@pytest.mark.parametrize(
    "typed", ["", " ", "d", '"', "AND", "(", "ti:", "au:", "强化", "zzzz", "a" * 600, "foo:bar", "*", "' OR 1=1", "％_"]
)
def test_half_typed_text_is_no_mistake(filled: Engine, typed: str) -> None:
    ask(filled, typed)


@pytest.mark.parametrize("typed", ["diff", "policy", "au:ch", "cat:cs.r", "robot AND diffusion p", "(llm OR diff"])
def test_what_is_suggested_can_be_read(filled: Engine, typed: str) -> None:
    found = texts(filled, typed)
    assert found
    for text in found:
        parse_query(text + ")" * text.count("("))
