"""Formulas are set as MathML; whatever is no formula is text, and nothing of an author's is ever markup."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from lxml.html import HtmlElement

from newsletter.papers.latex import to_unicode
from newsletter.web.mathml import LONGEST_FORMULA, LONGEST_PIECE, show_formula, show_tex

ALLOWED = frozenset((
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msub", "msup", "msubsup", "mfrac", "msqrt", "mroot", "munder",
    "mover", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom",
))  # fmt: skip
PIECES = [
    *r"\{}$^_&<>'\"()[]|~% ab1é中", "\\frac", "\\text", "\\left", "\\begin{matrix}", "\\href", "\\style", "\\class",
    "\\color", "<script>", "&lt;", "\\(", "\\)", "\U00100000",
]  # fmt: skip
HOSTILE = [
    r"$\href{javascript:alert(1)}{x}$",
    r"$\text{<script>alert(1)</script>}$",
    r"$\style{background:url(//evil)}{x}$ <img src=x onerror=alert(1)>",
    r"$\class{evil}{x}$ $x<y>z$ $\unicode{x3C}script>$",
    r"\(&lt;script&gt;\) $&#60;b&#62;$",
    "$x$</math><script>alert(1)</script>$y$",
    r"$\mbox{\"><svg onload=alert(1)>}$",
    r"$\color{red\" onmouseover=\"alert(1)}{x}$",
    r"$\hspace{1em\" onload=\"x}$ $\rule{1}{1}$",
]


def parsed(source: str) -> HtmlElement:
    found: HtmlElement = html.fragment_fromstring(str(show_tex(source)), create_parent="div")
    return found


def check_harmless(root: HtmlElement) -> None:
    for element in root.iterdescendants():
        assert element.tag in ALLOWED, element.tag
        assert not {"href", "style", "class", "id", "src"} & set(element.attrib), element.attrib
        assert not [name for name in element.attrib if name.startswith("on")]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("$x^2$", "<math><mrow><msup><mi>x</mi><mn>2</mn></msup></mrow></math>"),
        (
            r"in $\mathbb{R}^d$.",
            "in <math><mrow><msup><mi>ℝ</mi><mi>d</mi></msup></mrow></math>.",
        ),
        (
            r"$\boldsymbol{\theta} \sim p$",
            "<math><mrow><mrow><mi>𝜽</mi></mrow><mo>∼</mo><mi>p</mi></mrow></math>",
        ),
        (r"\(a < b\)", "<math><mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow></math>"),
        (r"$\pm 2$", "<math><mrow><mo>±</mo><mn>2</mn></mrow></math>"),
    ],
)
def test_a_formula_is_set(source: str, shown: str) -> None:
    assert str(show_tex(source)) == shown


@pytest.mark.parametrize(
    "source",
    ["From $5 to $10 & more", "Nothing of <b>TeX</b>", r"\emph{Walking} agents --- ``quoted''", "100% of C#", "$"],
)
def test_text_without_a_formula_is_what_mails_show(source: str) -> None:
    root = parsed(source)
    assert (list(root), root.text) == ([], to_unicode(source))


@pytest.mark.parametrize("source", [r"$\foo{a}$ b", r"$\frac{a}$", r"$x^{$", f"${'x+' * LONGEST_FORMULA}x$"])
def test_what_cannot_be_set_stays_readable_text(source: str) -> None:
    root = parsed(source)
    assert (list(root), root.text or "") == ([], to_unicode(source))


def test_words_around_a_formula_are_read_as_one_text() -> None:
    root = parsed(r"``$x$ rules'' for {\em all $y$}, see \textbf{$z$}")
    assert len(root.xpath("math")) == 1  # one in braces belongs to the words around it
    assert root.text_content() == "“x rules” for all y, see z"


def test_a_long_formula_can_be_broken_where_tex_would_break_it() -> None:
    root = parsed("$f(a + b, c) = aaaaaaa + bbbbbbbbb \\le cccccccccc \\in dddddddd$")
    assert [element.text_content() for element in root.xpath("math")] == [
        "f(a+b,c)=", "aaaaaaa+", "bbbbbbbbb≤", "cccccccccc∈", "dddddddd",
    ]  # fmt: skip
    assert len(parsed("$a + b = c$").xpath("math")) == 1


def test_a_formula_that_no_line_holds_stays_text() -> None:
    assert show_formula("a" * LONGEST_PIECE) is not None
    assert show_formula("a" * (LONGEST_PIECE + 1)) is None


@pytest.mark.parametrize("source", HOSTILE)
def test_nothing_in_a_formula_or_around_it_becomes_markup(source: str) -> None:
    check_harmless(parsed(source))


@given(st.lists(st.sampled_from(PIECES), max_size=24))
def test_whatever_an_author_writes_is_harmless_and_well_formed(pieces: list[str]) -> None:
    check_harmless(parsed("".join(pieces)))


@given(st.text(max_size=60))
def test_any_text_loses_nothing_that_mails_show(source: str) -> None:
    if "$" not in source and "\\" not in source:
        assert parsed(source).text_content() == re.sub(r"\r\n?", "\n", to_unicode(source))
