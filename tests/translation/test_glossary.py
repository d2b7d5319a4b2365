"""Finding the terms of a glossary in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.translation.glossary import Glossary, load_glossary
from newsletter.translation.language import list_codes
from newsletter.translation.term import Term

POLICY = Term(
    source="policy",
    forms=("策略",),
    forbidden=("政策",),
    near=("reinforcement learning", "reward"),
    categories=("cs.RO",),
    unless=("government",),
)
GLOSSARY = Glossary(
    terms=(
        POLICY,
        Term(source="policy gradient", forms=("策略梯度",)),
        Term(source="multi-agent", forms=("多智能体",)),
        Term(source="agent", forms=("智能体",), forbidden=("代理",)),
        Term(source="on-policy", forms=("同策略",)),
        Term(source="RAG", forms=("检索增强生成",)),
        Term(source="behavior cloning", forms=("行为克隆",)),
        Term(source="rollout", forms=("轨迹采样",)),
        Term(source="hypothesis", forms=("假设",)),
        Term(source="dynamics", forms=("动力学",)),
        Term(source="large language model", also=("LLM",), forms=("大语言模型",)),
    )
)


def found(text: str, *categories: str) -> list[str]:
    return [occurrence.text for occurrence in GLOSSARY.find(text, categories)]


def test_the_longest_term_counts_and_none_inside_it() -> None:
    assert found("A policy gradient for multi-agent systems, and a policy with reward.") == [
        "policy gradient",
        "multi-agent",
        "policy",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Agents act.",
        "AGENT",
        "On-policy",
        "MULTIAGENT systems",
        "multi agent systems",
        "Multi-Agent Systems",
        "behaviour-cloning",
        "Behavior\ncloning",
        "roll-outs",
        "hypotheses",
        "RAGs",
        "LLMs",
        "Large Language Models",
    ],
)
def test_a_term_is_found_in_the_plural_with_or_without_hyphen_in_either_spelling(text: str) -> None:
    assert len(found(text)) == 1


@pytest.mark.parametrize(
    "text", ["rag", "a dynamic model", "reagent", "multi. Agency", "large, language model", "based on policy"]
)
def test_what_only_looks_like_a_term_is_none(text: str) -> None:
    assert found(text) == []


def test_a_term_inside_a_name_a_formula_or_an_address_is_none() -> None:
    assert found(r"See https://agent.org/policy-gradient, $x_{agent}^2$ and \texttt{agent}.") == []


def test_a_word_with_an_everyday_meaning_needs_its_field() -> None:
    assert found("A policy on data.") == []
    assert found("A policy on data.", "cs.RO") == ["policy"]
    assert found("A policy of high rewards.") == ["policy"]
    assert found("A policy of the government on rewards.", "cs.RO") == []


def test_a_sentence_is_read_in_the_context_of_its_text() -> None:
    assert [
        one.text for one in GLOSSARY.find("The policy is good.", context="Reinforcement-learning. The policy is good.")
    ]


def test_both_category_and_word_can_be_asked_for() -> None:
    glossary = Glossary(
        terms=(Term(source="arm", forms=("臂",), categories=("cs",), near=("bandit",), needs_both=True),)
    )
    assert not glossary.find("An arm of a bandit.", ["math.ST"])
    assert not glossary.find("An arm.", ["cs.LG"])
    assert glossary.find("An arm of a bandit.", ["cs.LG"])


def test_of_two_readings_the_first_that_fits_counts() -> None:
    other = Term(source="policy", forms=("政策",))
    glossary = Glossary(terms=(POLICY, other))
    assert glossary.pairs("A policy for rewards.") == [("policy", "策略")]
    assert glossary.pairs("A policy for schools.") == [("policy", "政策")]


def test_the_key_of_a_text_changes_only_with_the_terms_that_occur_in_it() -> None:
    text = "An agent acts."
    key = GLOSSARY.key(text)
    assert key == GLOSSARY.key("Two agents!")
    assert key == GLOSSARY.with_terms([Term(source="bandit", forms=("老虎机",))]).key(text)
    assert key != GLOSSARY.with_terms([Term(source="agent", forms=("代理",))]).key(text)
    assert GLOSSARY.key("Nothing of the field.") == ""


def test_terms_that_are_added_replace_those_of_the_same_name() -> None:
    glossary = GLOSSARY.with_terms([Term(source="Agent", forms=("主体",)), Term(source="bandit", forms=("老虎机",))])
    assert glossary.pairs("An agent and a bandit.") == [("Agent", "主体"), ("bandit", "老虎机")]


def test_the_terms_for_every_text_are_those_without_a_context() -> None:
    pairs = dict(GLOSSARY.all_pairs())
    assert pairs["large language model"] == "大语言模型"
    assert not {"policy", "LLM", "RAG"} & pairs.keys()


def test_shorter_terms_stand_inside_a_long_one() -> None:
    glossary = GLOSSARY.with_terms([Term(source="agent with behavior cloning", forms=("行为克隆智能体",))])
    text = "Two agents with behavior cloning"
    (whole,) = glossary.find(text)
    parts = glossary.find_inside(whole, context=text)
    assert [part.term.source for part in parts] == ["agent", "behavior cloning"]
    assert [text[part.start : part.end] for part in parts] == ["agents", "behavior cloning"]
    (short,) = glossary.find("policy gradients")
    assert not glossary.find_inside(short, context="")


@given(st.text(alphabet="agentpolicy rolluthm-LMs.$", max_size=60))
def test_what_is_found_stands_in_the_text_in_order(text: str) -> None:
    end = 0
    for one in GLOSSARY.find(text, ["cs.RO"]):
        assert one.start >= end
        assert text[one.start : one.end] == one.text
        end = one.end


@pytest.mark.parametrize("code", list_codes())
def test_the_glossary_of_every_language_can_be_read(code: str) -> None:
    assert load_glossary(code) is load_glossary(code)


def test_no_glossary_of_an_unknown_language() -> None:
    with pytest.raises(InputError, match="no language 'xx'"):
        load_glossary("xx")
