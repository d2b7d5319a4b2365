"""A digest says of its lines that they are plain only when they are, whatever stands in its papers, keywords and links."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter.digests.render import Renderer
from newsletter.lines import are_plain
from newsletter.subscribers.subscriber import Density, Languages
from tests.digests.factories import LINKS, SENTENCE, make_digest, make_paper, make_section, make_trending_section

DOTTED = "\n.\n.. .hidden\r\n.\r\n. " + " ." * 400 + ".x" * 700
TEXTS = st.one_of(
    st.sampled_from([DOTTED, ".", ".NET for all", "x" * 3000, "晨" * 1500, "。" * 1200, SENTENCE * 9]),
    st.text(st.sampled_from(".\n\r a晨<&"), max_size=1500),
)
PAPERS = st.builds(
    lambda number, changes: make_paper(number, **changes),
    st.integers(1, 9),
    st.fixed_dictionaries(
        {},
        optional={
            "title": TEXTS,
            "title_translated": TEXTS,
            "abstract": TEXTS,
            "abstract_translated": TEXTS,
            "comment": TEXTS,
            "authors": st.lists(TEXTS, max_size=3).map(tuple),
        },
    ),
)
SECTIONS = st.builds(
    lambda papers, keyword, others: make_section(papers, keyword=keyword, also=others),
    st.lists(PAPERS, max_size=3),
    TEXTS.map(lambda text: text[:200]),
    st.lists(TEXTS, max_size=1),
)
LONG = "https://papers.example.org/" + "x" * 960  # a line of its own in the text, and too much beside markup
LINK = st.one_of(st.sampled_from([LINKS.browser_url, LONG]), TEXTS)


@settings(max_examples=60, deadline=None)
@given(
    sections=st.lists(SECTIONS, max_size=3),
    link=LINK,
    own=LINK,
    note=TEXTS,
    choice=st.sampled_from(["en+zh", "zh+en", "en"]),
)
@example(sections=[], link=LINKS.browser_url, own=LONG, note="", choice="en")
def test_lines_that_are_called_plain_are(
    renderer: Renderer, sections: Any, link: str, own: str, note: str, choice: str
) -> None:
    digest = make_digest(
        sections,
        languages=Languages(choice),
        links=replace(LINKS, browser_url=link, manage_url=own),
        notes=({"en": note, "zh": note},),
    )
    written = renderer.write(digest)
    assert not written.is_plain or (are_plain(written.html) and are_plain(written.text))


@pytest.mark.parametrize("density", list(Density))
@pytest.mark.parametrize("choice", ["en+zh", "zh+en", "en", "zh"])
def test_the_lines_of_a_usual_digest_are_called_plain(renderer: Renderer, density: Density, choice: str) -> None:
    sections = [
        make_section([make_paper(number) for number in (1, 2, 3)]),
        make_section([], keyword="nothing"),
        make_trending_section([make_paper(4)], matched=["reinforcement learning"]),
    ]
    assert renderer.write(make_digest(sections, density=density, languages=Languages(choice))).is_plain


def test_a_line_is_not_broken_before_a_dot(renderer: Renderer) -> None:
    digest = make_digest([make_section([make_paper(1, abstract="We use .NET " * 100)])])
    assert b"\r\n." not in renderer.write(digest).html
