import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.translation.protect import Kind, Protected, Style, find_spans, lost_spans, protect, restore

TEXT = (
    r"We train GRPO and Qwen2.5-VL-3B on $SE(3)$ with \cite{foo}, see https://github.com/a/b. Cost is O(n log n), up to "
    r"3.2$\times$ faster (76.16\%, 1.5B tokens) in `train.py` [12, 13]; mail a.b@c.org, arXiv:2301.01234v2, 10.1000/xyz."
)
ALPHABET = "ab AX12.,-_$\\{}[]()<>&`'\"%^|;:/@~+ 中文，。（）【】"
ANY = st.text(alphabet=ALPHABET, max_size=60) | st.text(max_size=60)


def texts(source: str, kind: Kind) -> list[str]:
    return [span.text for span in find_spans(source) if span.kind is kind]


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        (Kind.FORMULA, ["$SE(3)$", "O(n log n)"]),
        (Kind.COMMAND, [r"\cite{foo}"]),
        (Kind.URL, ["https://github.com/a/b"]),
        (Kind.EMAIL, ["a.b@c.org"]),
        (Kind.CODE, ["`train.py`"]),
        (Kind.IDENTIFIER, ["arXiv:2301.01234v2", "10.1000/xyz"]),
        (Kind.CITATION, ["[12, 13]"]),
        (Kind.NUMBER, [r"3.2$\times$", r"76.16\%", "1.5B"]),
        (Kind.NAME, ["GRPO", "Qwen2.5-VL-3B"]),
        (Kind.ACRONYM, []),
    ],
)
def test_what_stays_as_it_is_is_found(kind: Kind, found: list[str]) -> None:
    assert texts(TEXT, kind) == found


@pytest.mark.parametrize(
    "source",
    [
        "It costs $5 and not $10 a month.",
        "We plan for 3 of 5 tasks in 2024.",
        r"An \emph{entirely new} idea of H\"older.",
        "A Survey of Deep Learning",
        "A SURVEY OF DEEP LEARNING FOR ROBOTS",
        r"The 5$^{th}$ try is CO$_2$ $-$ good.",
    ],
)
def test_prose_prices_plain_numbers_and_accents_are_free(source: str) -> None:
    assert [span for span in find_spans(source) if span.kind is not Kind.ACRONYM] == []


@pytest.mark.parametrize(
    ("source", "kind", "span"),
    [
        (r"let \(x. y\) be", Kind.FORMULA, r"\(x. y\)"),
        (r"let \[x\] be", Kind.FORMULA, r"\[x\]"),
        (r"\begin{equation}x\end{equation} holds", Kind.FORMULA, r"\begin{equation}x\end{equation}"),
        ("costs $$x^2$$ more", Kind.FORMULA, "$$x^2$$"),
        (r"our \textsc{GraphBench} is", Kind.COMMAND, r"\textsc{GraphBench}"),
        (r"at \url{https://a.org/b}", Kind.COMMAND, r"\url{https://a.org/b}"),
        ("（见https://a.org/b，）", Kind.URL, "https://a.org/b"),
        ("(see https://a.org/b).", Kind.URL, "https://a.org/b"),
        ("在ImageNet上", Kind.NAME, "ImageNet"),
        ("10-20% of it", Kind.NUMBER, "10-20%"),
        (r"$\sim$10\% of it", Kind.NUMBER, r"$\sim$10\%"),
        (r"is $95\%$ of it", Kind.NUMBER, r"$95\%$"),
        ("0.5 ± 0.1 of it", Kind.NUMBER, "0.5 ± 0.1"),
        ("at 30 FPS now", Kind.NUMBER, "30 FPS"),
        ("is 10^{-6} now", Kind.FORMULA, "10^{-6}"),
    ],
)
def test_many_ways_of_writing_are_known(source: str, kind: Kind, span: str) -> None:
    assert texts(source, kind) == [span]


@given(ANY)
def test_spans_are_in_order_and_apart(text: str) -> None:
    place = 0
    for span in find_spans(text):
        assert place <= span.start < span.end
        assert text[span.start : span.end] == span.text
        place = span.end


