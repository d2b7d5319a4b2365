import pytest

from newsletter.translation.names import Naming, find_explained, find_name

_NAMES = (
    "GRPO Qwen2.5-VL-3B LLaMA-3 Llama-3.1-8B ImageNet SLEA-RL GPT-4o iCaRL vLLM t-SNE COVID-19 ResNet-50 BERT CodeScaler "
    "MultiDAG+ 3DGS DeepSeek-R1 PyTorch AlphaGo"
)


@pytest.mark.parametrize("token", _NAMES.split())
def test_names_are_names_as_a_whole(token: str) -> None:
    assert find_name(token) == (0, len(token), Naming.NAME)


@pytest.mark.parametrize("token", ["LLM", "LLMs", "RL", "AI", "IoT", "UAVs", "F1", "k-NN", "eXplainable", "REtrieval"])
def test_what_the_field_says_in_its_own_words_is_an_acronym(token: str) -> None:
    found = find_name(token)
    assert found is not None
    assert found[2] is Naming.ACRONYM or token in ("F1", "k-NN")


@pytest.mark.parametrize(
    "token",
    [
        "Vision-Language",
        "End-to-End",
        "Deep",
        "planning",
        "Top-5",
        "top-1",
        "Phase-2",
        "a--b",
        "-",
        "III",
        "U-Net",
        "Q-Learning",
    ],
)
def test_ordinary_words_and_counted_things_are_neither(token: str) -> None:
    assert find_name(token) is None


@pytest.mark.parametrize(
    ("token", "name"),
    [
        ("GRPO-style", "GRPO"),
        ("LLM-based", "LLM"),
        ("GPT-4o-mini", "GPT-4o"),
        ("text-to-SQL", "SQL"),
        ("PPG-to-ABP", "PPG"),
        ("non-CLIP", "CLIP"),
    ],
)
def test_ordinary_parts_of_a_compound_do_not_belong_to_the_name(token: str, name: str) -> None:
    found = find_name(token)
    assert found is not None
    assert token[found[0] : found[1]] == name


def test_an_acronym_is_explained_by_the_words_before_it() -> None:
    text = "We use Search Based Software Testing (SBST) and analog in-memory computing (AIMC), and the tool (GREP)."
    assert find_explained(text) == {"SBST", "AIMC"}
