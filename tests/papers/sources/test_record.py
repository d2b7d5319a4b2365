"""Papers are the same whichever source they came from: folded, readable, with the names kept whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.papers.paper import ArxivId
from newsletter.papers.sources.record import fold, make_paper, split_authors

WORDS = st.text(st.characters(codec="utf-8", exclude_characters=",{}()"), min_size=1).filter(fold)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ada Roe, Bo Lind", ["Ada Roe", "Bo Lind"]),
        (r"Andr\'e Roux, Fran\c{c}ois Li", [r"Andr\'e Roux", r"Fran\c{c}ois Li"]),
        (r"K{\aa}re {\O}rsted, O'Neil Ray", [r"K{\aa}re {\O}rsted", "O'Neil Ray"]),
        (r"{Roe, Ada}, Bo Lind", [r"{Roe, Ada}", "Bo Lind"]),
        ("Sam Ray, Jr., Bo Lind", ["Sam Ray, Jr.", "Bo Lind"]),
        ("Sam Ray, III", ["Sam Ray, III"]),
        ("Ada Roe (ENS (DI), Paris), Bo Lind (2)", ["Ada Roe", "Bo Lind"]),
        ("Ada Roe (1), Bo Lind (2) ((1) ENS, Paris, (2) KTH)", ["Ada Roe", "Bo Lind"]),
        ("Ada Roe,\n  Bo Lind,", ["Ada Roe", "Bo Lind"]),
        ("The {Broken, Ada Roe", ["The {Broken", "Ada Roe"]),
        ("A) Roe, Bo (Lind", ["A) Roe", "Bo (Lind"]),
        ("Jr. Alone", ["Jr. Alone"]),
        ("", []),
    ],
)
def test_author_lines_fall_into_names(line: str, names: list[str]) -> None:
    assert split_authors(line) == names


@given(st.lists(WORDS.map(lambda word: "A " + fold(word)), min_size=1))
def test_names_without_brackets_come_apart_as_they_were_joined(names: list[str]) -> None:
    assert split_authors(", ".join(names)) == names


@given(st.text())
def test_folding_leaves_no_white_space_but_single_spaces_and_no_control_characters(text: str) -> None:
    folded = fold(text)
    assert folded == fold(folded) == folded.strip()
    assert "  " not in folded
    assert not any(ord(char) < 0x20 or ord(char) == 0x7F for char in folded)


def test_source_texts_are_kept_and_readable_ones_made() -> None:
    paper = make_paper(
        ArxivId("2603.00001"),
        2,
        title="Walking\n  with $\\alpha$-stable gaits",
        authors=[r"Andr\'e Roux", " "],
        abstract="  We walk.\nThen\x00 run.",
        categories=["cs.RO", "cs.LG", "cs.RO"],
        comment=" ",
    )
    assert paper.title_source == "Walking with $\\alpha$-stable gaits"
    assert "\\" not in paper.title
    assert paper.authors_source == (r"Andr\'e Roux",)
    assert paper.authors == ("André Roux",)
    assert paper.abstract == paper.abstract_source == "We walk. Then run."
    assert paper.categories == ("cs.RO", "cs.LG")
    assert paper.comment is None
    assert paper.comment_source is None
