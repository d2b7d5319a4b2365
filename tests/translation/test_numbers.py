import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.translation.language import load_language
from newsletter.translation.numbers import added_numbers, find_numbers, lost_numbers

EN, ZH, JA = load_language("en"), load_language("zh"), load_language("ja")


def found(text: str) -> list[str]:
    return [number.text for number in find_numbers(text, EN)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("We gain 3.5 points on 1,500 tasks in 2024.", ["3.5", "1,500", "2024"]),
        ("It has 1.5B parameters and 10 million users.", ["1.5B", "10 million"]),
        (r"A 3.2$\times$ speed-up, 76.16\% of it, 0.5 ± 0.1.", ["3.2", "76.16", "0.5", "0.1"]),
        ("The 5th of 3-stage, 10x and 20 ms.", ["5", "3", "10", "20"]),
        ("Qwen2.5-VL-3B, 3D, $x_1 = 5$, [12], arXiv:2301.01234, https://a.org/5 and F1.", []),
        ("They are (1) fast, (2) small; 3) good.", []),
        (r"About 1{,}500 and 1\,500.", ["1", "500", "1", "500"]),
    ],
)
def test_numbers_that_stand_for_themselves_are_found(text: str, numbers: list[str]) -> None:
    assert found(text) == numbers


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("10 million users", "1000万用户"),
        ("10 million users", "一千万用户"),
        ("1.5B tokens", "15亿词元"),
        ("1.5B tokens", "1.5B 词元"),
        ("36M pairs", "3600万对"),
        ("6M edges", "6百万条边"),
        ("1,500 tasks", "1500个任务"),
        ("1,500 tasks", "1，500个任务"),
        ("120 million", "1亿2000万"),
        ("a 3-stage method", "三阶段方法"),
        ("2 modes", "双模式"),
        ("50% of it", "百分之五十"),
        ("50% of it", "一半"),
        ("in 2023", "二〇二三年"),
        ("12 tasks", "十二个任务"),
        ("1/3 of it", "三分之一"),
        ("in the 1990s", "20世纪90年代"),
        ("7 to 70 billion", "70亿到700亿"),
        ("10,000 hours", "1万多小时"),
        ("3.5%", "3.5％"),
    ],
)
def test_a_number_may_be_written_as_its_language_does(source: str, answer: str) -> None:
    assert lost_numbers(source, answer, EN, ZH) == []


@pytest.mark.parametrize(
    ("source", "answer", "lost"),
    [
        ("10 million users", "10万用户", ["10 million"]),
        ("70B parameters", "70亿参数", ["70B"]),
        ("LLaMA with 2 of 7 parts", "LLaMA 的 27 个部分", ["2", "7"]),
        ("a gain of 3.5 points", "提升显著", ["3.5"]),
        ("a gain of 3.5 points", "提升 35 点", ["3.5"]),
    ],
)
def test_a_number_that_is_missing_or_wrong_is_lost(source: str, answer: str, lost: list[str]) -> None:
    assert lost_numbers(source, answer, EN, ZH) == lost


def test_japanese_counts_in_its_own_way() -> None:
    assert lost_numbers("10 million and 3 of 5", "1000万、三つと5", EN, JA) == []
    assert lost_numbers("2 billion", "20億", EN, JA) == []


@pytest.mark.parametrize(
    ("source", "answer", "added"),
    [
        ("Many tasks.", "500个任务。", ["500"]),
        ("Twenty-five tasks in three stages.", "25个任务，分3个阶段。", []),
        ("582M clips", "58.2亿个片段", ["58.2亿"]),
        ("two hundred thousand users", "20万用户", []),
        ("GSM8K and Llama-70B", "GSM8K 与 Llama 70B", []),
        ("the twentieth century", "20世纪", []),
    ],
)
def test_a_number_that_the_source_does_not_hold_is_added(source: str, answer: str, added: list[str]) -> None:
    assert added_numbers(source, answer, EN, ZH) == added


@given(st.lists(st.floats(min_value=0, max_value=1e9).map(lambda value: f"{value:.2f}"), max_size=5))
def test_a_text_loses_and_adds_no_number_to_itself(numbers: list[str]) -> None:
    text = "We count " + " and ".join(numbers)
    assert lost_numbers(text, text, EN, ZH) == []
    assert added_numbers(text, text, EN, EN) == []


@given(st.text(alphabet="0123456789,.千万亿百十三 KMBx%-", max_size=40))
def test_any_text_can_be_read(text: str) -> None:
    assert added_numbers(text, text, ZH, ZH) == []
