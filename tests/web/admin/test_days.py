"""The operator's calendar shows every day and changes nothing."""

from datetime import date, timedelta

import pytest

from newsletter.db.engine import transaction
from newsletter.deliveries.alarms import AlarmKind, raise_alarm
from newsletter.deliveries.states import DeliveryState
from newsletter.editions.story.tell import EditionState
from newsletter.errors import Fault
from newsletter.papers import ledger_store as ledger
from newsletter.papers.calendar import announced_at
from newsletter.papers.ledger import Judgement, Source, Verdict
from newsletter.runtime import Runtime
from newsletter.web.admin.days import _EDITIONS, _LISTS
from newsletter.web.marks import SHAPES
from newsletter.words import Words
from tests.factories import FRIDAY, Hand, add_reader, announce, make_paper, open_day
from tests.web.admin.conftest import OperatorBrowser
from tests.web.browser import Browser
from tests.web.pages import Page, faults

THURSDAY = date(2026, 3, 19)


@pytest.fixture
def browser(owner: OperatorBrowser) -> Browser:
    return owner


@pytest.fixture
def days(runtime: Runtime, clock: Hand) -> str:
    """The address of the calendar, three minutes after Friday's announcement; Friday's list of cs is whole and mailed."""
    clock.instant = announced_at(FRIDAY) + timedelta(minutes=3)
    open_day(runtime.desk, announce([make_paper(1, "A walking robot"), make_paper(2, "A robot that falls")]))
    add_reader(runtime.desk, "ann@example.org", "robot")
    add_reader(runtime.desk, "bo@example.org", "knitting")
    runtime.compose(FRIDAY)
    return "/admin/days"


def judge(runtime: Runtime, judgement: Judgement, reason: str, *, listed_on: date = THURSDAY) -> None:
    at = runtime.clock()
    with transaction(runtime.database) as session:
        ledger.note_question(session, "cs", [listed_on], Source.LISTING, at=at)
        ledger.set_verdict(
            session, "cs", listed_on, Verdict(judgement=judgement, reason=reason, missing_count=3), at=at
        )
        ledger.note_trouble(session, "cs", listed_on, Source.LISTING, Fault.RATE_LIMITED, "Slow <down>.", at=at)
        ledger.note_trouble(session, "cs", listed_on, Source.LISTING, Fault.RATE_LIMITED, "Slow <down>.", at=at)


def test_the_calendar_begins_with_a_sentence_and_shows_the_month(browser: Browser, days: str) -> None:
    page = Page(browser.get(days))
    assert page.heading == "March 2026"
    assert page.texts("//main/p[@class='prose']")[0] == (
        "The digests of the day's 2 papers were composed at 20:03 Eastern."
    )
    assert page.texts("//table//td")[:10] == ["2– no edition", "3– no edition", "4– no edition", "5– no edition",
        "6– no edition", "9– no edition", "10– no edition", "11– no edition", "12– no edition", "13– no edition",
    ]  # fmt: skip
    assert page.texts("//table//td")[14] == "20● composed"
    assert page.texts("//table//td")[15:] == ["23", "24", "25", "26", "27", "30", "31", "", "", ""]


def test_each_day_shows_its_lists_by_source_and_leads_to_its_page(browser: Browser, days: str) -> None:
    page = Page(browser.get(days))
    (first, *_) = page.texts("//section[contains(@class, 'day-entry')]")
    assert "Fri 20 Mar" in first
    assert "● composed · 2 papers" in first
    assert "cs ● complete listing 2" in first
    assert page.attributes("//section//h2/a/@href")[0] == f"{days}/{FRIDAY}"


def test_a_day_with_trouble_is_marked_in_words_and_shape_and_colour(
    browser: Browser, runtime: Runtime, days: str
) -> None:
    judge(runtime, Judgement.PARTIAL, "3 of the 9 papers are not here")
    page = Page(browser.get(days))
    entry = page.texts(f"//section[@id='day-{THURSDAY}']")[0]
    assert "cs ◐ partial" in entry
    assert "3 missing" in entry
    assert "cs, listing: rate limited ×2" in entry
    assert page.texts("//table//a[@class='bad']") == ["19◐ open, look"]


def test_months_can_be_turned_back_to_the_beginning_and_not_beyond_the_newest_list(browser: Browser, days: str) -> None:
    page = Page(browser.get(days))
    assert page.attributes("//nav[@aria-label='Months']/a/@href") == [f"{days}?month=2026-02"]
    february = Page(browser.get(f"{days}?month=2026-02"))
    assert february.attributes("//nav[@aria-label='Months']/a/@href") == [
        f"{days}?month=2026-01",
        f"{days}?month=2026-03",
    ]
    for month in ("2026-04", "2026-13", "1990-12", "march", "2026-3", "2026-00", "２０２６-03"):
        assert browser.get(days, params={"month": month}).status_code == 404


