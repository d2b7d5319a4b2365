import pytest
from hypothesis import assume, given

from newsletter.errors import QuerySyntaxError
from newsletter.queries.language import LONGEST_QUERY, Query, format_query, parse_query
from newsletter.queries.query import (
    Category,
    Field,
    Phrase,
    conjunction,
    disjunction,
    negation,
    only_excludes,
)
from newsletter.queries.words import has_han
from tests.queries.strategies import askable_queries, typed_texts

POLICY = Phrase(text="diffusion policy")
ROBOT = Phrase(text="robot")
SURVEY = Phrase(text="survey")
DRONE = Phrase(text="drone")


def failure(text: str) -> QuerySyntaxError:
    with pytest.raises(QuerySyntaxError) as caught:
        parse_query(text)
    assert caught.value.text == text
    assert has_han(caught.value.words.zh)
    return caught.value


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("diffusion policy", POLICY),
        ("  Diffusion   Policies ", POLICY),
        ('"Diffusion Policy"', Phrase(text="diffusion policy", is_exact=True)),
        ("ti:diffusion policy", Phrase(text="diffusion policy", field=Field.TITLE)),
        ("TI: diffusion policy", Phrase(text="diffusion policy", field=Field.TITLE)),
        ("robot AND drone", conjunction([ROBOT, DRONE])),
        ("robot OR drone", disjunction([ROBOT, DRONE])),
        ("robot ANDNOT survey", conjunction([ROBOT, negation(SURVEY)])),
        ("robot AND NOT survey", conjunction([ROBOT, negation(SURVEY)])),
        ("robot NOT survey", conjunction([ROBOT, negation(SURVEY)])),
        ("robot -survey", conjunction([ROBOT, negation(SURVEY)])),
        ("-survey AND robot", conjunction([ROBOT, negation(SURVEY)])),
        ("robot (survey)", conjunction([ROBOT, SURVEY])),
        ("robot cat:cs.RO", conjunction([ROBOT, Category(name="cs.RO")])),
        ("cat:cs.RO robot", conjunction([Category(name="cs.RO"), ROBOT])),
        ("robot and drone", Phrase(text="robot and drone")),
        ("NOT NOT robot", ROBOT),
        ("transform*", Phrase(text="transform", is_prefix=True)),
    ],
)
def test_readers_are_understood(typed: str, query: Query) -> None:
    assert parse_query(typed) == query


def test_a_minus_excludes_the_whole_phrase_behind_it() -> None:
    assert parse_query("robot -literature survey") == conjunction([ROBOT, negation(Phrase(text="literature survey"))])


def test_not_binds_closer_than_and_and_this_closer_than_or() -> None:
    assert parse_query("robot OR drone AND NOT survey") == disjunction([ROBOT, conjunction([DRONE, negation(SURVEY)])])
    assert parse_query("(robot OR drone) AND NOT survey") == conjunction(
        [disjunction([ROBOT, DRONE]), negation(SURVEY)]
    )


def test_a_prefix_before_brackets_holds_for_all_that_is_in_them() -> None:
    assert parse_query("ti:(robot OR abs:drone -survey)") == disjunction(
        [
            Phrase(text="robot", field=Field.TITLE),
            conjunction(
                [Phrase(text="drone", field=Field.ABSTRACT), negation(Phrase(text="survey", field=Field.TITLE))]
            ),
        ]
    )
    assert parse_query("cat:(cs.LG OR cs.RO)") == disjunction([Category(name="cs.LG"), Category(name="cs.RO")])


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("ｒｏｂｏｔ　ＡＮＤ　ｄｒｏｎｅ", "robot AND drone"),
        ("（robot OR drone）AND ti：“diffusion policy”", '(robot OR drone) AND ti:"diffusion policy"'),
        ("robot －survey", "robot ANDNOT survey"),
        ("robot –survey", "robot ANDNOT survey"),
        ("「diffusion policy」", '"diffusion policy"'),
        ("pre‑training", "pre training"),
        ("cat:ＣＳ．lg", "cat:cs.LG"),
    ],
)
def test_full_width_signs_are_the_plain_ones(typed: str, plain: str) -> None:
    assert format_query(parse_query(typed)) == plain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Large Language Models", "large-language model"),
        ("self-supervised", "self supervised"),
        ("diffusion policy", "DIFFUSION POLICIES"),
        ("cat:cs.*", "cat:CS"),
        ("robot AND (drone AND survey)", "(robot AND drone) AND survey"),
        ("robot ANDNOT survey", "robot AND -survey"),
        ("robot OR robot", "robots"),
        ("au:Hinton_G", 'au:"G. Hinton"'),
        ("au:Hinton, Geoffrey", "au:geoffrey hinton"),
        ('"强化学习"', "强化 学习"),
        ("SE(3)", "SE 3"),
    ],
)
def test_what_means_the_same_has_the_same_canonical_text(one: str, other: str) -> None:
    assert format_query(parse_query(one)) == format_query(parse_query(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("diffusion policy", '"diffusion policy"'),
        ("t-J", "t J"),
        ("C++", "C"),
        ("C#", "C"),
        ("A* search", "A search"),
        ("ti:robot", "robot"),
        ("qwen2.5", "qwen2 5"),
        ("R&D", "R D"),
    ],
)
def test_what_differs_in_meaning_differs_in_canonical_text(one: str, other: str) -> None:
    assert format_query(parse_query(one)) != format_query(parse_query(other))


