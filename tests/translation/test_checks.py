import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.translation.checks import Verdict, clean, fold, has_words, is_same, is_storable, judge

SENTENCE = "We propose a new method for robust planning."


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_a_folded_text_has_no_runs_of_whitespace_and_is_composed(text: str) -> None:
    folded = fold(text)
    assert folded.split() == [word for word in folded.split(" ") if word]
    assert unicodedata.is_normalized("NFC", folded)


@given(st.text(alphabet=st.characters()))
def test_a_cleaned_answer_can_be_stored_by_any_database(answer: str) -> None:
    cleaned = clean(answer)
    assert "\x00" not in cleaned
    cleaned.encode("utf-8")


def test_cleaning_keeps_chinese_and_line_breaks_as_they_are() -> None:
    assert clean("  第一行。\n第二行：\t$x$ 😀 \x00\x1b\n") == "第一行。\n第二行：\t$x$ 😀"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "$\\alpha + \\beta$",
        "https://example.org/paper",
        "3.14 ± 0.01 — 42 %",
        "BERT",
        "AlphaGo",
        "Mi:dm K 2.5 Pro",
    ],
)
def test_formulas_addresses_numbers_and_names_have_no_words(text: str) -> None:
    assert not has_words(text)


@pytest.mark.parametrize(
    "text", ["Deep Learning", "Llama 2", "GPT-4 Technical Report", "A SURVEY OF DEEP LEARNING", "$O(n)$ time", "研究"]
)
def test_short_titles_and_prose_have_words(text: str) -> None:
    assert has_words(text)


@pytest.mark.parametrize(
    ("text", "answer", "verdict"),
    [
        (SENTENCE, "我们提出了一种新的鲁棒规划方法。", Verdict.GOOD),
        (SENTENCE, "", Verdict.BAD),
        (SENTENCE, SENTENCE, Verdict.BAD),
        (SENTENCE, SENTENCE.upper(), Verdict.BAD),
        (SENTENCE, "I am sorry, but I cannot help with that request.", Verdict.BAD),
        (SENTENCE, "译" * 400, Verdict.BAD),
        ("BERT", "BERT", Verdict.GOOD),
        ("Deep Learning", "Deep Learning", Verdict.UNCHANGED),
        ("Deep Learning", "深度学习", Verdict.GOOD),
        ("BERT", "BERT 模型", Verdict.GOOD),
        ("GPT-4 Technical Report", "GPT-4 Technical Report", Verdict.UNCHANGED),
        ("Llama 2", "LLaMA 2", Verdict.UNCHANGED),
        ("$x^2$", "$x^2$", Verdict.GOOD),
        ("$x^2$", "", Verdict.BAD),
    ],
)
def test_an_answer_is_judged_by_what_a_reader_would_see(text: str, answer: str, verdict: Verdict) -> None:
    assert judge(text, answer, target="zh") == verdict


def test_only_a_language_with_a_script_of_its_own_has_to_be_written_in_it() -> None:
    assert judge(SENTENCE, "I am sorry, but I cannot help.", target="zh-Hans") == Verdict.BAD
    assert judge(SENTENCE, "I am sorry, but I cannot help.", target="ja") == Verdict.BAD
    assert judge(SENTENCE, "Wir schlagen ein neues Verfahren vor.", target="de") == Verdict.GOOD


@given(st.text(), st.text())
def test_nothing_judged_good_is_kept_out_of_the_memory(text: str, answer: str) -> None:
    answer = clean(answer)
    if fold(text) and judge(text, answer, target="zh") == Verdict.GOOD:
        assert is_storable(text, answer)


@given(st.text())
def test_a_text_with_words_is_never_stored_as_its_own_translation(text: str) -> None:
    assert is_same(text, f" {text}\n")
    assert is_storable(text, text) == (bool(text.strip()) and not has_words(text))
