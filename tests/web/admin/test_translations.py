"""Translations: looked at, found, corrected for ever, made anew; and what engines were asked."""

from dataclasses import replace

import pytest

from newsletter.db.engine import transaction
from newsletter.runtime import Runtime
from newsletter.translation.finding import ALSO, LEFT, FindingKind
from newsletter.translation.marks import Marks
from newsletter.translation.memory import remember
from newsletter.translation.runs import add_run
from tests.factories import MORNING, WordForWord
from tests.web.admin.conftest import OperatorBrowser, SignIn
from tests.web.admin.mornings import audited, live_through
from tests.web.admin.test_costs import make_run
from tests.web.pages import Page, faults

HERE = "/admin/translations"
PAPER = f"{HERE}/paper/2603.00001"


@pytest.fixture
def engine_of(runtime: Runtime) -> WordForWord:
    """An engine that can be asked; the title of the first paper is translated already."""
    live_through(runtime)
    found = WordForWord()
    runtime.__dict__["desk"] = replace(runtime.desk, translators=(found,))
    with transaction(runtime.database) as session:
        remember(
            session, {"A walking robot": "行走的代理"}, source="en", target="zh", engine="deepl", translated_at=MORNING
        )
    return found


def titles(page: Page) -> list[str]:
    return page.texts("//ul[@class='papers-zh']//p[@class='title']")


def test_a_days_papers_are_shown_with_what_is_missing(owner: OperatorBrowser, engine_of: WordForWord) -> None:
    response = owner.get(HERE)
    page = Page(response)
    assert titles(page) == ["A walking robot", "Robot arms"]
    assert "2 without a whole translation" in page.text
    assert faults(response) == []
    assert faults(owner.get(HERE, headers={"Accept-Language": "zh"})) == []


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"q": "arms"}, ["Robot arms"]),
        ({"q": "代理"}, ["A walking robot"]),
        ({"q": "2603.00002"}, ["Robot arms"]),
        ({"q": "arXiv:2603.00002v1"}, ["Robot arms"]),
        ({"only": "corrected"}, []),
        ({"only": "missing"}, ["A walking robot", "Robot arms"]),
        ({"day": "2026-03-18"}, []),
    ],
)
def test_they_are_found_in_both_languages_and_by_identifier(
    owner: OperatorBrowser, engine_of: WordForWord, params: dict[str, str], found: list[str]
) -> None:
    assert titles(Page(owner.get(HERE, params=params))) == found


@pytest.mark.parametrize(
    ("words", "found"),
    [("arms", ["Robot arms"]), ("代理", ["A walking robot"]), ("2603.00002", ["Robot arms"]), ("(arms", []), ('"', [])],
)
def test_words_are_found_in_all_days(
    owner: OperatorBrowser, runtime: Runtime, engine_of: WordForWord, words: str, found: list[str]
) -> None:
    runtime.sweep_search()
    response = owner.get(HERE, params={"q": words, "everywhere": "yes", "day": "2026-03-02"})
    assert response.status_code == 200
    assert faults(response) == []
    if found:
        assert titles(Page(response)) == found


def test_a_correction_wins_at_once_and_for_ever(
    owner: OperatorBrowser, runtime: Runtime, engine_of: WordForWord
) -> None:
    response = owner.get(PAPER)
    assert faults(response) == []
    form = {"paper": "2603.00001", "part": "title", "text": "行走的机器人"}
    assert owner.post(f"{HERE}/correct", data=form).headers["Location"] == f"{PAPER}?done=corrected"
    assert owner.post(f"{HERE}/again", data=form).headers["Location"] == f"{PAPER}?done=again"
    page = Page(owner.get(PAPER))
    assert page.texts("//section[1]//p[contains(@class, 'target')]")[0] == "行走的机器人"
    assert "corrected by owner@example.org" in page.text
    assert engine_of.asked == ["A walking robot", "We walk."]
    assert titles(Page(owner.get(HERE, params={"only": "corrected"}))) == ["A walking robot"]
    assert audited(runtime) == [("correct-translation", "2603.00001"), ("retranslate", "2603.00001")]
    assert owner.post(f"{HERE}/withdraw", data=form).headers["Location"] == f"{PAPER}?done=withdrawn"
    assert owner.post(f"{HERE}/withdraw", data=form).headers["Location"] == PAPER
    assert "corrected by" not in Page(owner.get(PAPER)).text


@pytest.mark.parametrize("text", ["", "  ", "A walking robot", "x" * 20_001])
def test_what_is_no_translation_is_an_error_of_the_field(
    owner: OperatorBrowser, runtime: Runtime, engine_of: WordForWord, text: str
) -> None:
    response = owner.post(f"{HERE}/correct", data={"paper": "2603.00001", "part": "title", "text": text})
    assert response.status_code == 422
    assert faults(response) == []
    assert audited(runtime) == []


