import pytest

from newsletter.queries.query import Category, Field, Phrase
from newsletter.queries.scanner import Span, UnreadableError
from newsletter.queries.terms import bare_phrase, category, quoted_phrase


def whole(text: str) -> Span:
    return Span(text, 0, len(text))


def bare(text: str, field: Field = Field.TEXT) -> str:
    return bare_phrase(whole(text), field).text


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("Diffusion Policies", "diffusion policy"),
        ("GPT-4o", "gpt 4o"),
        ("GPT-4", "gpt-4"),
        ("GPT-3.5", "gpt-3.5"),
        ("C++ templates", "c++ template"),
        ("C++17", "c++17"),
        ("3D reconstruction", "3d reconstruction"),
        ("SE(3)", "se 3"),
        ("k-means", "k mean"),
        ("t-J", "t-j"),
        ("state-of-the-art", "state-of-the-art"),
        ("LLM-as-a-judge", "llm-as-a-judge"),
        ("vision-language-action", "vision language action"),
        ("0/1 knapsack", "0 1 knapsack"),
        ("R&D", "r&d"),
        ("Bellman's equation", "bellman equation"),
        ("issue #5", "issue #5"),
        ("10,000 steps", "10,000 step"),
        ("robot - arm", "robot arm"),
        ("what is attention?", "what is attention"),
    ],
)
def test_a_bare_phrase_is_kept_in_its_plainest_form(typed: str, text: str) -> None:
    assert bare(typed) == text
    assert bare(text) == text


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ('"Diffusion Policies"', "diffusion policies"),
        ('"vision–Language  model"', "vision-language model"),
        ('"SE(3) group"', "se(3) group"),
        ('"Naïve Bayes"', "naive bayes"),
        ('"A* search"', "a* search"),
        ('"  (robot)  "', "robot"),
    ],
)
def test_a_quoted_phrase_is_kept_as_it_is_but_for_case_and_dashes(typed: str, text: str) -> None:
    assert quoted_phrase(whole(typed), Field.TITLE) == Phrase(text=text, field=Field.TITLE, is_exact=True)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("Hinton", "hinton"),
        ("Geoffrey Hinton", "geoffrey hinton"),
        ("Hinton_G", "g hinton"),
        ("Hinton_G_E", "g e hinton"),
        ("Hinton, Geoffrey", "geoffrey hinton"),
        ("G. Hinton", "g hinton"),
        ("Bjørn O’Neill-Łoś", "bjorn o neill los"),
        ("Williams", "williams"),
    ],
)
def test_a_name_is_put_in_order_and_never_folded(typed: str, text: str) -> None:
    assert bare(typed, Field.AUTHOR) == text


def test_a_quoted_name_is_a_name() -> None:
    assert quoted_phrase(whole('"Geoffrey Hinton"'), Field.AUTHOR) == Phrase(text="geoffrey hinton", field=Field.AUTHOR)


@pytest.mark.parametrize("typed", ["强化 学习", "强化学习", "（强化学习）", "强化学习*"])
def test_a_chinese_phrase_has_no_spaces_brackets_or_wildcards(typed: str) -> None:
    assert bare(typed) == "强化学习"


def test_quotation_marks_do_not_change_a_chinese_phrase() -> None:
    assert quoted_phrase(whole('"强化 学习"'), Field.TEXT) == Phrase(text="强化学习")


def test_a_trailing_star_makes_a_wildcard_and_leaves_the_last_word_unfolded() -> None:
    assert bare_phrase(whole("graph policies*"), Field.TEXT) == Phrase(text="graph policies", is_prefix=True)


def test_a_star_behind_a_single_letter_is_a_name() -> None:
    assert bare_phrase(whole("A*"), Field.TEXT) == Phrase(text="a*")


@pytest.mark.parametrize(
    "typed", ["*net", "ne*t", "net* work", "multi-*", "a**", "学*习", "C++*", "net'*", "net'*\u0301"]
)
def test_a_star_anywhere_else_is_refused(typed: str) -> None:
    with pytest.raises(UnreadableError, match=r"\*"):
        bare(typed)


@pytest.mark.parametrize(
    "typed", ["LLM, RAG", "LLM; RAG", "学习、推理", "LLM | RAG", "LLM || RAG", "LLM && RAG", "?!", "cs.LG"]
)
def test_what_cannot_be_a_phrase_is_refused(typed: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        bare(typed)
    assert caught.value.repairs


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("cs.LG", "cs.LG"),
        ("CS.lg", "cs.LG"),
        ("cs", "cs"),
        ("cs.*", "cs"),
        ("quant-ph", "quant-ph"),
        ('"cs.RO"', "cs.RO"),
    ],
)
def test_a_category_is_written_as_arxiv_writes_it(typed: str, name: str) -> None:
    assert category(whole(typed)) == Category(name=name)


def test_an_unknown_category_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UnreadableError, match=r"Did you mean cs\.RO"):
        category(whole("cs.R0"))
    with pytest.raises(UnreadableError, match="an archive like cs"):
        category(whole("zzzzzz"))
