"""A keyword is tried before it is anybody's: what it brings, what is wrong with it, what else it could be."""

from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from newsletter.db.engine import reading
from newsletter.queries.language import parse_query
from newsletter.runtime import Runtime
from newsletter.subscribers.tables import SubscriberRow
from newsletter.web.bars import HEIGHT, draw_bars
from newsletter.web.colours import colour_query
from tests.factories import FRIDAY, add_reader, announce, make_paper, open_day
from tests.web.browser import Browser
from tests.web.pages import Page, faults, link

THURSDAY = FRIDAY - timedelta(days=1)


@pytest.fixture
def stored(runtime: Runtime) -> Runtime:
    open_day(runtime.desk, announce([make_paper(1, "A walking robot")], listed_on=THURSDAY))
    papers = [make_paper(number, f"Robot number {number}") for number in range(2, 5)]
    open_day(runtime.desk, announce([*papers, make_paper(5, "A walrus")]))
    runtime.sweep_search()
    return runtime


def ask(browser: Browser, typed: str, part: str = "preview", **more: str) -> Page:
    return whole(browser.get(f"/keywords/{part}", params={"q": typed, **more}))


def whole(part: httpx.Response) -> Page:
    """Return a part of a page as a page."""
    return Page(httpx.Response(200, content=f'<!DOCTYPE html><meta charset="utf-8"><body>{part.text}</body>'.encode()))


@pytest.mark.usefixtures("stored")
def test_the_panel_says_how_many_papers_a_day_it_would_have_brought_with_a_bar_for_each_day(browser: Browser) -> None:
    page = ask(browser, "robot")
    assert "2.0 papers a day" in page.text
    assert "4 papers over the last 2 editions" in page.text
    assert page.texts("//*[name()='title']") == ["Thu 19 Mar: 1", "Fri 20 Mar: 3"]
    assert (page.texts("//tbody//th"), page.texts("//td")) == (["Fri 20 Mar", "Thu 19 Mar"], ["3", "1"])
    assert page.attributes("//th/@scope") == ["col", "col", "row", "row"]
    assert page.one("//*[name()='svg']").get("aria-label") == "Papers a day; the most, 3, on Fri 20 Mar"


def test_the_panel_keeps_to_the_categories_that_are_chosen_beside_it(browser: Browser, runtime: Runtime) -> None:
    papers = [make_paper(1, "A robot", categories=["cs.RO"]), make_paper(2, "A robot", categories=["cs.LG"])]
    open_day(runtime.desk, announce(papers))
    runtime.sweep_search()
    assert "2 papers over" in ask(browser, "robot").text
    kept = Page(browser.get("/keywords/preview", params={"q": "robot OR agent", "categories": ["cs.RO", "cs.XX"]}))
    assert "1 paper over" in kept.text
    every = [f"cs.{name}" for name in ("AI", "AR", "CC", "CE", "CG", "CL", "CR", "CV", "CY", "DB", "DC", "DL") * 5]
    assert browser.get("/keywords/preview", params={"q": "robot", "categories": every}).status_code == 200


@pytest.mark.usefixtures("stored")
def test_the_newest_matches_have_their_words_marked(browser: Browser) -> None:
    page = ask(browser, "walking robot")
    assert page.texts("//ul[@class='newest']//a") == ["A walking robot"]
    assert page.texts("//ul[@class='newest']//mark") == ["walking robot"]


@pytest.mark.usefixtures("stored")
def test_a_keyword_that_brings_nothing_is_warned_of(browser: Browser) -> None:
    page = ask(browser, "octopus")
    assert page.texts("//*[@class='warning']") == [
        "It would have brought nothing. Try fewer words, or look at the suggestions."
    ]
    assert page.attributes("//*[name()='svg']") == []


def test_a_keyword_that_brings_more_than_fifty_a_day_is_warned_of(browser: Browser, runtime: Runtime) -> None:
    open_day(runtime.desk, announce([make_paper(number, f"Robot {number}") for number in range(1, 60)]))
    runtime.sweep_search()
    assert ask(browser, "robot").texts("//*[@class='warning']")[0].startswith("More than anybody reads")


def test_before_any_edition_a_keyword_is_only_understood(browser: Browser) -> None:
    page = ask(browser, "robot")
    assert "There are no stored editions yet" in page.text
    assert page.texts("//*[@class='query']/span[@class='word']") == ["robot"]


def test_with_the_sample_edition_alone_a_keyword_is_tried_on_it(browser: Browser, runtime: Runtime) -> None:
    runtime.open_sample()
    page = ask(browser, "ti:hive OR ti:robot")
    assert "It finds 2 of the 26 invented papers" in page.text
    assert page.texts("//ul[@class='newest']//a/mark") == ["Hive", "Robots"]
    address = page.attributes("//ul[@class='newest']//a/@href")[0]
    assert browser.get(address).status_code == 200
    assert "finds none of the 26" in ask(browser, "knitting").text


@pytest.mark.usefixtures("stored")
def test_a_mistake_is_shown_at_its_place_with_a_mended_query_to_press(browser: Browser) -> None:
    response = browser.get("/keywords/preview", params={"q": "(robots AND"})
    page = whole(response)
    assert response.status_code == 422
    assert page.texts("//*[@class='typed']") == ["(robots AND"]
    assert page.attributes("//a/@data-use") == ["(robots)"]


def test_nothing_typed_is_answered_by_nothing(browser: Browser) -> None:
    for part in ("preview", "suggest"):
        response = browser.get(f"/keywords/{part}", params={"q": "  "})
        assert (response.status_code, response.text.strip()) == (200, "")