@pytest.mark.parametrize("style", Style)
@given(text=ANY, seed=st.integers())
def test_what_was_protected_comes_back_in_any_order(style: Style, text: str, seed: int) -> None:
    protected = protect(text, style, frozenset(Kind))
    assert restore(protected.text, protected) == text
    order = list(range(1, len(protected.spans) + 1))
    random.Random(seed).shuffle(order)
    places = {number: f'<x id="{number}"/>' if style is Style.TAGS else f"[[{number}]]" for number in order}
    answer = "、".join(places[number] for number in order)
    assert restore(answer, protected) == "、".join(protected.spans[number - 1].text for number in order)


def masked(style: Style = Style.BRACKETS) -> Protected:
    return protect("We take $x$ and $y$ & GRPO <b>.", style)


def test_placeholders_take_the_place_of_spans() -> None:
    assert masked().text == "We take [[1]] and [[2]] & [[3]] <b>."
    assert masked(Style.TAGS).text == 'We take <x id="1"/> and <x id="2"/> &amp; <x id="3"/> &lt;b&gt;.'


def test_engines_may_write_placeholders_in_their_own_way() -> None:
    assert restore("取【【2】】与[[ 1 ]]及［［3］］。", masked()) == "取$y$与$x$及GRPO。"
    answer = '取<x id = "2" />与<X id="1"></x>及<x id=3/>&amp;&#39;b&#39;。'
    assert restore(answer, masked(Style.TAGS)) == "取$y$与$x$及GRPO&'b'。"


@pytest.mark.parametrize(
    ("answer", "restored", "lost"),
    [
        ("取 [[1]] 及 [[3]]。", "取 $x$ 及 GRPO。", ["$y$"]),
        ("取 [[1]]、[[2]]、[[3]] 及 [[4]]。", "取 $x$、$y$、GRPO 及 。", []),
        ("取 [[1]] 和 [[2]]。", "取 $x$ 和 $y$。", ["GRPO"]),
    ],
)
def test_what_is_there_is_put_back_and_what_is_lost_is_found(answer: str, restored: str, lost: list[str]) -> None:
    assert restore(answer, masked()) == restored
    assert lost_spans("We take $x$ and $y$ & GRPO <b>.", restored) == lost


def test_a_name_may_come_again_or_be_taken_up_by_a_pronoun() -> None:
    protected = protect("GRPO is good, and GRPO is fast.", Style.BRACKETS)
    assert restore("[[1]] 很好，而且很快。", protected) == "GRPO 很好，而且很快。"
    assert restore("[[1]] 很好，[[2]] 很快，[[2]] 很小。", protected) == "GRPO 很好，GRPO 很快，GRPO 很小。"


def test_a_text_that_looks_like_placeholders_comes_back_too() -> None:
    text = 'It holds [[1]], [[7]] and <x id="3"/>.'
    for style in Style:
        protected = protect(text, style)
        assert restore(protected.text, protected) == text


@pytest.mark.parametrize(
    ("source", "answer", "lost"),
    [
        ("Take $x$ and $x$.", "取 $x$。", ["$x$"]),
        ("Take $x^ 2$.", "取 $x ^2$。", []),
        ("Take $x$.", "取 x。", ["$x$"]),
        ("GRPO beats GRPO.", "GRPO 更好。", []),
        ("GRPO wins.", "它更好。", ["GRPO"]),
        ("GRPO wins.", "GRPOX更好。", ["GRPO"]),
        ("PINNs win.", "PINN更好。", []),
        ("AI and LLMs win.", "人工智能与大语言模型更好。", []),
        ("Search Based Testing (SBT) wins.", "基于搜索的测试更好。", []),
        (r"\textsc{FooBar} wins.", "FooBar 更好。", []),
        ("At https://a.org/b.", "在 https://a.org/b。", []),
        ("At https://a.org/b.", "在网上。", ["https://a.org/b"]),
        ("Gains 3.5%.", "提升很多。", []),
    ],
)
def test_what_an_answer_lost_is_told(source: str, answer: str, lost: list[str]) -> None:
    assert lost_spans(source, answer) == lost


@pytest.mark.parametrize(
    "source", [r"we \highlight{examine} it", r"by S{\o}rensen", r"signal $+$ noise", r"\emph{well} said"]
)
def test_words_in_other_looks_are_free(source: str) -> None:
    assert find_spans(source) == []


@pytest.mark.parametrize("source", [r"\citet{smith}", r"\ref{sec}", r"\HyperAgent", r"\texttt{code}", r"\ac{EBM}"])
def test_commands_that_point_elsewhere_stay(source: str) -> None:
    assert texts(source, Kind.COMMAND) == [source]
