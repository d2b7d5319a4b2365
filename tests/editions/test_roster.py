"""Readers as a CSV file: read with what is wrong in each line, written so that no spreadsheet runs what a reader typed."""

import csv
import io
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.editions.roster import COLUMNS, MOST_LINES, guard, read_roster, unguard, write_roster
from newsletter.editions.sign_up import parse_keywords
from newsletter.errors import InputError
from newsletter.subscribers.subscriber import (
    Density,
    Languages,
    Order,
    Preferences,
    Trending,
)
from tests.factories import make_subscriber

ANN = make_subscriber(name="Ann Lee", subscriptions=parse_keywords(["robot", '"diffusion policy" NOT survey']))
RICH = Preferences(
    languages=Languages("zh"),
    density=Density.COMPACT,
    order=Order.RELEVANCE,
    timezone="Asia/Shanghai",
    hour=8,
    weekdays=("mon", "wed"),
    paused_until=date(2026, 4, 1),
    categories=("cs.LG", "stat.ML"),
    wants_empty_mail=True,
    wants_cross_lists=False,
    wants_replacements=True,
    trending=Trending.TOP,
    trending_count=10,
    is_trending_apart=True,
)


def problem(*lines: str) -> str:
    (found,) = read_roster("\n".join(lines).encode())
    assert found.problem is not None
    assert found.problem.zh
    return found.problem.en


@pytest.mark.parametrize("preferences", [Preferences(), RICH, replace(RICH, weekdays=("fri",), weekly_on="fri")])
def test_what_is_written_is_read_back(preferences: Preferences) -> None:
    reader = replace(ANN, preferences=preferences)
    (line,) = read_roster(write_roster([reader]).encode("utf-8-sig"))
    assert (line.email, line.name, line.subscriptions, line.preferences, line.problem) == (
        reader.email,
        reader.name,
        reader.subscriptions,
        preferences,
        None,
    )


def test_paused_keywords_stay_paused() -> None:
    first, second = ANN.subscriptions
    reader = replace(ANN, subscriptions=(first, replace(second, is_paused=True)))
    (line,) = read_roster(write_roster([reader]).encode())
    assert line.subscriptions == reader.subscriptions


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'quoted", "＝1+1"])
def test_no_cell_of_an_export_is_a_formula(text: str) -> None:
    written = write_roster([replace(ANN, name=text)])
    row = next(iter(csv.DictReader(io.StringIO(written))))
    assert row["name"] == f"'{text}"


@given(st.text())
def test_guarding_a_cell_loses_nothing(text: str) -> None:
    assert unguard(guard(text)) == text
    assert guard(text)[:1] not in tuple("=+-@\t\r")


def test_columns_may_stand_in_any_order_and_values_with_semicolons() -> None:
    (line,) = read_roster(b"Keywords,EMAIL,hour\n robot ; au:LeCun ;;,Bo@Example.ORG,\n")
    assert [item.keyword for item in line.subscriptions] == ["robot", "au:LeCun"]
    assert (line.email, line.preferences, line.number) == ("Bo@example.org", Preferences(), 2)


def test_what_an_export_tells_of_consent_is_passed_over() -> None:
    (line,) = read_roster(b"email,keywords,consent,id\nann@example.org,robot,confirmed,7\n")
    assert line.problem is None


@pytest.mark.parametrize(
    ("head", "cells", "said"),
    [
        ("email,keywords", "nobody,robot", "email: 'nobody' is not an e-mail address"),
        ("email,keywords", "ann@example.org,", "keywords is empty"),
        ("email,keywords", "ann@example.org,(robot", "keywords: "),
        ("email,keywords,hour", "ann@example.org,robot,25", "hour: The hour 25"),
        ("email,keywords,timezone", "ann@example.org,robot,Mars", "timezone: 'Mars'"),
        ("email,keywords,density", "ann@example.org,robot,loud", "density: "),
        ("email,keywords,empty_mail", "ann@example.org,robot,maybe", "empty_mail: 'maybe' is neither yes nor no."),
        ("email,keywords", "ann@example.org,robot,extra", "it has more or fewer cells"),
        ("email,keywords,hour", "ann@example.org,robot", "it has more or fewer cells"),
    ],
)
def test_a_line_says_what_is_wrong_with_it(head: str, cells: str, said: str) -> None:
    assert problem(head, cells).startswith(said)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no column email and no column keywords"),
        (b"email,keywords\n", "no readers"),
        (b"email\nann@example.org\n", "no column keywords"),
        (b"email,keywords,shoe\n", "'shoe'"),
        (b"email,keywords,email\n", "twice"),
        ("email,keywords\nann@example.org,机器人\n".encode("gb18030"), "not UTF-8"),
        (b'email,keywords\n"ann@example.org"x,robot\n', "cannot be read as CSV"),
        (b"email,keywords\n" + b"ann@example.org,robot\n" * (MOST_LINES + 1), "at most 20,000"),
    ],
)
def test_a_file_that_is_no_table_of_ours_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_roster(content)


@given(st.binary(max_size=300))
def test_no_file_breaks_the_reading(content: bytes) -> None:
    for prefix in (b"", b"email,keywords\n", ",".join(COLUMNS).encode() + b"\n"):
        try:
            read_roster(prefix + content)
        except InputError:
            continue
