import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.queries.automaton import PhraseAutomaton, SubstringAutomaton
from newsletter.queries.language import parse_query
from newsletter.queries.query import Phrase
from newsletter.queries.words import normalise, read_words, squeeze
from tests.queries.reference import has_words


def phrase(typed: str) -> Phrase:
    found = parse_query(typed)
    assert isinstance(found, Phrase)
    return found


def places(typed: str, text: str) -> list[tuple[int, int]]:
    found = PhraseAutomaton([phrase(typed)]).find(read_words(normalise(text)))
    return sorted((first, behind) for _, first, behind in found)


def is_found(typed: str, text: str) -> bool:
    return bool(places(typed, text))


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("diffusion policy", "We learn Diffusion Policies."),
        ("reinforcement learning", "offline reinforcement-learning agents"),
        ("reinforcement learning", "reinforcement\n  learning"),
        ("large language model", "large language models (LLMs)"),
        ("LLMs", "an LLM"),
        ("self supervised", "self-supervised"),
        ("self supervised", "selfsupervised"),
        ("selfsupervised", "self-supervised"),
        ("pretraining", "pre-training"),
        ("pretraining", "pre training"),
        ("pre-training", "pretraining"),
        ("pre training", "pre-training"),
        ("time series", "timeseries forecasting"),
        ("timeseries", "Time Series"),
        ("datasets", "a data set"),
        ("nonlinear time series", "non-linear timeseries"),
        ("3D", "3-D"),
        ("GPT-4", "GPT4"),
        ("gpt4", "GPT-4"),
        ("SE(3)", "the SE(3)-equivariant net"),
        ("SE(3) equivariant", "SE(3)-equivariant"),
        ("0/1 knapsack", "the 0-1 knapsack"),
        ("bellman equation", "Bellman's equation"),
        ("Poincare map", "Poincaré map"),
        ("C++", "written in C++."),
        ("A* search", "A* Search"),
        ("k-means", "kmeans and K means"),
        ("state-of-the-art", "state of the art"),
        ("LLM-as-a-judge", "LLM as a Judge"),
        ("transform*", "Transformers"),
        ("graph neural net*", "graph neural networks"),
        ("policy*", "policies"),
        ("pretrain*", "pre-training"),
        ("pre-train*", "pretraining"),
        ("R&D", "R & D"),
        ("qwen2.5", "Qwen2.5-VL"),
    ],
)
def test_a_bare_phrase_is_found_however_it_is_spelt(typed: str, text: str) -> None:
    assert is_found(typed, text)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("rag", "storage and fragments"),
        ("diffusion policy", "diffusion of policy"),
        ("diffusion policy", "policy diffusion"),
        ("diffusion policy", "diffusion. Policy"),
        ("diffusion policy", "diffusion – policy"),
        ("diffusion policy", "diffusion, policy"),
        ("inpainting", "techniques used in painting"),
        ("notable", "no table"),
        ("online", "depends on line search"),
        ("gan", "a g an"),
        ("ai", "such a I"),
        ("dynamics", "dynamic programming"),
        ("C", "C++ and C#"),
        ("A* search", "a search"),
        ("net*", "a subnet"),
        ("4o", "GPT-4"),
        ("qwen2.5", "qwen2 5"),
    ],
)
def test_a_bare_phrase_is_not_found_in_other_words(typed: str, text: str) -> None:
    assert not is_found(typed, text)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ('"reinforcement learning"', "Reinforcement\n Learning"),
        ('"vision-language"', "vision-language"),
        ('"vision-language"', "Vision–Language"),
        ('"vision-language"', "vision language"),
        ('"vision-language"', "VisionLanguage"),
        ('"vision-language-action model"', "visionlanguage action model"),
        ('"SE(3)"', "SE(3)"),
        ('"Bellman"', "Bellman's"),
        ('"e.g. this"', "e.g. this"),
        ('"policies"', "policies"),
    ],
)
def test_a_quoted_phrase_is_found_as_it_is_but_for_case_and_its_hyphens(typed: str, text: str) -> None:
    assert is_found(typed, text)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ('"reinforcement learning"', "reinforcement-learning"),
        ('"reinforcement learning"', "reinforcementlearning"),
        ('"reinforcement learning"', "reinforcement (learning)"),
        ('"policy"', "policies"),
        ('"policies"', "policy"),
        ('"pretraining"', "pre-training"),
        ('"vision-language"', "vision - language"),
        ('"rag"', "storage"),
        ('"SE(3)"', "SE 3"),
        ('"bellman equation"', "Bellman's equation"),
    ],
)
def test_a_quoted_phrase_is_not_found_otherwise(typed: str, text: str) -> None:
    assert not is_found(typed, text)