@pytest.mark.parametrize(
    ("typed", "position", "suggestion"),
    [
        ("(robot OR drone", 0, "(robot OR drone)"),
        ("robot) AND drone", 5, "robot AND drone"),
        ('robot AND "diffusion policy', 10, 'robot AND "diffusion policy"'),
        ("robot AND", 9, "robot"),
        ("OR robot", 0, "robot"),
        ("robot AND OR drone", 10, "robot OR drone"),
        ("robot ()", 6, "robot"),
        ("robot AND ti:", 13, "robot"),
        ("ti: AND robot", 4, "robot"),
        ("abstract:robot", 0, "abs:robot"),
        ("robot authors:hinton", 6, "robot au:hinton"),
        ("titel:robot", 0, "ti:robot"),
        ("Attention: all you need", 0, '"Attention: all you need"'),
        ("ti:abs:robot", 3, "abs:robot"),
        ("cat:cs.LGG", 4, "cat:cs.LG"),
        ("cat:cs.LG, cs.RO", 9, "cat:cs.LG OR cat:cs.RO"),
        ("cs.RO", 0, "cat:cs.RO"),
        ("NOT survey", 0, "cat:cs ANDNOT survey"),
        ("robot OR NOT survey", 9, "robot ANDNOT survey"),
        ("*former", 0, "former"),
        ("trans*former", 5, "transformer"),
        ("trans* model", 5, "trans model"),
        ("self-*", 5, "self-"),
        ('"diffusion polic*"', 16, "diffusion polic*"),
        ("LLM, RAG, agents", 3, "LLM OR RAG OR agents"),
        ("ti:LLM；RAG", 6, "ti:LLM OR ti:RAG"),
        ("强化学习、机器人", 4, "强化学习 OR 机器人"),
        ("robot | drone", 6, "robot OR drone"),
        ("robot && drone", 6, "robot AND drone"),
        ('"robot" and "drone"', 8, '"robot" AND "drone"'),
        ("ti:robot or abs:drone", 9, "ti:robot OR abs:drone"),
        ("robot not -drone", 6, None),
        ("robot OR ?!", 9, "robot"),
        ('robot ""', 6, "robot"),
    ],
)
def test_a_mistake_is_shown_where_it_is_with_a_query_that_works(
    typed: str, position: int, suggestion: str | None
) -> None:
    error = failure(typed)

    assert error.position == position
    if suggestion is not None:
        assert error.suggestion == suggestion


def test_several_mistakes_are_mended_together() -> None:
    assert failure('((robot OR titel:"drone').suggestion == '((robot OR ti:"drone"))'


@pytest.mark.parametrize("typed", ["", "   ", "\u3000", "-", "AND", "ti:", "…", "()"])
def test_nothing_to_look_for_is_said_to_be_nothing(typed: str) -> None:
    assert failure(typed).suggestion is None


def test_an_over_long_query_is_cut_at_a_word() -> None:
    longest = ("robot " * LONGEST_QUERY)[:LONGEST_QUERY].strip()
    assert parse_query(longest)

    error = failure("robot " * LONGEST_QUERY)

    assert error.position == LONGEST_QUERY
    assert error.suggestion is not None
    assert LONGEST_QUERY - len("robot ") <= len(error.suggestion) <= LONGEST_QUERY


def test_brackets_cannot_be_nested_until_the_program_falls_over() -> None:
    error = failure("(" * 200 + "robot" + ")" * 200)

    assert "brackets" in str(error)
    assert error.suggestion == "robot"


def test_a_mistake_after_full_width_signs_is_still_where_it_was_typed() -> None:
    assert failure("ﬃ…robot AND").position == len("ﬃ…robot AND")
    assert failure("“robot” ａｎｄ “drone”").position == 8


@given(askable_queries())
def test_a_query_that_is_written_down_is_read_back_as_itself(query: Query) -> None:
    written = format_query(query)

    if len(written) <= LONGEST_QUERY:
        assert parse_query(written) == query


def attempt(typed: str) -> Query | QuerySyntaxError:
    try:
        return parse_query(typed)
    except QuerySyntaxError as error:
        return error


@given(typed_texts)
def test_whatever_is_typed_is_understood_or_refused_with_a_query_that_works(typed: str) -> None:
    outcome = attempt(typed)

    if isinstance(outcome, QuerySyntaxError):
        assert 0 <= outcome.position <= len(typed)
        assert str(outcome)
        assert outcome.suggestion is None or parse_query(outcome.suggestion)
    else:
        assert not only_excludes(outcome)


@given(typed_texts)
def test_the_canonical_text_of_whatever_is_typed_means_the_same(typed: str) -> None:
    outcome = attempt(typed)
    assume(not isinstance(outcome, QuerySyntaxError))
    assert not isinstance(outcome, QuerySyntaxError)

    written = format_query(outcome)

    assert parse_query(written) == outcome
    assert format_query(parse_query(written)) == written
