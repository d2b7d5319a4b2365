"""What `checks.inspect` finds, and what a translation is worth for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.translation.checks import inspect
from newsletter.translation.finding import GOOD_ENOUGH, Finding, FindingKind, Grade, Report
from newsletter.translation.language import load_language

EN, ZH, JA = load_language("en"), load_language("zh"), load_language("ja")
SOURCE = (
    "Planning with language models is slow and does not scale to long tasks. "
    "We propose GRPO-X, which trains agents on 1,500 tasks at cost $O(n)$. "
    "Experiments show a gain of 3.5 points over all earlier methods on every benchmark."
)
ANSWER = (
    "使用语言模型进行规划速度缓慢，且无法扩展到长任务。"
    "我们提出 GRPO-X，以 $O(n)$ 的代价在 1500 个任务上训练智能体。"
    "实验表明，在每个基准上都比所有早期方法提升 3.5 个百分点。"
)


def kinds(answer: str, source: str = SOURCE, *, is_title: bool = False) -> set[FindingKind]:
    return {finding.kind for finding in inspect(source, answer, EN, ZH, is_title=is_title).findings}


def test_a_faithful_translation_is_worth_one() -> None:
    report = inspect(SOURCE, ANSWER, EN, ZH)
    assert report.findings == ()
    assert report.score == 1.0
    assert report.is_good


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (ANSWER.replace("1500", "150"), FindingKind.NUMBER),
        (ANSWER.replace("3.5 个百分点", "很多"), FindingKind.NUMBER),
        (ANSWER.replace("$O(n)$", "线性"), FindingKind.SPAN),
        (ANSWER.replace("GRPO-X", "一种方法"), FindingKind.NAME),
        (ANSWER.partition("实验")[0], FindingKind.MISSING_SENTENCE),
        (ANSWER + "此外，本文还讨论了许多其他相关问题以及未来的研究方向。", FindingKind.ADDED),
        ("翻译后的摘要：" + ANSWER, FindingKind.ADDED),
        (ANSWER + "（注：以上译文仅供参考，请以原文为准。）", FindingKind.ADDED),
        (ANSWER.replace("实验表明", "Experiments show a gain over methods，实验表明"), FindingKind.UNTRANSLATED),
        (SOURCE, FindingKind.UNTRANSLATED),
        ("", FindingKind.UNTRANSLATED),
    ],
)
def test_what_is_not_faithful_sinks_the_translation(answer: str, kind: FindingKind) -> None:
    report = inspect(SOURCE, answer, EN, ZH)
    assert report.of([kind])
    assert not report.is_good
    assert report.score < GOOD_ENOUGH


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (ANSWER.replace("且无法扩展到", "并能扩展到"), FindingKind.NEGATION),
        (ANSWER.replace("规划", "規劃"), FindingKind.SCRIPT),
        (ANSWER.replace("规划", "プラン"), FindingKind.SCRIPT),
        (ANSWER.replace("，", ","), FindingKind.PUNCTUATION),
        (ANSWER.replace(" ", ""), FindingKind.SPACING),
    ],
)
def test_doubts_and_style_only_dent_it(answer: str, kind: FindingKind) -> None:
    report = inspect(SOURCE, answer, EN, ZH)
    assert {finding.kind for finding in report.findings} == {kind}
    assert report.is_good
    assert GOOD_ENOUGH <= report.score < 1


def test_a_negation_need_not_be_said_where_it_says_nothing() -> None:
    assert kinds("它快速且准确。", "It is not only fast but also accurate.") == set()
    assert kinds("它快速，不准确。", "It is fast but not accurate.") == set()
    assert kinds("它快速而准确。", "It is fast but not accurate.") == {FindingKind.NEGATION}


def test_an_acronym_that_the_text_explains_may_go() -> None:
    assert kinds("我们研究基于搜索的软件测试。", "We study Search Based Software Testing (SBST) here.") == set()


def test_a_title_ends_without_a_full_stop() -> None:
    assert kinds("用于规划的强化学习。", "Reinforcement Learning for Planning", is_title=True) == {
        FindingKind.TITLE_STYLE
    }
    assert kinds("用于规划的强化学习", "Reinforcement Learning for Planning", is_title=True) == set()


def test_merged_and_split_sentences_are_no_omission() -> None:
    assert kinds(ANSWER.replace("长任务。", "长任务；")) == set()
    assert kinds(ANSWER.replace("缓慢，且", "缓慢。它")) == set()


def test_what_the_glossary_found_counts() -> None:
    report = inspect(SOURCE, ANSWER, EN, ZH, forbidden_terms=["代理"], missing_terms=["agent"])
    assert report.score == pytest.approx(1 - 0.1 - 0.02)


def test_a_name_needs_no_translation() -> None:
    assert inspect("BERT", "BERT", EN, ZH).score == 1.0


def test_another_language_needs_only_its_data() -> None:
    report = inspect("We do not use GRPO on 10 million tasks.", "1000万のタスクでGRPOを使用しない。", EN, JA)
    assert report.findings == ()


@given(st.lists(st.sampled_from(FindingKind)))
def test_the_score_says_whether_readers_may_see_it(found: list[FindingKind]) -> None:
    report = Report(findings=tuple(Finding(kind=kind, text="x") for kind in found))
    assert 0 <= report.score <= 1
    assert report.is_good == (report.score >= GOOD_ENOUGH)
    assert report.is_good == all(finding.grade is not Grade.BAD for finding in report.findings)


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_answer_to_any_text_can_be_inspected(source: str, answer: str) -> None:
    inspect(source, answer, EN, ZH)
