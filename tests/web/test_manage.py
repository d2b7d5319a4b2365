"""A reader changes everything on one page, all of it or nothing."""

from dataclasses import replace
from typing import Any

import pytest

from newsletter.db.engine import reading, transaction
from newsletter.runtime import Runtime
from newsletter.subscribers.store import get_subscriber, set_keywords, unsubscribe
from newsletter.subscribers.subscriber import (
    Density,
    Languages,
    Order,
    Preferences,
    Subscriber,
    Subscription,
    Trending,
)
from newsletter.subscribers.tables import SubscriberRow
from tests.factories import add_reader
from tests.web.browser import Browser
from tests.web.pages import Page, faults, link

CHOICES = Preferences(
    languages=Languages("en"),
    density=Density.COMPACT,
    order=Order.RELEVANCE,
    timezone="Asia/Shanghai",
    hour=7,
    weekdays=("mon", "thu"),
    categories=("cs.RO",),
    wants_empty_mail=True,
    wants_cross_lists=False,
    wants_replacements=True,
    trending=Trending.MATCHING,
    trending_count=7,
    is_trending_apart=True,
)


@pytest.fixture
def reader(runtime: Runtime) -> Subscriber:
    return add_reader(
        runtime.desk, "ann@example.org", "walking robots", '"diffusion policy"', "au:Ann Lee", preferences=CHOICES
    )


@pytest.fixture
def path(runtime: Runtime, reader: Subscriber) -> str:
    return link(runtime, "manage", reader)


def now(runtime: Runtime, reader: Subscriber) -> Subscriber:
    with reading(runtime.database) as session:
        return get_subscriber(session, reader.id)


def keywords(reader: Subscriber) -> list[tuple[str, bool]]:
    return [(item.keyword, item.is_paused) for item in reader.subscriptions]


def test_the_page_shows_everything_as_it_stands(browser: Browser, path: str) -> None:
    response = browser.get(path)
    page = Page(response)
    assert page.form() == {
        "keyword": ["walking robots", '"diffusion policy"'],
        "keywords": [""],
        "author": ["Ann Lee"],
        "authors": [""],
        "languages": ["en"],
        "density": ["compact"],
        "order": ["relevance"],
        "timezone": ["Asia/Shanghai"],
        "hour": ["7"],
        "rhythm": ["daily"],
        "weekdays": ["mon", "thu"],
        "weekly_on": ["fri"],
        "categories": ["cs.RO"],
        "wants_empty_mail": ["yes"],
        "wants_replacements": ["yes"],
        "trending": ["matching"],
        "trending_count": ["7"],
        "is_trending_apart": ["yes"],
    }
    assert "ann@example.org" in page.text
    assert faults(response) == []


