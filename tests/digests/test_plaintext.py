"""The text part in a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.digests.plaintext import COLUMNS, fold
from newsletter.digests.prose import clean, display_width
from newsletter.digests.render import Renderer
from newsletter.papers.paper import AnnouncementKind
from newsletter.subscribers.subscriber import Density, Languages
from tests.digests.factories import LINKS, make_digest, make_digest_of, make_paper, make_section


@given(st.text(max_size=400).map(clean))
def test_folding_keeps_every_character_and_the_width(text: str) -> None:
    folded = fold(text)
    assert "".join(folded.split()) == "".join(text.split())
    if "://" not in text:
        assert all(display_width(line) <= COLUMNS + 2 for line in folded.split("\n"))  # + hanging punctuation


def test_chinese_is_folded_between_characters_but_not_before_a_full_stop() -> None:
    folded = fold("晨" * 39 + "。" + "报" * 10)
    assert folded.split("\n") == ["晨" * 38, "晨。" + "报" * 10]


def test_an_ascii_comma_after_chinese_does_not_begin_a_line() -> None:
    assert not any(line.startswith(",") for line in fold("晨" * 39 + "," + "报" * 50).split("\n"))


def test_later_lines_are_indented_and_addresses_stay_whole() -> None:
    address = "https://paper.example.org/" + "x" * 100
    folded = fold("Authors: " + "Ada Lovelace, " * 9 + address, indent="  ")
    first, *later = folded.split("\n")
    assert first.startswith("Authors: Ada")
    assert all(line.startswith("  ") for line in later)
    assert address in folded


def test_the_text_begins_with_both_times_and_the_count(renderer: Renderer) -> None:
    lines = renderer.text(make_digest_of(2)).split("\n")
    assert lines[0] == (
        "Generated 生成时间: 2026-03-20 09:05 (UTC+8); "
        "arXiv announced 发布时间: 2026-03-19 20:00 EDT (2026-03-20 08:00 UTC+8)"
    )
    assert lines[1] == "2 papers today 今天共有 2 篇相关文章"


def test_a_papers_fields_stand_in_their_order(renderer: Renderer) -> None:
    paper = make_paper(7, kind=AnnouncementKind.CROSS, abstract="Short abstract.", abstract_translated="短摘要。")
    text = renderer.text(make_digest([make_section([paper], also=("diffusion policy",))]))
    block = text[text.index("Keyword") : text.index("-- \n")]
    assert block.strip().split("\n") == [
        "Keyword 关键词: reinforcement learning",
        "",
        "1. Paper 7: Reinforcement Learning for Robots That Read the News",
        "论文 7：会读报的机器人的强化学习",
        "Authors 作者: Ada Lovelace, Alan Turing, Grace Hopper",
        "Subjects 学科: Machine Learning (cs.LG); Robotics (cs.RO)",
        "Comment 备注: 10 pages, 3 figures",
        "Kind 类型: cross-list",
        "Also in 另见: diffusion policy",
        "https://arxiv.org/abs/2603.00007",
        "https://arxiv.org/pdf/2603.00007",
        "",
        "Short abstract.",
        "",
        "短摘要。",
    ]


def test_an_empty_keyword_says_that_there_is_no_result(renderer: Renderer) -> None:
    text = renderer.text(make_digest([make_section([], keyword="diffusion policy")]))
    assert "Keyword 关键词: diffusion policy\n\nThere is no result 今日无相关论文" in text


@pytest.mark.parametrize(
    ("languages", "shown", "missing"),
    [
        (Languages("en"), ["Generated:", "Keyword:", "There is no result"], ["关键词", "退订"]),
        (Languages("zh"), ["生成时间:", "关键词", "今日无相关论文", "退订"], ["Generated", "Unsubscribe"]),
        (Languages("zh+en"), ["生成时间 Generated:", "退订 Unsubscribe:"], []),
    ],
)
def test_the_text_speaks_the_readers_languages(
    renderer: Renderer, languages: Languages, shown: list[str], missing: list[str]
) -> None:
    text = renderer.text(make_digest([make_section([])], languages=languages))
    assert all(words in text for words in shown)
    assert not any(words in text for words in missing)


@pytest.mark.parametrize("count", [1, 46, 500])
def test_the_text_lists_the_papers_of_the_html_and_counts_the_others(renderer: Renderer, count: int) -> None:
    message = renderer.message(make_digest_of(count))
    listed = {line for line in message.text.split("\n") if line.startswith("https://arxiv.org/abs/")}
    for number in range(1, count + 1):
        address = f"https://arxiv.org/abs/2603.{number:05}"
        assert (address in listed) == (f'href="{address}"' in message.html)
    if len(listed) < count:
        assert f"and {count - len(listed)} more in the browser" in message.text
    assert len(message.text.encode()) < 300_000


def test_the_text_keeps_abstracts_that_the_html_has_no_room_for(renderer: Renderer) -> None:
    assert "".join(renderer.text(make_digest_of(46)).split()).count("我们研究机器人") == 46 * 13


def test_a_reader_of_titles_gets_titles(renderer: Renderer) -> None:
    text = renderer.text(make_digest_of(3, density=Density.TITLES))
    assert "Paper 3: Reinforcement" in text
    assert "Ada Lovelace" not in text
    assert "/pdf/" not in text


def test_the_foot_has_the_readers_links_the_reason_and_the_thanks(renderer: Renderer) -> None:
    text = " ".join(renderer.text(make_digest_of(1)).split())
    assert LINKS.manage_url in text
    assert LINKS.unsubscribe_url in text
    assert LINKS.browser_url in text
    assert "because you asked for new arXiv papers on your keywords" in text
    assert "Thank you to arXiv for use of its open access interoperability." in text


def test_no_line_of_prose_is_wider_than_a_terminal(renderer: Renderer) -> None:
    text = renderer.text(
        make_digest_of(20, notes=({"en": "A note that is long. " * 9, "zh": "一条很长的说明。" * 20},))
    )
    prose = [line for line in text.split("\n")[1:] if "://" not in line]
    assert max(map(display_width, prose)) <= COLUMNS + 2
