import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.queries.words import (
    Reading,
    Remembered,
    find_words,
    fold,
    has_han,
    is_letter,
    is_plain_chinese,
    may_join,
    normalise,
    normalise_with_offsets,
    read_words,
    squeeze,
    squeeze_with_offsets,
)


def read(text: str) -> Reading:
    return read_words(normalise(text))


@pytest.mark.parametrize(
    ("shown", "plain"),
    [
        ("Diffusion Policy", "diffusion policy"),
        ("Poincaré", "poincare"),
        ("Poincare\u0301", "poincare"),
        ("Erdős–Rényi", "erdos-renyi"),
        ("Łukasz Ørsted", "lukasz orsted"),
        ("Straße", "strasse"),
        ("ﬁne‑tuning", "fine-tuning"),
        ("ＬＬＭ（２）", "llm(2)"),
        ("reader’s", "reader's"),
        ("ℓ₂ norm", "l2 norm"),
        ("DeepMind™", "deepmind"),
        ("trans\u00adformer\u200b", "transformer"),
        ("强化学习", "强化学习"),
    ],
)
def test_forms_that_readers_hold_for_the_same_are_the_same(shown: str, plain: str) -> None:
    assert normalise(shown) == plain


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text())
def test_every_normalised_character_knows_the_character_it_came_from(text: str) -> None:
    normalised, offsets = normalise_with_offsets(text)

    assert normalised == normalise(text)
    assert len(offsets) == len(normalised)
    assert offsets == sorted(offsets)
    assert all(character in normalise(text[offset]) for character, offset in zip(normalised, offsets, strict=True))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("GPT-4o", ["gpt", "4o"]),
        ("C++ and C#", ["c++", "and", "c#"]),
        ("3D", ["3d"]),
        ("SE(3)-equivariant", ["se", "3", "equivariant"]),
        ("A* search", ["a*", "search"]),
        ("transformers*", ["transformers"]),
        ("state-of-the-art", ["state", "of", "the", "art"]),
        ("0/1 knapsack", ["0", "1", "knapsack"]),
        ("Bellman's equation", ["bellman", "equation"]),
        ("snake_case", ["snake", "case"]),
        ("基于LLM的智能体", ["llm"]),
        ("(…)", []),
    ],
)
def test_text_is_read_as_words(text: str, words: list[str]) -> None:
    assert list(read(text).words) == words


@given(st.text(alphabet="abAZ09+#*'s -_/.,\n"))
def test_a_text_reads_the_same_whatever_stands_behind_it(text: str) -> None:
    plain, further = read_words(text), read_words(text + "\n。强")

    assert (plain.words, plain.between[:-1]) == (further.words, further.between[:-1])


@given(st.text())
def test_the_places_of_words_are_where_they_stand(text: str) -> None:
    normalised = normalise(text)
    assert [normalised[start:end] for start, end in find_words(normalised)] == list(read(text).words)


@pytest.mark.parametrize(
    "text",
    ["vision language", "vision-language", "vision–language", "vision/language", "vision (language", "vision_language"],
)
def test_to_a_bare_keyword_spaces_hyphens_slashes_and_brackets_are_one(text: str) -> None:
    assert read(text).loose_joint(0) == " "


@pytest.mark.parametrize(
    ("text", "joint"),
    [
        ("vision. Language", "."),
        ("vision, language", ","),
        ("vision – language", "-"),
        ("Q&A", "&"),
        ("3.5", "."),
        ("p@k", "@"),
    ],
)
def test_to_a_bare_keyword_other_marks_separate(text: str, joint: str) -> None:
    assert read(text).loose_joint(0) == joint


def test_to_a_bare_keyword_a_possessive_is_no_obstacle() -> None:
    assert read("Bellman's equation").loose_joint(0) == " "


@pytest.mark.parametrize(
    ("text", "joint"),
    [
        ("vision language", " "),
        ("vision\n  language", " "),
        ("vision-language", "-"),
        ("vision—language", "-"),
        ("vision--language", "-"),
        ("vision - language", " - "),
        ("vision/language", "/"),
        ("vision's language", "'s "),
    ],
)
def test_to_a_quoted_phrase_every_joint_is_itself(text: str, joint: str) -> None:
    assert read(text).exact_joint(0) == joint


@pytest.mark.parametrize(
    ("left", "right"), [("pre", "training"), ("time", "series"), ("multi", "agent"), ("k", "means")]
)
def test_two_words_of_a_compound_may_be_read_as_one(left: str, right: str) -> None:
    assert may_join(left, right)


@pytest.mark.parametrize(
    ("left", "right"), [("in", "painting"), ("no", "table"), ("on", "line"), ("g", "an"), ("a", "gent")]
)
def test_function_words_and_scraps_are_never_half_a_word(left: str, right: str) -> None:
    assert not may_join(left, right)


def test_a_reading_knows_all_its_joints() -> None:
    reading = read("Vision-language, (a) Bellman's")

    assert reading.loose_joints == [reading.loose_joint(place) for place in range(4)] == [" ", ",", " ", " "]
    assert reading.exact_joints == [reading.exact_joint(place) for place in range(4)] == ["-", ", (", ") ", "'s"]


def test_a_reading_knows_its_words_in_the_singular() -> None:
    assert read("Diffusion Policies for GPUs").folded == ["diffusion", "policy", "for", "gpu"]


def test_an_answer_is_worked_out_once_and_the_memory_stays_small() -> None:
    asked: list[str] = []

    def measure(word: str) -> int:
        asked.append(word)
        return len(word)

    remembered = Remembered(measure, most=2)

    assert [remembered[word] for word in ("a", "a", "bb", "ccc", "a")] == [1, 1, 2, 3, 1]
    assert asked == ["a", "bb", "ccc", "a"]
    assert len(remembered) == 2


def test_words_fold_to_their_singular() -> None:
    assert fold("models") == fold("model") == "model"


@pytest.mark.parametrize(
    ("text", "squeezed"),
    [
        ("强化 学习", "强化学习"),
        ("基于 LLM 的 智能体", "基于llm的智能体"),
        ("deep  RL\n智能体", "deep rl智能体"),
        ("plain  words", "plain words"),
        ("学\u3000习", "学习"),
    ],
)
def test_spaces_around_chinese_characters_do_not_count(text: str, squeezed: str) -> None:
    assert squeeze(normalise(text)) == squeezed


@given(st.text(alphabet="ab 学习\n\u3000"))
def test_squeezing_keeps_track_of_every_character(text: str) -> None:
    squeezed, offsets = squeeze_with_offsets(text)

    assert [text[offset] if character != " " else " " for character, offset in zip(squeezed, offsets, strict=True)] == [
        *squeezed
    ]
    assert squeeze(squeezed) == squeezed


def test_chinese_is_told_from_other_writing() -> None:
    assert has_han("RL与控制")
    assert not has_han("Réseau ニューラル")
    assert is_letter("a")
    assert is_letter("é")
    assert not is_letter("学")
    assert not is_letter("-")
    assert is_plain_chinese("llm智能体 2")
    assert not is_plain_chinese("学(习)")
