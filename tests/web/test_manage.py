"""A reader changes everything on one page, all of it or nothing."""

from dataclasses import replace
from typing import Any

import pytest

from newsletter.db.engine import reading, transaction
from newsletter.runtime import Runtime
from newsletter.subscribers.store import get_subscriber, unsubscribe
from newsletter.subscribers.subscriber import Density, Languages, Order, Preferences, Subscriber, Trending
from newsletter.subscribers.tables import SubscriberRow
from tests.factories import add_reader
from tests.web.browser import Browser
from tests.web.pages import Page, link

CHOICES = Preferences(
    languages=Languages.ZH,
    density=Density.COMPACT,
    order=Order.RELEVANCE,
    timezone="Asia/Shanghai",
    hour=7,
    weekdays=("mon", "thu"),
    wants_empty_mail=True,
    wants_cross_lists=False,
    wants_replacements=True,
    trending=Trending.MATCHING,
    trending_count=7,
    is_trending_apart=True,
)


@pytest.fixture
def reader(runtime: Runtime) -> Subscriber:
    return add_reader(runtime.desk, "ann@example.org", "walking robots", '"diffusion policy"', preferences=CHOICES)


@pytest.fixture
def path(runtime: Runtime, reader: Subscriber) -> str:
    return link(runtime, "manage", reader)


def now(runtime: Runtime, reader: Subscriber) -> Subscriber:
    with reading(runtime.database) as session:
        return get_subscriber(session, reader.id)


def test_the_page_shows_everything_as_it_stands(browser: Browser, path: str) -> None:
    page = Page(browser.get(path))
    assert page.form() == {
        "keywords": ['walking robots\n"diffusion policy"'],
        "languages": ["zh"],
        "density": ["compact"],
        "order": ["relevance"],
        "timezone": ["Asia/Shanghai"],
        "hour": ["7"],
        "weekdays": ["mon", "thu"],
        "wants_empty_mail": ["yes"],
        "wants_replacements": ["yes"],
        "trending": ["matching"],
        "trending_count": ["7"],
        "is_trending_apart": ["yes"],
    }
    assert "ann@example.org" in page.text


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
        "keywords": "强化学习\nwalking robots",
        "languages": "en+zh",
        "density": "titles",
        "order": "listing",
        "timezone": "Europe/Berlin",
        "hour": "out",
        "weekdays": ["mon", "tue", "wed", "thu", "fri"],
        "wants_cross_lists": "yes",
        "trending": "top",
        "trending_count": "20",
    }
    response = browser.post(path, data=sent)
    found = now(runtime, reader)
    assert [item.keyword for item in found.subscriptions] == ["强化学习", "walking robots"]
    assert found.preferences == Preferences(
        density=Density.TITLES, timezone="Europe/Berlin", trending=Trending.TOP, trending_count=20
    )
    after = Page(browser.get(response.headers["Location"]))
    assert after.texts("//*[@role='status']//p")[0] == "Saved. It counts from the next edition on."


def test_a_mistake_saves_nothing_and_loses_nothing(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    sent: dict[str, Any] = {
        "keywords": ["agents\n(robots AND"],
        "languages": ["en"],
        "density": ["full"],
        "order": ["listing"],
        "timezone": ["Europe/Berlin"],
        "hour": ["22"],
        "wants_cross_lists": ["yes"],
        "trending": ["top"],
        "trending_count": ["10"],
    }
    response = browser.post(path, data=sent)
    page = Page(response)
    assert response.status_code == 422
    assert page.form() == sent
    assert page.texts("//*[@role='alert']/p")[0].startswith("2 things need another look")
    assert page.texts("//*[@id='weekdays-errors']//p")[0].startswith("Choose at least one day")
    assert now(runtime, reader) == reader


def test_the_mended_query_is_put_in_its_line_and_saved_only_when_asked(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    sent = Page(browser.get(path)).form() | {"keywords": "agents\n(robots AND", "density": "full"}
    page = Page(browser.post(path, data=sent | {"mend": "2"}))
    assert page.form() == {
        **{k: v if isinstance(v, list) else [v] for k, v in sent.items()},
        "keywords": ["agents\n(robots)"],
    }
    assert now(runtime, reader) == reader
    browser.post(path, data=page.form())
    assert [item.keyword for item in now(runtime, reader).subscriptions] == ["agents", "(robots)"]


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


def test_a_zone_under_an_old_name_stays_chosen(browser: Browser, runtime: Runtime) -> None:
    reader = add_reader(
        runtime.desk, "bo@example.org", "agents", preferences=replace(CHOICES, timezone="Asia/Calcutta")
    )
    page = Page(browser.get(link(runtime, "manage", reader)))
    assert page.form()["timezone"] == ["Asia/Calcutta"]


def test_names_and_keywords_are_shown_as_text(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    evil = "<script>alert(1)</script>"
    with transaction(runtime.database) as session:
        row = session.get_one(SubscriberRow, reader.id)
        row.name = evil
        session.add(row)
    page = Page(browser.post(path, data={"keywords": f"{evil}\n(agents AND"}))
    assert page.attributes("//script") == []
    assert evil in page.text
    assert page.form()["keywords"] == [f"{evil}\n(agents AND"]
