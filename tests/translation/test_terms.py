"""Mending a translation by the glossary."""

import pytest

from newsletter.translation.glossary import Glossary
from newsletter.translation.language import load_language
from newsletter.translation.term import Term
from newsletter.translation.term_check import check_terms
from newsletter.translation.terms import Change, Mended, mend_terms

ENGLISH, CHINESE, JAPANESE = load_language("en"), load_language("zh"), load_language("ja")

GLOSSARY = Glossary(
    terms=(
        Term(source="policy", forms=("策略",), forbidden=("政策",), kept=("政策制定者",), rivals=("government",)),
        Term(source="policy gradient", forms=("策略梯度",), forbidden=("政策梯度",), is_explained=True),
        Term(source="agent", forms=("智能体",), forbidden=("代理人", "代理", "特工")),
        Term(source="surrogate model", forms=("代理模型",)),
        Term(source="proxy", forms=("代理",)),
        Term(source="rollout", forms=("轨迹采样", "采样轨迹"), forbidden=("推广", "部署轨迹"), rivals=("generali",)),
        Term(
            source="large language model",
            also=("LLM",),
            forms=("大语言模型", "大型语言模型"),
            replaced=("大型语言模型",),
        ),
        Term(source="baseline", forms=("基线", "基准"), replaced=("基准",)),
        Term(source="benchmark", forms=("基准",)),
        Term(source="transformer", forms=("Transformer",), forbidden=("变压器",)),
        Term(source="diffusion", forms=("扩散",)),
        Term(source="diffusion policy", forms=("扩散策略",)),
        Term(source="state-of-the-art", forms=("最先进",)),
        Term(source="state", forms=("状态",), forbidden=("国家",), unless=("State-of-the-art states",)),
        Term(source="credit assignment", forms=("信用分配",), forbidden=("学分分配",)),
    )
)


def mend(source: str, target: str, *, explains: bool = False) -> Mended:
    mended = mend_terms(source, target, GLOSSARY, ["cs.LG"], ENGLISH, CHINESE, explains=explains)
    again = mend_terms(source, mended.text, GLOSSARY, ["cs.LG"], ENGLISH, CHINESE, explains=explains)
    assert again.text == mended.text
    assert again.changes == ()
    return mended


@pytest.mark.parametrize(
    ("source", "target", "text"),
    [
        ("Agents learn a policy.", "代理人学习政策。", "智能体学习策略。"),
        ("A robust policy for agents.", "为特工制定的稳健政策。", "为智能体制定的稳健策略。"),
        ("An intelligent agent.", "一个智能代理。", "一个智能体。"),
        ("Rollouts are long.", "部署轨迹采样很长。", "轨迹采样很长。"),
        ("An LLM agent with a transformer.", "带变压器的LLM代理。", "带Transformer的LLM智能体。"),
        ("Large language models plan.", "大型语言模型会规划。", "大语言模型会规划。"),
    ],
)
def test_a_wrong_form_gives_way_to_the_right_one(source: str, target: str, text: str) -> None:
    assert mend(source, target).text == text


def test_an_accepted_form_stays_where_it_may_stand_for_another_term() -> None:
    assert mend("It beats baselines.", "它优于基准。").text == "它优于基线。"
    assert mend("It beats baselines on benchmarks.", "它在基准上优于基线。").text == "它在基准上优于基线。"


def test_what_was_changed_is_told() -> None:
    mended = mend("Credit assignment is hard.", "学分分配很难。")
    assert mended.changes == (Change(term="credit assignment", before="学分分配", after="信用分配"),)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("A surrogate model for agents.", "智能体的代理模型。"),  # a form of another term of the text
        ("A policy for policymakers.", "面向政策制定者的策略。"),  # a longer word that is right
        ("The policy generalizes from rollouts.", "该策略由采样轨迹推广而来。"),  # generalizes accounts for 推广
        ("An agent behind a proxy.", "代理背后的智能体。"),
        ("It names an agent `代理`.", "它把智能体称为`代理`。"),
        ("The proxy is open.", "代理是开放的。"),
    ],
)
def test_what_is_right_stays(source: str, target: str) -> None:
    assert mend(source, target) == Mended(text=target)


def test_where_another_word_accounts_for_one_of_two_only_the_nearer_is_replaced() -> None:
    mended = mend(
        "Agents hide behind a long and winding chain of many a proxy.", "代理隐藏在由许多代理构成的漫长链条之后。"
    )
    assert mended.text == "智能体隐藏在由许多代理构成的漫长链条之后。"