def test_what_a_day_lacks_is_asked_for(owner: OperatorBrowser, runtime: Runtime, engine_of: WordForWord) -> None:
    answer = owner.post(f"{HERE}/missing", data={"day": "2026-03-20"})
    assert answer.headers["Location"] == f"{HERE}?day=2026-03-20&only=missing&done=again"
    assert "A walking robot" not in engine_of.asked
    assert "0 without a whole translation" in Page(owner.get(HERE)).text
    assert owner.post(f"{HERE}/missing", data={"day": "2026-03-20"}).status_code == 303
    assert audited(runtime) == [("retranslate", "2026-03-20")]


def test_the_terms_of_today_are_brought_in_where_they_occur(
    owner: OperatorBrowser, runtime: Runtime, engine_of: WordForWord
) -> None:
    owner.post("/admin/glossary", data={"term": "walking robot", "forms": "步行机", "forbidden": "行走的代理"})
    answer = owner.post(f"{HERE}/renew", data={"day": "2026-03-20"})
    assert answer.headers["Location"] == f"{HERE}?day=2026-03-20&done=renewed&touched=1&mended=1&left=0"
    page = owner.get(answer.headers["Location"])
    assert "Texts with changed terms: 1. Mended: 1. Translated anew: 0." in Page(page).text
    assert faults(page) == []
    assert "步行机" in page.text
    assert engine_of.asked == []
    assert audited(runtime)[-1] == ("renew-translations", "2026-03-20")
    assert owner.post(f"{HERE}/renew", data={"day": "never"}).status_code == 404
    assert owner.post(f"{HERE}/renew", data={"day": "2026-03-02"}).status_code == 404


def test_without_an_engine_that_is_said(owner: OperatorBrowser, runtime: Runtime) -> None:
    live_through(runtime)
    page = Page(owner.get(HERE))
    assert "No translation engine is set" in page.text
    answer = owner.post(f"{HERE}/again", data={"paper": "2603.00001"})
    assert answer.headers["Location"] == f"{PAPER}?done=no-engine"
    assert audited(runtime) == []


def test_what_failed_is_shown_as_it_was_said(owner: OperatorBrowser, runtime: Runtime) -> None:
    with transaction(runtime.database) as session:
        add_run(session, make_run())
    assert "<b>busy</b>" in Page(owner.get(HERE)).text


def test_what_the_checks_found_is_said_in_words(
    owner: OperatorBrowser, runtime: Runtime, engine_of: WordForWord
) -> None:
    findings = [{"kind": kind, "detail": "about this"} for kind in (*FindingKind, LEFT, ALSO, "later")]
    marks = Marks(score=0.4, findings=findings)
    with transaction(runtime.database) as session:
        remember(
            session,
            {"A walking robot": "行走的代理"},
            source="en",
            target="zh",
            engine="deepl",
            translated_at=MORNING,
            marks={"A walking robot": marks},
        )
    response = owner.get(PAPER)
    page = Page(response)
    assert len(page.texts("//ul[@class='remarks']/li")) == len(findings)
    assert "a sentence is missing: about this" in page.texts("//ul[@class='remarks']/li")
    assert "left in the original: about this" in page.texts("//ul[@class='remarks']/li")
    assert "DeepL" in page.text
    assert "score 0.40 of 1" in page.text
    assert faults(response) == []
    assert faults(owner.get(PAPER, headers={"Accept-Language": "zh"})) == []
    listed = Page(owner.get(HERE, params={"only": "doubtful"}))
    assert titles(listed) == ["A walking robot"]
    assert "1 doubtful" in listed.text


def test_what_is_not_stored_is_no_page(owner: OperatorBrowser) -> None:
    assert owner.get(f"{HERE}/paper/2603.99999").status_code == 404
    assert owner.get(f"{HERE}/paper/x").status_code == 404
    assert owner.post(f"{HERE}/correct", data={"paper": "2603.99999", "part": "title", "text": "x"}).status_code == 404
    assert faults(owner.get(HERE)) == []


def test_a_viewer_corrects_nothing(signed_in: SignIn, runtime: Runtime, engine_of: WordForWord) -> None:
    viewer = signed_in("viewer")
    assert not Page(viewer.get(PAPER)).root.xpath("//main//form[@method='post']")
    for verb in ("correct", "withdraw", "again", "missing", "renew"):
        assert viewer.post(f"{HERE}/{verb}", data={"paper": "2603.00001"}).status_code == 403
