"""What readers type is read whole, or said to be wrong at its place; nothing they typed is lost."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.queries.language import parse_query
from newsletter.subscribers.subscriber import MAX_TRENDING, WEEKDAYS, Density, Languages, Order, Preferences, Trending
from newsletter.web.forms import (
    ANNOUNCEMENT_DAYS,
    DAILY,
    WEEKLY,
    WHEN_OUT,
    FieldError,
    Fields,
    mend_keywords,
    read_keywords,
    read_preferences,
    read_sign_up,
)
from newsletter.words import NOTHING

START = Preferences(timezone="Asia/Shanghai")
SIGN_UP = {
    "email": [" Ann@Example.org "],
    "keywords": ["agents\r\n"],
    "languages": ["zh+en"],
    "timezone": ["Asia/Tokyo"],
}
days = st.lists(st.sampled_from(ANNOUNCEMENT_DAYS), min_size=1, unique=True)
preferences = st.builds(
    Preferences,
    languages=st.sampled_from(Languages.offered("zh")),
    density=st.sampled_from(Density),
    order=st.sampled_from(Order),
    timezone=st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York"]),
    hour=st.none() | st.integers(0, 23),
    weekdays=days.map(lambda chosen: tuple(day for day in WEEKDAYS if day in chosen)),
    weekly_on=st.none() | st.sampled_from(WEEKDAYS),
    categories=st.lists(st.sampled_from(["cs.LG", "cs.RO", "math", "eess.SY"]), unique=True).map(tuple),
    wants_empty_mail=st.booleans(),
    wants_cross_lists=st.booleans(),
    wants_replacements=st.booleans(),
    trending=st.sampled_from(Trending),
    trending_count=st.integers(1, MAX_TRENDING),
    is_trending_apart=st.booleans(),
)


def as_fields(choices: Preferences) -> Fields:
    """Return what a browser sends for these choices."""
    boxes = ("wants_empty_mail", "wants_cross_lists", "wants_replacements", "is_trending_apart")
    return {
        "languages": [choices.languages],
        "density": [choices.density],
        "order": [choices.order],
        "timezone": [choices.timezone],
        "hour": [WHEN_OUT if choices.hour is None else str(choices.hour)],
        "weekdays": list(choices.weekdays),
        "rhythm": [WEEKLY if choices.weekly_on else DAILY],
        "weekly_on": [choices.weekly_on or "fri"],
        "categories": list(choices.categories),
        "trending": [choices.trending],
        "trending_count": [str(choices.trending_count)],
        **{box: ["yes"] for box in boxes if getattr(choices, box)},
    }


def fields_of(errors: list[FieldError]) -> list[str]:
    return [error.field for error in errors]


@given(preferences)
def test_every_choice_that_can_be_made_is_read_as_it_was_made(choices: Preferences) -> None:
    found, errors = read_preferences(as_fields(choices), start=START)
    # all five days of announcements mean every edition, whatever its date
    every_day = choices.weekdays == ANNOUNCEMENT_DAYS
    assert (found, errors) == (replace(choices, weekdays=WEEKDAYS) if every_day else choices, [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("languages", "klingon"),
        ("density", "huge"),
        ("order", "chaos"),
        ("hour", "24"),
        ("hour", "x" * 5000),
        ("timezone", "Mars/Base"),
        ("trending", "everything"),
        ("categories", "cs.XX"),
        ("trending_count", "0"),
        ("trending_count", "51"),
        ("trending_count", "five"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused_and_the_old_one_stays(name: str, value: str) -> None:
    found, errors = read_preferences({**as_fields(START), name: [value]}, start=START)
    assert fields_of(errors) == [name]
    assert getattr(found, name) == getattr(START, name)


def test_no_day_at_all_is_refused_with_the_way_to_leave() -> None:
    found, errors = read_preferences({**as_fields(START), "weekdays": []}, start=START)
    assert (found.weekdays, fields_of(errors)) == ((), ["weekdays"])
    assert "unsubscribe" in errors[0].words.en
    assert "退订" in errors[0].words.zh


def test_who_chooses_weekly_mail_needs_no_weekdays_and_keeps_those_of_before() -> None:
    daily = replace(START, weekdays=("mon", "thu"))
    found, errors = read_preferences({"rhythm": [WEEKLY], "weekly_on": ["wed"]}, start=daily)
    assert (found.weekly_on, found.weekdays, errors) == ("wed", ("mon", "thu"), [])


def test_a_box_that_is_not_ticked_is_a_no() -> None:
    wanting = replace(START, wants_empty_mail=True, wants_cross_lists=True, wants_replacements=True)
    found, _ = read_preferences({"weekdays": ["mon"]}, start=wanting)
    assert (found.wants_empty_mail, found.wants_cross_lists, found.wants_replacements) == (False, False, False)


def test_keywords_are_kept_as_typed_in_order_and_each_meaning_once() -> None:
    found, errors = read_keywords("  Agents \r\n\r\ndiffusion   policy\nagents\n", max_keywords=100)
    assert [item.keyword for item in found] == ["Agents", "diffusion policy"]
    assert errors == []


def test_a_keyword_that_cannot_be_read_says_line_place_and_a_mended_query() -> None:
    found, (error,) = read_keywords("agents\n\n(agents AND\nrobots", max_keywords=100)
    assert [item.keyword for item in found] == ["agents", "robots"]
    assert (error.field, error.line, error.text) == ("keywords", 3, "(agents AND")
    assert error.words.en.startswith("Line 3: ")
    assert error.suggestion is not None
    assert parse_query(error.suggestion)
    assert "".join(error.parts) == error.text


@pytest.mark.parametrize(
    ("position", "parts"),
    [(0, ("", "a", "bc")), (1, ("a", "b", "c")), (3, ("abc", "", "")), (99, ("abc", "", "")), (None, ("abc", "", ""))],
)
def test_the_place_of_a_mistake_is_always_inside_the_text(position: int | None, parts: tuple[str, str, str]) -> None:
    assert FieldError(field="q", words=NOTHING, text="abc", position=position).parts == parts


def test_no_keyword_at_all_is_refused_with_an_example() -> None:
    _, (error,) = read_keywords(" \n\t\n", max_keywords=100)
    assert "for example" in error.words.en


def test_too_many_keywords_are_counted_for_the_reader() -> None:
    found, (error,) = read_keywords("agents\nrobots\nmemory", max_keywords=2)
    assert len(found) == 3
    assert "At most 2" in error.words.en
    assert "these are 3" in error.words.en


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_and_what_was_read_is_read_the_same_again(text: str) -> None:
    found, errors = read_keywords(text, max_keywords=100)
    assert found or errors
    if found:
        assert read_keywords("\n".join(item.keyword for item in found), max_keywords=100) == (found, [])


def test_mending_changes_the_one_line_and_no_other() -> None:
    typed = "NOT survey\n(agents AND\nrobots"
    mended = mend_keywords(typed, "2").split("\n")
    assert (mended[0], mended[2]) == ("NOT survey", "robots")
    assert parse_query(mended[1])


@pytest.mark.parametrize("line", ["0", "9", "-1", "x", "", "9" * 5000, "1"])
def test_there_is_nothing_to_mend_where_nothing_is_wrong(line: str) -> None:
    assert mend_keywords("robots\n(agents AND", line) == "robots\n(agents AND"


@given(st.text(max_size=60))
def test_what_mending_offers_can_be_read(text: str) -> None:
    typed = " ".join(text.split())
    _, errors = read_keywords(typed, max_keywords=1)
    if errors and errors[0].suggestion:
        mended, left = read_keywords(mend_keywords(typed, "1"), max_keywords=1)
        assert (len(mended), left) == (1, [])


def test_signing_up_reads_address_keywords_languages_and_zone() -> None:
    form = read_sign_up(SIGN_UP, max_keywords=100, start=Preferences())
    assert form.errors == ()
    assert (form.email, [item.keyword for item in form.subscriptions]) == ("Ann@Example.org", ["agents"])
    assert form.preferences == Preferences(languages=Languages("zh+en"), timezone="Asia/Tokyo")


@pytest.mark.parametrize("email", ["", "ann", "ann@", "a b@example.org", "ann@example.org\nBcc: bob@example.org"])
def test_what_is_no_address_is_refused_and_kept(email: str) -> None:
    form = read_sign_up({**SIGN_UP, "email": [email]}, max_keywords=100, start=Preferences())
    assert [error.field for error in form.errors] == ["email"]
    assert form.email == email


def test_an_empty_form_is_wrong_in_both_things_it_must_have() -> None:
    form = read_sign_up({}, max_keywords=100, start=Preferences())
    assert [error.field for error in form.errors] == ["email", "keywords"]


def test_a_weekly_day_that_does_not_exist_is_refused() -> None:
    _, errors = read_preferences({"rhythm": [WEEKLY], "weekly_on": ["someday"]}, start=START)
    assert fields_of(errors) == ["weekly_on"]


def test_the_preferences_form_gives_back_every_mistake_at_once() -> None:
    _, errors = read_preferences({**as_fields(START), "weekdays": [], "density": ["huge"]}, start=START)
    assert set(fields_of(errors)) == {"weekdays", "density"}
