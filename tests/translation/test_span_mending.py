import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.translation.language import load_language
from newsletter.translation.protect import lost_spans
from newsletter.translation.span_mending import mend_spans

ZH, JA = load_language("zh"), load_language("ja")


@pytest.mark.parametrize(
    ("source", "answer", "mended"),
    [
        ("We use $f$-IRL.", "我们使用 f-IRL。", "我们使用 $f$-IRL。"),
        ("an $\\epsilon$-neighbour", "ε-邻居", "$\\epsilon$-邻居"),
        ("under $(\\varepsilon, \\delta)$-privacy", "在（ε，δ）-隐私下", "在$(\\varepsilon, \\delta)$-隐私下"),
        ("from $O(N^2)$ to $O(N)$", "从 O(N^2) 到 O(N)", "从 $O(N^2)$ 到 $O(N)$"),
        ("lower to O(n) here", "降低到 O（n）", "降低到 O(n)"),
        ("These TGNNs win.", "这些TGNNS更好。", "这些TGNNs更好。"),
        ("PRISM: Parallel Reward", "棱镜：并行奖励", "PRISM：并行奖励"),
        ("AbuseGPT: Abuse of Chatbots", "滥用聊天机器人", "AbuseGPT：滥用聊天机器人"),
    ],
)
def test_what_stands_there_in_another_shape_is_put_right(source: str, answer: str, mended: str) -> None:
    assert mend_spans(source, answer, ZH) == mended
    assert lost_spans(source, mended) == []


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("We take $A$.", "A 与 A 不同。"),  # which of them?
        ("We take $x$ and $y$.", "我们取一些变量。"),
        ("We take $x$.", "我们取 $x$ 与 max。"),
        ("APIServe and APISERVE win.", "APIServe 更好。"),
        ("DeepForge: Leveraging AI", "利用模型预测控制的深度锻造：在金属成形中的应用"),
        ("PRISM wins.", "棱镜：更好。"),
    ],
)
def test_what_leaves_a_doubt_stays(source: str, answer: str) -> None:
    assert mend_spans(source, answer, ZH) == answer


def test_the_colon_is_the_languages_own() -> None:
    assert mend_spans("PRISM: Parallel Reward", "並列報酬", JA) == "PRISM：並列報酬"


def any_of(*pieces: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(pieces), max_size=8).map("".join)


@given(
    any_of("$x$", "$y_1$", "GRPO", "O(n)", ": ", "我们", " and ", "x", "grpo", "（", "O（n）", "，"),
    any_of("$x$", "x", "y_1", "Grpo", "O（n）", "：", "我们", "，", " ", "GRPO"),
)
def test_mending_never_loses_a_span(source: str, answer: str) -> None:
    mended = mend_spans(source, answer, ZH)
    assert len(lost_spans(source, mended)) <= len(lost_spans(source, answer))
