"""A digest says who wrote its Chinese."""

from collections.abc import Sequence
from typing import Any

import pytest

from newsletter.digests.digest import ShownPaper
from newsletter.digests.fit import BUDGET_BYTES
from newsletter.digests.origins import say_origins
from newsletter.digests.render import Renderer
from newsletter.papers.sources.sample import SAMPLE_CATEGORY
from newsletter.subscribers.subscriber import Languages
from newsletter.translation.drafts import MEMORY
from newsletter.translation.marks import PERSON
from newsletter.translation.origin import Origin
from tests.digests.factories import make_digest, make_paper, make_section

DEEPL, MODEL = Origin(engine="deepl"), Origin(engine="openai:gpt-6-luna", left=2)
REVISED, REMEMBERED = Origin(engine=PERSON), Origin(engine=MEMORY)


def papers_by(*origins: Sequence[Origin], **changes: Any) -> list[ShownPaper]:
    return [make_paper(number, origins=tuple(of_paper), **changes) for number, of_paper in enumerate(origins, 1)]


@pytest.mark.parametrize(
    ("origins", "english", "chinese"),
    [
        ([(DEEPL, DEEPL)], "Chinese machine-translated by DeepL (1 paper).", "中文由 DeepL（1 篇）机器翻译。"),
        (
            [(DEEPL, DEEPL), (MODEL, DEEPL), (DEEPL, REMEMBERED), (REVISED, DEEPL)],
            (
                "Chinese machine-translated by DeepL (2 papers), the translation memory (1 paper); "
                "1 paper revised by a person; 1 paper with sentences in the original."
            ),
            "中文由 DeepL（2 篇）、译文记忆（1 篇）机器翻译，1 篇经人工审订，1 篇有句子保留原文。",
        ),
        ([(REVISED, REVISED)], "Chinese: 1 paper revised by a person.", "中文：1 篇经人工审订。"),
        (
            [(Origin(engine=SAMPLE_CATEGORY),)],
            "Chinese: 1 paper written for the sample edition.",
            "中文：1 篇为样刊而写。",
        ),
    ],
)
def test_engines_people_and_the_original_are_named_with_their_papers(
    origins: list[tuple[Origin, ...]], english: str, chinese: str
) -> None:
    found = say_origins(Languages("en+zh"), (make_section(papers_by(*origins)),))
    assert found is not None
    assert (found["en"], found["zh"]) == (english, chinese)


def test_papers_without_chinese_are_counted() -> None:
    papers = [*papers_by((DEEPL, DEEPL)), make_paper(2, title_translated=None, abstract_translated=None)]
    found = say_origins(Languages("zh"), (make_section(papers),))
    assert found is not None
    assert found["zh"] == "中文由 DeepL（1 篇）机器翻译，1 篇暂无译文。"


def test_who_reads_english_alone_is_told_nothing_of_chinese() -> None:
    assert say_origins(Languages("en"), (make_section(papers_by((DEEPL, DEEPL))),)) is None
    assert say_origins(Languages("zh"), ()) is None


@pytest.mark.parametrize("languages", [Languages("en+zh"), Languages("zh")])
def test_the_line_stands_in_both_parts_of_the_mail_in_the_readers_languages(
    renderer: Renderer, languages: Languages
) -> None:
    said = {"en": "Chinese by <b>Ada</b> & co.", "zh": "中文由某人撰写。"}
    filled = renderer.message(make_digest([make_section([make_paper()])], languages=languages, origin=said))
    assert "中文由某人撰写。" in filled.html.rpartition("退订")[2]
    assert "中文由某人撰写。" in filled.text.rpartition("\n-- \n")[2]
    assert ("&lt;b&gt;Ada&lt;/b&gt;" in filled.html) == ("en" in languages.codes)
    assert "<b>" not in filled.html


def test_a_mail_without_the_line_has_no_gap_in_its_place(renderer: Renderer) -> None:
    filled = renderer.message(make_digest([make_section([make_paper()])], languages=Languages("en")))
    assert "\n\n\n" not in filled.text.rpartition("\n-- \n")[2]
    assert "__origin" not in filled.html + filled.text


def test_the_line_counts_in_the_budget(renderer: Renderer) -> None:
    papers = [make_paper(number) for number in range(1, 400)]
    said = {"en": "Chinese. " * 40, "zh": "中文。" * 130}
    assert len(renderer.html(make_digest([make_section(papers)], origin=said)).encode()) <= BUDGET_BYTES
