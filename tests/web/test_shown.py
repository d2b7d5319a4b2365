"""Papers are shown as text, with the asked words marked and nothing of theirs as markup."""

import re
from dataclasses import replace
from datetime import date
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.digests.digest import ShownPaper
from newsletter.papers.paper import AnnouncementKind, ArxivId
from newsletter.papers.versions import VersionChange
from newsletter.queries.language import parse_query
from newsletter.web.shown import NumberedPaper, excerpt, marked, paper_path


def paper(title_translated: str | None = None, abstract_translated: str | None = None) -> ShownPaper:
    return ShownPaper(
        arxiv_id=ArxivId("2603.00001"),
        kind=AnnouncementKind.NEW,
        title="Walking Agents",
        title_translated=title_translated,
        authors=tuple("ABCDEFGH"),
        categories=("cs.LG",),
        comment=None,
        abstract="Agents walk. They rest. They walk again.",
        abstract_translated=abstract_translated,
        language="zh",
        abs_url="https://arxiv.org/abs/2603.00001",
        pdf_url="https://arxiv.org/pdf/2603.00001",
    )


@given(st.text(), st.lists(st.integers(0, 60), max_size=8))
def test_marking_changes_no_character_and_lets_no_markup_through(text: str, cuts: list[int]) -> None:
    places = sorted({min(cut, len(text)) for cut in cuts})
    spans = list(zip(places[::2], places[1::2], strict=False))
    shown = str(marked(text, spans))
    assert unescape(re.sub("</?mark>", "", shown)) == unescape(str(marked(text, [])))
    assert shown.count("<") == shown.count("<mark>") + shown.count("</mark>") == 2 * len(spans)


def test_the_spans_are_what_is_marked() -> None:
    assert str(marked("a < b & c", [(0, 1), (4, 9)])) == "<mark>a</mark> &lt; <mark>b &amp; c</mark>"


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("en", "zh"), [("en", "Walking Agents"), ("zh-Hans", "行走的智能体")]),
        (("zh", "en"), [("zh-Hans", "行走的智能体"), ("en", "Walking Agents")]),
        (("zh",), [("zh-Hans", "行走的智能体")]),
        (("en",), [("en", "Walking Agents")]),
    ],
)
def test_titles_come_in_the_readers_languages(codes: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    assert NumberedPaper(number=1, paper=paper("行走的智能体")).titles(codes) == expected


@pytest.mark.parametrize("codes", [("en", "zh"), ("zh", "en"), ("zh",), ("en",)])
def test_what_is_not_translated_is_shown_in_the_original_once(codes: tuple[str, ...]) -> None:
    item = NumberedPaper(number=1, paper=paper())
    assert item.titles(codes) == [("en", "Walking Agents")]
    assert item.abstracts(codes) == [("en", "Agents walk. They rest. They walk again.")]


def test_words_are_marked_in_both_languages() -> None:
    item = NumberedPaper(number=1, paper=paper("行走的智能体"), queries=(parse_query("agents"), parse_query("智能体")))
    titles = item.titles(("en", "zh"))
    assert titles == [("en", "Walking <mark>Agents</mark>"), ("zh-Hans", "行走的<mark>智能体</mark>")]


def test_the_lead_is_two_sentences_and_the_first_authors_are_six() -> None:
    item = NumberedPaper(number=1, paper=paper())
    assert item.leads(("en", "zh")) == [("en", "Agents walk. They rest.")]
    assert (item.first_authors, item.further_authors) == (tuple("ABCDEF"), tuple("GH"))


def test_late_and_replaced_papers_say_so_in_both_languages() -> None:
    late = NumberedPaper(number=1, paper=replace(paper(), late_from=date(2026, 3, 19)))
    assert [late.remarks(code) for code in ("en", "zh")] == [
        ["late: from the list of Thu 19 Mar"],
        ["迟到：3月19日列表"],
    ]
    change = VersionChange(version=3, before=1)
    replaced = NumberedPaper(number=1, paper=replace(paper(), kind=AnnouncementKind.REPLACE, change=change))
    assert [replaced.remarks(code) for code in ("en", "zh")] == [["replacement · v1 → v3"], ["更新版本 · v1 → v3"]]
    assert NumberedPaper(number=1, paper=paper()).remarks("en") == []


LONG = "We begin. " * 40 + "Then agents walk far. They rest. And that is all."


def test_an_excerpt_begins_with_the_sentence_that_has_the_words() -> None:
    place = LONG.index("agents")
    assert excerpt(LONG, [(place, place + 6)], 320) == "… Then <mark>agents</mark> walk far. They rest."
    assert excerpt(LONG, [], 320) == "We begin. We begin."
    assert excerpt(LONG, [(3, 8)], 320) == "We <mark>begin</mark>. We begin."


def test_an_excerpt_of_a_very_long_sentence_begins_at_a_word() -> None:
    text = "word " * 100 + "agents " + "word " * 100
    place = text.index("agents")
    shown = str(excerpt(text, [(place, place + 6)], 320))
    assert shown.startswith("… word word")
    assert "<mark>agents</mark>" in shown


@given(st.text(), st.lists(st.integers(0, 400), max_size=6), st.integers(2, 90))
def test_an_excerpt_lets_no_markup_through(text: str, cuts: list[int], length: int) -> None:
    places = sorted({min(cut, len(text)) for cut in cuts})
    shown = str(excerpt(text, list(zip(places[::2], places[1::2], strict=False)), length))
    plain = unescape(re.sub("</?mark>", "", shown))
    assert "<" not in re.sub("</?mark>", "", shown)
    assert plain.removeprefix("… ").removesuffix("…") in text


def test_every_identifier_has_a_path_of_its_own() -> None:
    assert paper_path("2603.00001") == "/paper/2603.00001"
    assert paper_path("hep-th/9901001") == "/paper/hep-th/9901001"
    assert paper_path('x"><script>') == "/paper/x%22%3E%3Cscript%3E"
