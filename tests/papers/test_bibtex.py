"""A BibTeX entry compiles whatever the metadata hold, and has the key that people would give it."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.papers.bibtex import bibtex_key, format_bibtex
from newsletter.papers.paper import ArxivId, Paper
from newsletter.papers.sources.record import make_paper

_ENTRY = re.compile(r"@misc\{([a-z0-9]+),\n((?:  \w+ *= \{.*\},\n)+)\}\n\Z")


def paper(title: str, *authors: str, arxiv_id: str = "1706.03762", category: str = "cs.CL") -> Paper:
    return make_paper(
        ArxivId(arxiv_id),
        1,
        title=title,
        authors=list(authors),
        abstract="We propose a network.",
        categories=(category,),
        comment=None,
    )


ATTENTION = paper("Attention Is All You Need", "Ashish Vaswani", "Noam Shazeer", "Łukasz Kaiser")


def fields(entry: str) -> dict[str, str]:
    """Read an entry as BibTeX does: values end where their braces are balanced."""
    found = _ENTRY.match(entry)
    assert found is not None, entry
    pairs = (line.split(" = ", 1) for line in found[2].splitlines())
    values = {name.strip(): value.removeprefix("{").removesuffix("},") for name, value in pairs}
    assert all(is_balanced(value) for value in values.values()), entry
    return values


def is_balanced(value: str) -> bool:
    depth = 0
    for sign in value:
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return False
    return depth == 0


def test_an_entry_has_the_fields_of_arxivs_own() -> None:
    assert format_bibtex(ATTENTION) == (
        "@misc{vaswani2017attention,\n"
        "  title         = {{Attention Is All You Need}},\n"
        "  author        = {Ashish Vaswani and Noam Shazeer and Łukasz Kaiser},\n"
        "  year          = {2017},\n"
        "  eprint        = {1706.03762},\n"
        "  archivePrefix = {arXiv},\n"
        "  primaryClass  = {cs.CL},\n"
        "  url           = {https://arxiv.org/abs/1706.03762},\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("title", "author", "arxiv_id", "key"),
    [
        ("The Large N Limit", "Juan M. Maldacena", "hep-th/9711200", "maldacena1997large"),
        ("On the $k$-Server Problem", "Łukasz Kaiser", "2603.00001", "kaiser2026k"),
        ("3D Gaussian Splatting", "Martin Luther King Jr.", "2308.04079", "king20233d"),
        ("Étale Cohomology", "Jean-Pierre O'Neil", "math/0501001", "oneil2005etale"),
        (r"Visualizing Data", r"Laurens van der M{\"u}ller", "1003.00001", "muller2010visualizing"),
        ("Gemini", "Gemini Team", "2312.11805", "gemini2023gemini"),
        ("DeepSeek-R1", "DeepSeek-AI", "2501.12948", "deepseekai2025deepseek"),
        ("大模型", "李安", "2501.00002", "arxiv250100002"),
        ("A Title", "", "2501.00003", "arxiv250100003"),
    ],
)
def test_the_key_is_the_one_that_people_would_give(title: str, author: str, arxiv_id: str, key: str) -> None:
    assert bibtex_key(paper(title, *filter(None, [author]), arxiv_id=arxiv_id)) == key


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("Q&A at 100% with C# and snake_case", r"Q\&A at 100\% with C\# and snake\_case"),
        (r"Already \& escaped \% here", r"Already \& escaped \% here"),
        ("Bounds of $O(n^2 \\log_2 n)$ for $k$-means", "Bounds of $O(n^2 \\log_2 n)$ for $k$-means"),
        ("From $5 to $10", r"From \$5 to \$10"),
        (r"Erd\H{o}s and {\"U}bung", r"Erd\H{o}s and {\"U}bung"),
        ("An unbalanced } brace", r"An unbalanced \textbraceright{} brace"),
        ("A set \\{1, 2", r"A set \textbraceleft{}1, 2"),
        ("Two\nlines\x00 and a tab\t", "Two lines and a tab"),
        ("E=mc^2 ends in \\", r"E=mc\^{}2 ends in \textbackslash{}"),
    ],
)
def test_special_signs_are_escaped_once(source: str, written: str) -> None:
    assert fields(format_bibtex(replace(ATTENTION, title_source=source)))["title"] == f"{{{written}}}"


def test_a_group_is_one_name_and_not_two() -> None:
    entry = format_bibtex(paper("Higgs", "ATLAS and CMS Collaboration", "Ann Lee", "Lee, Bo"))
    assert fields(entry)["author"] == "{ATLAS and CMS Collaboration} and Ann Lee and {Lee, Bo}"


def test_what_is_not_known_is_left_out() -> None:
    entry = fields(format_bibtex(replace(ATTENTION, authors=(), authors_source=(), categories=())))
    assert list(entry) == ["title", "year", "eprint", "archivePrefix", "url"]


@given(st.text(max_size=80), st.lists(st.text(max_size=30), max_size=4))
def test_whatever_the_metadata_hold_the_entry_can_be_read(title: str, authors: list[str]) -> None:
    fields(format_bibtex(replace(ATTENTION, title_source=title, title=title, authors_source=tuple(authors))))


@given(st.text(alphabet="\\{}$%&#_^~a \n", max_size=40))
def test_tex_signs_in_any_order_leave_balanced_braces(title: str) -> None:
    fields(format_bibtex(replace(ATTENTION, title_source=title)))
