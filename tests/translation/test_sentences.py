import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.translation.language import load_language
from newsletter.translation.sentences import align, join_sentences, split_sentences

EN, ZH, JA = load_language("en"), load_language("zh"), load_language("ja")
PROSE = st.text(alphabet="ab AB12.!?。！？；，,()\"“”$\\`'（）中文献 \n", max_size=60)


def split(text: str) -> list[str]:
    return [piece.strip() for piece in split_sentences(text, EN)]


@given(PROSE | st.text())
def test_the_pieces_joined_are_the_text(text: str) -> None:
    for language in (EN, ZH, JA):
        pieces = split_sentences(text, language)
        assert "".join(pieces) == text
        assert all(pieces)


@given(PROSE)
def test_every_sentence_but_a_blank_text_says_something(text: str) -> None:
    pieces = split_sentences(text, ZH)
    assert all(piece.strip() for piece in pieces) or len(pieces) == 1 or not text.strip() or not pieces[-1].strip()


def test_sentences_end_at_marks() -> None:
    assert split("We plan. Does it work? It does! Good.") == ["We plan.", "Does it work?", "It does!", "Good."]


@pytest.mark.parametrize(
    "sentence",
    [
        "We use tools, e.g. Python, i.e. snakes, and so on.",
        "Smith et al. [3] and Vaswani et al. (2017) differ.",
        "See Fig. 3 and Sec. 4.2 vs. Eq. (5).",
        "It gains 3.5 points with Qwen2.5 and GPT-3.5.",
        "Names such as J. Smith stay.",
        "We call it `a. B` in code.",
        r"Let $x. Y$ be given by \(a. B\) or \[c. D\].",
        "See https://example.org/a.B for more.",
        "It is etc. and so on.",
        "It goes on ... and on.",
        "Is it so (why?) or not.",
        "1. First we plan.",
    ],
)
def test_abbreviations_numbers_initials_and_formulas_end_nothing(sentence: str) -> None:
    assert split(sentence) == [sentence]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It works with LLMs, RAG, etc. We show it.", 2),
        ("The code is at https://example.org/x. We like it.", 2),
        ("We bound $x$. Then $y$ holds. $z$ follows.", 3),
        ("It is of type A. We like it.", 2),
        ('He said "no." She said yes.', 2),
        ("It has (a dot.) Then more.", 2),
        ("We extend detectors. iCaRL forgets. vLLM serves.", 3),
        ("The answer is no. We go on.", 2),
        ("See Fig. 2. We go on.", 2),
    ],
)
def test_a_sentence_may_begin_with_a_formula_a_name_or_a_quotation(text: str, count: int) -> None:
    assert len(split(text)) == count


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("我们提出方法。它有效！真的吗？是。", ["我们提出方法。", "它有效！", "真的吗？", "是。"]),
        ("它提升 3.5%；并且更快。完。", ["它提升 3.5%；并且更快。", "完。"]),
        ("他说“可以。”我们同意。", ["他说“可以。”", "我们同意。"]),
        ("关于“为什么？”的问题。", ["关于“为什么？”的问题。"]),
        ("我们提出方法.它有效.", ["我们提出方法.", "它有效."]),
        ("参见图.3的结果。", ["参见图.3的结果。"]),
    ],
)
def test_chinese_sentences_end_without_white_space(text: str, pieces: list[str]) -> None:
    assert split_sentences(text, ZH) == pieces


def test_sentences_are_joined_as_the_language_does() -> None:
    assert join_sentences(["我们提出方法。 ", "它有效。", ""], ZH) == "我们提出方法。它有效。"
    assert join_sentences(["We plan.", " It works."], EN) == "We plan. It works."


SOURCE = (
    "Planning with language models is slow and often fails on long tasks. "
    "We propose GRPO-X, a method that trains Qwen2.5 on 1,000 tasks without any labels. "
    "It is simple. "
    "Experiments on ImageNet show a gain of 3.5 points over all earlier methods. "
    "We release the code so that others can build on it."
)
FIRST = "使用语言模型进行规划速度缓慢，且在长任务上经常失败。"
SECOND = "我们提出 GRPO-X，一种无需任何标签即可在 1,000 个任务上训练 Qwen2.5 的方法。"
THIRD = "它很简单。"
FOURTH = "在 ImageNet 上的实验表明，与所有早期方法相比提升了 3.5 个百分点。"
FIFTH = "我们公开代码，以便他人继续研究。"


def counts(*targets: str) -> list[tuple[int, int]]:
    return [(len(pair.sources), len(pair.targets)) for pair in align(SOURCE, "".join(targets), EN, ZH)]


def test_equal_counts_are_paired_one_to_one() -> None:
    pairs = align(SOURCE, FIRST + SECOND + THIRD + FOURTH + FIFTH, EN, ZH)
    assert [pair.target for pair in pairs] == [FIRST, SECOND, THIRD, FOURTH, FIFTH]
    assert pairs[2].source == "It is simple. "


def test_a_sentence_left_out_has_no_target() -> None:
    pairs = align(SOURCE, FIRST + SECOND + THIRD + FIFTH, EN, ZH)
    assert [pair.source for pair in pairs if not pair.targets] == [split_sentences(SOURCE, EN)[3]]


def test_an_added_sentence_has_no_source() -> None:
    more = "此外，本文还讨论了许多其他相关的问题以及未来可能的研究方向。"
    pairs = align(SOURCE, FIRST + SECOND + THIRD + FOURTH + FIFTH + more, EN, ZH)
    assert [pair.target for pair in pairs if not pair.sources] == [more]


def test_merged_and_split_sentences_stay_together() -> None:
    assert counts(FIRST, SECOND[:-1] + "，", THIRD, FOURTH, FIFTH) == [(1, 1), (2, 1), (1, 1), (1, 1)]
    assert counts(FIRST[:14] + "。", FIRST[14:], SECOND, THIRD, FOURTH, FIFTH)[0] == (1, 2)


@given(PROSE, PROSE)
def test_pairs_hold_every_sentence_once_and_in_order(source: str, target: str) -> None:
    pairs = align(source, target, EN, ZH)
    assert "".join(pair.source for pair in pairs) == source
    assert "".join(pair.target for pair in pairs) == target


def test_an_empty_translation_leaves_everything_out() -> None:
    assert [pair.targets for pair in align(SOURCE, "", EN, ZH)] == [()] * 5