def test_a_term_is_mended_where_the_source_says_they() -> None:
    mended = mend("The agents act. They learn from what they have seen.", "智能体行动。代理从所见中学习。")
    assert mended.text == "智能体行动。智能体从所见中学习。"


def test_a_rival_keeps_a_sentence_that_does_not_say_the_term() -> None:
    target = "轨迹采样很长。结果推广到新任务。"
    assert mend("Rollouts are long. Results generalize to new tasks.", target).text == target


def test_a_term_that_no_accepted_form_stands_for_is_missing() -> None:
    mended = mend("The agent acts. The policy is good.", "它行动。策略很好。")
    assert mended.missing == ("agent",)
    assert mended.forbidden == ()


def test_a_term_that_is_left_in_its_own_letters_is_not_missing() -> None:
    assert mend("Rollouts of an agent named ProRL Agent.", "ProRL Agent 的 rollouts。").missing == ()


def test_a_long_term_may_be_said_by_its_parts() -> None:
    assert mend("Diffusion-based and diffusion policies.", "基于扩散的以及相应的策略。").missing == ()
    assert mend("Diffusion policies.", "基于扩散的做法。").missing == ("diffusion policy",)
    assert mend("Credit assignment.", "信用的分配。").missing == ()
    assert mend("Credit assignment.", "信用，以及分配。").missing == ("credit assignment",)


def test_what_a_long_term_is_made_of_is_mended_too() -> None:
    assert mend("The diffusion policy works.", "扩散式政策有效。").text == "扩散式策略有效。"
    assert mend("State-of-the-art states.", "该国家最先进的状态。").text == "该国家最先进的状态。"


def test_the_first_mention_of_a_rare_term_names_it_once() -> None:
    source, target = "Policy gradients are old. Policy gradients work.", "策略梯度很老。策略梯度有效。"
    assert mend(source, target, explains=True).text == "策略梯度（policy gradient）很老。策略梯度有效。"
    assert mend(source, target).text == target


def test_a_rare_term_is_named_where_the_source_says_it() -> None:
    glossary = Glossary(
        terms=(
            Term(source="rollout", forms=("轨迹采样", "轨迹"), is_explained=True),
            Term(source="trajectory", forms=("轨迹",)),
        )
    )
    source, target = "Trajectories vary. Rollouts and trajectories help.", "轨迹多变。轨迹和轨迹采样有用。"
    mended = mend_terms(source, target, glossary, [], ENGLISH, CHINESE, explains=True)
    assert mended.text == "轨迹多变。轨迹和轨迹采样（rollout）有用。"


def test_a_term_that_the_text_names_already_is_not_named_again() -> None:
    target = "策略梯度（Policy Gradient）很老。"
    assert mend("Policy gradients (PG) are old.", target, explains=True).text == target


def test_brackets_are_those_of_the_language() -> None:
    glossary = Glossary(terms=(Term(source="agent", forms=("actor",), is_explained=True),))
    mended = mend_terms("Agents act.", "Los actor.", glossary, [], ENGLISH, ENGLISH, explains=True)
    assert mended.text == "Los actor (agent)."


def test_another_language_needs_only_data() -> None:
    glossary = Glossary(terms=(Term(source="policy", forms=("方策",), forbidden=("政策", "ポリシー")),))
    mended = mend_terms("A policy is learned.", "ポリシーを学習する。", glossary, [], ENGLISH, JAPANESE)
    assert mended.text == "方策を学習する。"


def test_a_text_without_terms_stays() -> None:
    assert mend("We thank you.", "谢谢。") == Mended(text="谢谢。")


def test_a_check_counts_what_is_said_rightly_and_wrongly() -> None:
    source = "Agents learn a policy. An agent explores. The policy gradient is used."
    target = "代理学习策略。它探索。使用了梯度。"
    check = check_terms(source, target, GLOSSARY, ["cs.LG"], ENGLISH, CHINESE)
    assert (check.said, check.right) == (4, 1)
    assert check.forbidden == ("代理",)
    assert check.missing == ("agent", "policy gradient")


def test_a_part_of_a_text_is_checked_in_the_context_of_the_whole() -> None:
    glossary = Glossary(terms=(Term(source="policy", forms=("策略",), forbidden=("政策",), near=("reward",)),))
    part, whole = "The policy is good.", "Rewards are sparse. The policy is good."
    assert mend_terms(part, "政策很好。", glossary, [], ENGLISH, CHINESE).text == "政策很好。"
    assert mend_terms(part, "政策很好。", glossary, [], ENGLISH, CHINESE, context=whole).text == "策略很好。"