def test_saving_what_is_shown_changes_nothing(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    response = browser.post(path, data=Page(browser.get(path)).form())
    assert response.status_code == 303
    assert now(runtime, reader) == reader


def test_saving_changes_keywords_and_every_choice_and_says_so(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    sent = {
        "keyword": ["walking robots"],
        "keyword_paused": "0",
        "keywords": "强化学习\nagents\n\nwalking robots",
        "author": ["G Hinton"],
        "authors": "Bo Chen",
        "languages": "en+zh",
        "density": "titles",
        "order": "listing",
        "timezone": "Europe/Berlin",
        "hour": "out",
        "rhythm": "weekly",
        "weekly_on": "wed",
        "weekdays": ["mon", "tue", "wed", "thu", "fri"],
        "wants_cross_lists": "yes",
        "trending": "top",
        "trending_count": "20",
    }
    response = browser.post(path, data=sent)
    found = now(runtime, reader)
    assert keywords(found) == [
        ("walking robots", True),
        ("强化学习", False),
        ("agents", False),
        ("au:G Hinton", False),
        ("au:Bo Chen", False),
    ]
    assert found.preferences == Preferences(
        density=Density.TITLES, timezone="Europe/Berlin", weekly_on="wed", trending=Trending.TOP, trending_count=20
    )
    after = Page(browser.get(response.headers["Location"]))
    assert after.texts("//*[@role='status']//p")[0].startswith("Saved. It counts from the next edition on.")
    assert after.form()["keyword_paused"] == ["0"]


def test_a_mistake_saves_nothing_and_loses_nothing(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    sent: dict[str, Any] = {
        "keyword": ["agents", "(robots AND"],
        "keywords": ["memory\nti:"],
        "authors": ["Lee AND Chen"],
        "languages": ["en"],
        "density": ["full"],
        "order": ["listing"],
        "timezone": ["Europe/Berlin"],
        "hour": ["22"],
        "rhythm": ["daily"],
        "weekly_on": ["fri"],
        "wants_cross_lists": ["yes"],
        "trending": ["top"],
        "trending_count": ["10"],
    }
    response = browser.post(path, data=sent)
    page = Page(response)
    assert response.status_code == 422
    assert page.form() == sent
    assert page.texts("//*[@role='alert']/p")[0].startswith("4 things need another look")
    assert page.texts("//*[@id='weekdays-errors']//p")[0].startswith("Choose at least one day")
    assert page.one("//*[@id='keyword-1']").get("aria-describedby") == "keyword-1-errors"
    assert page.texts("//*[@id='keyword-1-errors']//*[@class='typed']") == ["(robots AND"]
    assert page.texts("//*[@id='keywords-errors']//p")[0].startswith("Line 2: ")
    assert page.texts("//*[@id='authors-errors']//p")[0].startswith("Line 1: write one author's name")
    assert now(runtime, reader) == reader
    assert faults(response) == []


@pytest.mark.parametrize(
    ("action", "order"),
    [
        ("down:keyword:0", ["b", "a", "c"]),
        ("up:keyword:2", ["a", "c", "b"]),
        ("up:keyword:0", ["a", "b", "c"]),
        ("down:keyword:2", ["a", "b", "c"]),
        ("remove:keyword:1", ["a", "c"]),
        ("remove:keyword:99", ["a", "b", "c"]),
        ("up:keyword:x", ["a", "b", "c"]),
        ("nonsense", ["a", "b", "c"]),
    ],
)
def test_buttons_move_and_remove_rows_with_their_boxes_and_save_nothing(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str, action: str, order: list[str]
) -> None:
    form = Page(browser.get(path)).form() | {"keyword": ["a", "b", "c"], "keyword_paused": ["1"], "do": action}
    response = browser.post(path, data=form)
    page = Page(response)
    assert response.status_code == 200
    assert page.form()["keyword"] == order
    assert page.form().get("keyword_paused", []) == ([str(order.index("b"))] if "b" in order else [])
    assert "Not saved yet" in page.text
    assert now(runtime, reader) == reader


def test_the_mended_query_is_put_in_its_place_and_saved_only_when_asked(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    sent = Page(browser.get(path)).form() | {"keyword": ["agents", "(robots AND"], "keywords": ["memory\n(walking"]}
    first = Page(browser.post(path, data=sent))
    buttons = first.attributes("//*[contains(@class, 'errors')]//button/@value")
    assert buttons == ["mend:keyword:1", "mend:keywords:2"]
    second = Page(browser.post(path, data=sent | {"do": buttons[0]}))
    assert second.form()["keyword"] == ["agents", "(robots)"]
    third = Page(browser.post(path, data=second.form() | {"do": buttons[1]}))
    assert third.form()["keywords"] == ["memory\n(walking)"]
    assert now(runtime, reader) == reader
    browser.post(path, data=third.form())
    assert [item.keyword for item in now(runtime, reader).subscriptions][:4] == [
        "agents",
        "(robots)",
        "memory",
        "(walking)",
    ]


def test_enter_in_a_field_saves_and_presses_no_other_button(browser: Browser, path: str) -> None:
    first = Page(browser.get(path)).one("(//main//form//button)[1]")  # the one that browsers press on Enter
    assert first.get("name") is None


def test_no_keyword_at_all_is_refused_unless_the_days_best_are_wanted(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    none = {"keyword": [], "keywords": "", "author": []}
    form = {name: value for name, value in Page(browser.get(path)).form().items() if name not in none}
    assert browser.post(path, data=form).status_code == 422
    assert browser.post(path, data=form | {"trending": ["top"]}).status_code == 303
    assert now(runtime, reader).subscriptions == ()


def test_more_keywords_than_a_hundred_are_refused_and_a_hundred_can_be_saved_again(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    form = Page(browser.get(path)).form() | {"keyword": [f"topic{n}" for n in range(99)]}
    assert browser.post(path, data=form).status_code == 303  # and the author
    full = Page(browser.get(path)).form()
    assert browser.post(path, data=full | {"keyword_paused": [str(n) for n in range(99)]}).status_code == 303
    assert len(now(runtime, reader).subscriptions) == 100
    response = browser.post(path, data=full | {"keywords": "one more"})
    assert response.status_code == 422
    assert "At most 100 keywords" in Page(response).text


def test_a_quoted_author_stays_as_it_was_typed(browser: Browser, runtime: Runtime, reader: Subscriber) -> None:
    quoted = Subscription(keyword='AU: "Ann  Lee"', query="au:ann lee")
    with transaction(runtime.database) as session:
        set_keywords(session, reader.id, [quoted])
    path = link(runtime, "manage", reader)
    page = Page(browser.get(path))
    assert page.form()["author"] == ['"Ann  Lee"']
    browser.post(path, data=page.form())
    assert [item.query for item in now(runtime, reader).subscriptions] == ["au:ann lee"]


def test_the_way_out_is_on_the_page(browser: Browser, path: str) -> None:
    (way_out,) = Page(browser.get(path)).attributes("//a[starts-with(@href, '/unsubscribe/')]/@href")
    assert Page(browser.get(way_out)).heading == "Stop the morning paper?"


def test_who_gets_no_mail_is_told_so_and_how_to_get_it_again(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    with transaction(runtime.database) as session:
        unsubscribe(session, reader.id, at=runtime.clock())
    page = Page(browser.get(path))
    assert "No mail comes to you at present" in page.text
    assert page.attributes("//a[starts-with(@href, '/unsubscribe/')]") == []


def test_the_page_speaks_the_readers_first_language(browser: Browser, runtime: Runtime) -> None:
    chinese = add_reader(
        runtime.desk, "bo@example.org", "agents", preferences=Preferences(languages=Languages("zh+en"))
    )
    response = browser.get(link(runtime, "manage", chinese))
    assert Page(response).heading == "您的晨报"
    assert 'lang="zh-Hans"' in response.text


def test_a_zone_under_an_old_name_stays_chosen(browser: Browser, runtime: Runtime) -> None:
    reader = add_reader(
        runtime.desk, "bo@example.org", "agents", preferences=replace(CHOICES, timezone="Asia/Calcutta")
    )
    page = Page(browser.get(link(runtime, "manage", reader)))
    assert page.form()["timezone"] == ["Asia/Calcutta"]


def test_names_and_keywords_are_shown_as_text(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    evil = '"><script>alert(1)</script>'
    with transaction(runtime.database) as session:
        row = session.get_one(SubscriberRow, reader.id)
        row.name = evil
        session.add(row)
    page = Page(browser.post(path, data={"keyword": [evil], "author": [evil], "keywords": f"{evil}\n(agents AND"}))
    assert page.attributes("//script[not(@src)]") == []
    assert evil in page.text
    assert page.form()["keyword"] == [evil]
    assert page.form()["keywords"] == [f"{evil}\n(agents AND"]