def test_every_place_is_found_also_within_other_phrases() -> None:
    typed = ["language model", "large language model", "model", '"language"']
    found = PhraseAutomaton([phrase(text) for text in typed]).find(read_words("a large language model and a model"))

    assert found == {(0, 2, 4), (1, 1, 4), (2, 3, 4), (2, 6, 7), (3, 2, 3)}


def test_one_place_is_one_place_however_many_spellings_lead_there() -> None:
    assert places("pre training", "pre-training pretraining") == [(0, 2), (2, 3)]


@given(
    st.lists(
        st.sampled_from(["a", "pre", "training", "pretraining", "time", "series", "in", "net", "nets"]), max_size=7
    ),
    st.lists(st.sampled_from([" ", "-", " - ", ", ", "/", "  "]), min_size=7, max_size=7),
    st.sampled_from(
        [
            *(
                "pre training",
                "pre-training",
                "pretraining",
                "pretraining net",
                "pre training time series",
                "pretrain*",
            ),
            *("in net", "time-series net", '"pre-training"', '"time series"', '"pre-training-net time"', "a-pre*"),
        ]
    ),
)
def test_the_automaton_finds_what_trying_every_place_finds(words: list[str], joints: list[str], typed: str) -> None:
    text = "".join(word + joint for word, joint in zip(words, joints, strict=False))
    assert is_found(typed, text) == has_words(phrase(typed), text)


@given(
    st.lists(st.sampled_from(["a", "pre", "training", "in", "painting", "nets"]), min_size=1, max_size=4),
    st.lists(st.sampled_from([" ", "-"]), min_size=4, max_size=4),
    st.lists(
        st.sampled_from(["a", "pre", "training", "pretraining", "in", "painting", "inpainting", "nets"]), max_size=7
    ),
    st.lists(st.sampled_from([" ", "-", ", ", ""]), min_size=7, max_size=7),
)
def test_a_quoted_phrase_never_finds_more_than_the_bare_one(
    asked: list[str], asked_joints: list[str], words: list[str], joints: list[str]
) -> None:
    typed = "".join(word + joint for word, joint in zip(asked, asked_joints, strict=False)).rstrip(" -")
    text = "".join(word + joint for word, joint in zip(words, joints, strict=False))

    assert is_found(typed, text) or not is_found(f'"{typed}"', text)


def test_a_phrase_with_many_words_and_hyphens_does_not_explode() -> None:
    long = "-".join(f"word{number}" for number in range(40))

    assert is_found(f'"{long}"', long)
    assert is_found(long, long.replace("-", " "))


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("强化学习", "深度强化学习方法"),
        ("强化学习", "强化 学习"),
        ("强化 学习", "强化学习"),
        ("ＬＬＭ智能体", "基于 LLM 智能体"),
        ("LLM智能体", "LLM 智能体"),
        ("3D重建", "三维（3D）与3D 重建"),
    ],
)
def test_a_chinese_phrase_is_found_without_regard_to_spaces_and_width(typed: str, text: str) -> None:
    assert SubstringAutomaton([phrase(typed)]).find(squeeze(normalise(text)))


@pytest.mark.parametrize(
    ("typed", "text"), [("强化学习", "强化的学习"), ("RL智能体", "DRL智能体"), ("模型a", "模型abc")]
)
def test_a_chinese_phrase_does_not_cut_latin_words(typed: str, text: str) -> None:
    assert not SubstringAutomaton([phrase(typed)]).find(squeeze(normalise(text)))


def test_overlapping_chinese_phrases_are_all_found() -> None:
    automaton = SubstringAutomaton([phrase("强化学习"), phrase("学习"), phrase("robot")])

    assert automaton.find("强化学习学习") == {(0, 0, 4), (1, 2, 4), (1, 4, 6)}
