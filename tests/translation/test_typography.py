from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.translation.language import load_language
from newsletter.translation.protect import find_spans
from newsletter.translation.typography import find_faults, mend, mend_title

EN, ZH, JA = load_language("en"), load_language("zh"), load_language("ja")
PIECES = """我们 方法 GRPO Adam is , . : ; ? ! ( ) （ ） " “ ” ， 。 、 $x,y$ https://a.org/b,c `a,b` 1,000 3.5% 10 万
... - 1. ' ％ Ａ \\cite{a} \\href{u}{公开} [1] f(x)"""
MIXED = st.lists(st.sampled_from([*PIECES.split(), " "]), max_size=14).map("".join)


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("我们提出了CodeScaler,一种模型.", "我们提出了 CodeScaler，一种模型。"),
        ("强化学习(RLVR)通过反馈,推动进展", "强化学习（RLVR）通过反馈，推动进展"),
        ("方法如下:(1)训练;(2)推断!真的吗?", "方法如下：（1）训练；（2）推断！真的吗？"),
        ("它包含4,334个问题,准确率为95.5%,很高", "它包含 4,334 个问题，准确率为 95.5%，很高"),
        ("在区间[0,1]上,$f(x, y)$有界", "在区间 [0,1] 上，$f(x, y)$ 有界"),
        ("使用 PPO, DQN 与 A2C。", "使用 PPO, DQN 与 A2C。"),
        ("函数f(x, y)与O(n)", "函数 f(x, y) 与 O(n)"),
        ("这是\"好\"方法,即``好''方法", "这是“好”方法，即“好”方法"),
        ("见 https://a.org/b,c ，以及`a,b`", "见 https://a.org/b,c，以及 `a,b`"),
        ("我们 提出 方法 ， 它 有效 。 GRPO", "我们提出方法，它有效。GRPO"),
        ("训练10万步、1.5亿词元", "训练 10万步、1.5亿词元"),
        ("提升５％，采用ＡＩ", "提升 5%，采用 AI"),
        ("Vaswani et al. 的工作", "Vaswani et al. 的工作"),
        ("进口受到...", "进口受到……"),
        ("它有效。。", "它有效。"),
        ("Alzheimer's病", "Alzheimer's 病"),
        ("时间为10:30,地点不变", "时间为 10:30，地点不变"),
        ("arXiv:2402.11354v1 公告类型：交叉 摘要：在机器学习中", "在机器学习中"),
        ("翻译过的论文摘要: 孪生编码器", "孪生编码器"),
        ("異质图與強化學習", "异质图与强化学习"),
        ("数据均已 \\href{https://a.org}{公开}。", "数据均已\\href{https://a.org}{公开}。"),
        ("数据均在\\href{https://a.org}{GitHub}上", "数据均在 \\href{https://a.org}{GitHub} 上"),
    ],
)
def test_chinese_has_its_own_marks_and_spaces(text: str, mended: str) -> None:
    assert mend(text, ZH) == mended


def test_japanese_has_no_spaces_beside_latin() -> None:
    assert mend("本研究では GRPO を提案し, 評価する.", JA) == "本研究ではGRPOを提案し、評価する。"


@given(MIXED)
def test_english_stays_as_it_is(text: str) -> None:
    assert mend(text, EN) == text


@given(MIXED | st.text(max_size=30))
def test_mending_twice_is_mending_once(text: str) -> None:
    for language in (ZH, JA):
        assert mend(mend(text, language), language) == mend(text, language)
        assert find_faults(mend(text, language), language) == {}


@given(MIXED)
def test_no_span_is_touched(text: str) -> None:
    mended = mend(text.replace("％", "").replace("Ａ", ""), ZH)
    before = Counter(span.text for span in find_spans(text.replace("％", "").replace("Ａ", "")))
    for span, count in before.items():
        assert mended.count(span) >= count


def test_a_title_has_no_full_stop_and_no_title_marks_around_it() -> None:
    assert mend_title("《基于 GRPO 的规划。》", ZH) == "基于 GRPO 的规划"
    assert mend_title("翻译过的论文标题: 孪生\n变压器。", ZH) == "孪生变压器"
    assert mend_title("《自然》中的规划", ZH) == "《自然》中的规划"
    assert mend_title("Planning.", EN) == "Planning."


def test_faults_are_counted_by_kind() -> None:
    assert find_faults("我们提出方法,它有效.", ZH) == {"punctuation": 2}
    assert find_faults("我们提出GRPO方法。", ZH) == {"spacing": 2}
    assert find_faults("我们提出 GRPO 方法。", ZH) == {}