def test_a_day_begins_with_a_sentence_then_lists_then_deliveries(browser: Browser, days: str) -> None:
    page = Page(browser.get(f"{days}/{FRIDAY}"))
    assert page.heading == "Friday 20 March 2026"
    assert page.texts("//main/p[@class='prose']")[0].startswith("The digests of the day's 2 papers")
    assert page.texts("//h2") == ["One reader", "Lists", "Deliveries"]
    assert "all 2 papers that the listing counts are here" in page.text
    assert page.texts("//section[@aria-labelledby='deliveries']/p")[0] == (
        "Of 2 readers 0 have their mail; 1 is queued and 1 is skipped."
    )
    assert page.texts("//ul[@class='tally']/li") == ["○ queued 1", "– skipped 1", "skipped: nothing to read 1"]


def test_troubles_are_told_in_the_words_of_the_source(browser: Browser, runtime: Runtime, days: str) -> None:
    judge(runtime, Judgement.LATE, "arXiv does not show it yet")
    page = Page(browser.get(f"{days}/{THURSDAY}"))
    (trouble,) = page.texts("//section[@aria-labelledby='troubles']//li")
    assert trouble == "cs, listing: ▲ rate limited 2 times · Thu 19 Mar 20:03 Eastern Slow <down>."


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("ann@example.org", "Not yet: ann@example.org's digest with 2 papers is due since 00:03 (UTC)"),
        (" BO@example.org ", "No mail: none of the day's 2 papers matched what bo@example.org asked for"),
    ],
)
def test_any_readers_story_is_told_on_the_page(browser: Browser, days: str, email: str, said: str) -> None:
    response = browser.get(f"{days}/{FRIDAY}", params={"reader": email})
    (told,) = Page(response).texts("//*[@role='status']/p")
    assert response.status_code == 200
    assert told.startswith(said)


def test_an_unknown_address_is_an_error_of_the_field_and_stays_in_it(browser: Browser, days: str) -> None:
    response = browser.get(f"{days}/{FRIDAY}", params={"reader": "<b>nobody"})
    page = Page(response)
    assert response.status_code == 422
    assert page.texts("//*[@id='reader-errors']//p") == ["No reader has this address."]
    assert page.attributes("//input[@name='reader']/@value") == ["<b>nobody"]


def test_the_form_asks_by_get_and_nothing_on_the_page_changes_anything(browser: Browser, days: str) -> None:
    page = Page(browser.get(f"{days}/{FRIDAY}"))
    assert page.attributes("//main//form/@method") == ["get"]
    assert page.attributes("//main//input/@name") == ["reader"]
    assert browser.post(f"{days}/{FRIDAY}").status_code == 405


def test_weekends_and_days_to_come_have_a_page(browser: Browser, days: str) -> None:
    saturday = Page(browser.get(f"{days}/2026-03-21"))
    assert saturday.texts("//main/p[@class='prose']")[0] == "No mail: arXiv dates no list on a weekend."
    assert saturday.attributes("//nav[@aria-label='Days']/a/@href") == [
        f"{days}/{FRIDAY}",
        f"{days}?month=2026-03",
        f"{days}/2026-03-23",
    ]
    assert "Not yet: arXiv announces" in Page(browser.get(f"{days}/2026-03-24")).text


@pytest.mark.parametrize("written", ["20260320", "0001-01-01", "9999-12-31", "yesterday"])
def test_what_is_no_day_has_no_page(browser: Browser, days: str, written: str) -> None:
    assert browser.get(f"{days}/{written}").status_code == 404


def test_it_is_nobodys_to_keep_or_find(browser: Browser, days: str) -> None:
    for path in (days, f"{days}/{FRIDAY}?reader=ann@example.org"):
        response = browser.get(path)
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert Page(response).attributes("//meta[@name='robots']/@content") == ["noindex"]


def test_before_anything_happened_there_is_a_calendar_too(browser: Browser) -> None:
    assert "Not yet: the list of cs is late" in Page(browser.get("/admin/days")).text


def test_every_state_has_its_mark() -> None:
    assert (set(_EDITIONS), set(_LISTS), set(SHAPES)) == (set(EditionState), set(Judgement), set(DeliveryState))
    for marks in (_EDITIONS, _LISTS):
        assert len({mark.shape for mark in marks.values()}) == len(marks)
    assert len(set(SHAPES.values())) == len(SHAPES)


def test_open_alarms_stand_above_the_calendar_in_words(browser: Browser, runtime: Runtime, days: str) -> None:
    assert Page(browser.get(days)).texts("//*[@aria-labelledby='alarms']") == []
    with transaction(runtime.database) as session:
        raise_alarm(
            session,
            AlarmKind.CHANNEL_PAUSED,
            "gmail.com",
            at=runtime.clock(),
            detail=Words("Ask <Gmail> & wait.", "Ask <Gmail> & wait."),
        )
    response = browser.get(days)
    (shown,) = Page(response).texts("//*[@aria-labelledby='alarms']")
    assert shown == (
        "1 alarm open ▲ A destination refuses our mail gmail.com · 2026-03-20 00:03 UTC Ask <Gmail> & wait."
    )
    assert faults(response) == []