@pytest.mark.usefixtures("stored")
def test_the_panel_speaks_the_language_of_the_page_that_asks(browser: Browser) -> None:
    assert "每天约" in ask(browser, "robot", lang="zh-Hans").text
    assert "papers a day" in ask(browser, "robot", lang="xx").text


@pytest.mark.usefixtures("stored")
def test_suggestions_can_be_pressed_and_followed(browser: Browser) -> None:
    page = ask(browser, "cat:cs.R", "suggest")
    assert "cat:cs.RO" in page.attributes("//a/@data-use")
    found = Page(browser.get(page.attributes("//a/@href")[0]))
    assert found.heading == "Try a keyword"


@pytest.mark.usefixtures("stored")
def test_without_javascript_a_keyword_has_a_page_that_leads_to_the_form(browser: Browser) -> None:
    response = browser.get("/keywords", params={"q": "robot"})
    page = Page(response)
    assert page.one("//input[@name='q']").get("value") == "robot"
    assert "4 papers over the last 2 editions" in page.text
    (form,) = page.attributes("//main//a[starts-with(@href, '/?q=')]/@href")
    assert Page(browser.get(form.partition("#")[0])).form()["keywords"] == ["robot"]
    assert faults(response) == []


@pytest.mark.usefixtures("stored")
def test_the_sign_up_form_tries_its_last_keyword_and_signs_nobody_up(browser: Browser, stored: Runtime) -> None:
    sent = {"email": "ann@example.org", "keywords": "walrus\nrobot", "try": "yes"}
    page = Page(browser.post("/subscribe", data=sent))
    assert "4 papers over the last 2 editions" in page.text
    assert page.form()["email"] == ["ann@example.org"]
    with reading(stored.database) as session:
        assert session.exec(select(SubscriberRow)).all() == []


def test_the_manage_page_tries_a_row_or_the_line_that_is_added(browser: Browser, stored: Runtime) -> None:
    reader = add_reader(stored.desk, "ann@example.org", "walrus", "robot")
    path = link(stored, "manage", reader)
    form = Page(browser.get(path)).form()
    tried = Page(browser.post(path, data=form | {"do": "try:keyword:1"}))
    assert "4 papers over" in " ".join(tried.texts("//*[@id='keyword-1-panel']"))
    assert tried.texts("//*[@id='keyword-0-panel']") == [""]
    added = Page(browser.post(path, data=form | {"keywords": "walking", "do": "try:keywords"}))
    assert "1 paper over" in " ".join(added.texts("//*[@id='keywords-panel']"))


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", '" onmouseover="alert(1)', "<img src=x> AND"])
def test_what_is_typed_is_shown_as_text(browser: Browser, evil: str) -> None:
    for part in ("/preview", "/suggest", ""):
        response = browser.get(f"/keywords{part}", params={"q": evil})
        assert response.status_code in (200, 422)
        if response.text.strip():
            assert Page(response).attributes("//script[not(@src)] | //img | //@onmouseover") == []


def test_a_very_long_keyword_is_refused_in_words(browser: Browser) -> None:
    assert browser.get("/keywords/preview", params={"q": "robot " * 5000}).status_code == 422


def test_each_piece_of_a_query_has_the_colour_of_what_it_means() -> None:
    pieces = [(piece.text, piece.kind) for piece in colour_query('ti:robot AND "a b" -(cat:cs.RO) OR 强化')]
    assert pieces == [
        ("ti:", "prefix"), ("robot", "word"), (" ", ""), ("AND", "operator"), (" ", ""), ('"a b"', "exact"), (" ", ""),
        ("-", "operator"), ("(", "bracket"), ("cat:", "prefix"), ("cs.RO", "category"), (")", "bracket"), (" ", ""),
        ("OR", "operator"), (" ", ""), ("强化", "word"),
    ]  # fmt: skip


def test_words_side_by_side_are_one_phrase_and_have_one_colour() -> None:
    pieces = [(piece.text, piece.kind) for piece in colour_query("diffusion  policy OR 强化 学习")]
    assert pieces == [("diffusion  policy", "word"), (" ", ""), ("OR", "operator"), (" ", ""), ("强化 学习", "word")]


@given(st.text(max_size=80))
def test_the_pieces_of_any_text_make_it_up(text: str) -> None:
    assert "".join(piece.text for piece in colour_query(text)) == text


@given(st.lists(st.integers(0, 3000), max_size=40))
def test_every_bar_fits_into_the_chart_and_a_single_paper_is_seen(counts: list[int]) -> None:
    chart = draw_bars([(FRIDAY - timedelta(days=back), count) for back, count in enumerate(counts)])
    assert [bar.count for bar in chart.bars] == counts
    for bar in chart.bars:
        assert 0 <= bar.y <= HEIGHT
        assert abs(bar.y + bar.height - HEIGHT) < 0.02
        assert bar.x + chart.bar_width <= chart.width
        assert (bar.height > 0) is (bar.count > 0)


def test_whatever_is_suggested_as_mended_can_be_read(browser: Browser) -> None:
    for typed in ("(robots AND", "ti: ti:robot", "NOT survey", 'say "robot'):
        for offered in ask(browser, typed).attributes("//a/@data-use"):
            assert parse_query(offered)


def test_a_chinese_reader_is_told_in_chinese_what_cannot_be_read(browser: Browser) -> None:
    page = Page(browser.get("/keywords", params={"q": "titel:drone"}, headers={"Accept-Language": "zh"}))
    (said,) = page.texts("//*[@class='error']/p[1]")
    assert said.startswith("没有前缀 titel:")
    assert said.endswith("您是不是要写 ti:？")
