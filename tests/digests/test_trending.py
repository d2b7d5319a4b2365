"""Trending papers: the top of a day or what matches, frozen, and shown behind everything else."""

import json
from datetime import date

import pytest

from newsletter.digests.render import Renderer, to_json
from newsletter.digests.trending import TrendingChoice, choose_trending, freeze_trending
from newsletter.papers.hub_facts import HubFacts, TrendingPaper
from newsletter.subscribers.subscriber import Density, Languages, Preferences, Trending
from tests import factories
from tests.digests.factories import FACTS, make_digest, make_paper, make_section, make_trending_section
from tests.digests.reading import check_wellformed, more, parse, shown_papers, words

THURSDAY = date(2026, 3, 19)
LIST = [
    TrendingPaper(paper=factories.make_paper(number, f"Trending {number}"), facts=HubFacts(upvotes=60 - number))
    for number in range(1, 9)
]
MATCHED = {"2603.00002": ["robots"], "2603.00007": ["robots", "graphs"]}


def choose(trending: Trending, count: int = 5, known: tuple[str, ...] = ()) -> TrendingChoice | None:
    preferences = Preferences(trending=trending, trending_count=count)
    return choose_trending(LIST, MATCHED, preferences, trending_on=THURSDAY, known=known)


def numbers(choice: TrendingChoice | None) -> list[str]:
    return [item.paper.arxiv_id[-1] for item in choice.papers] if choice else []


def test_the_top_is_the_first_of_the_day() -> None:
    assert numbers(choose(Trending.TOP, 3)) == ["1", "2", "3"]
    assert numbers(choose(Trending.TOP, 50)) == list("12345678")


def test_what_matches_a_keyword_keeps_the_order_of_the_day() -> None:
    assert numbers(choose(Trending.MATCHING)) == ["2", "7"]
    assert numbers(choose(Trending.MATCHING, 1)) == ["2"]


def test_whoever_wants_none_gets_none() -> None:
    assert choose(Trending.NONE) is None


def test_what_is_known_is_left_out_and_counted_and_its_place_stays_empty() -> None:
    choice = choose(Trending.TOP, 3, known=("2603.00002", "2603.00008"))
    assert (numbers(choice), choice.left_out if choice else None) == (["1", "3"], 1)
    assert choose(Trending.MATCHING, known=tuple(MATCHED)) is None


def test_a_frozen_section_is_json_with_the_facts_of_the_moment() -> None:
    choice = choose(Trending.MATCHING)
    assert choice is not None
    frozen = json.loads(json.dumps(freeze_trending(choice)))
    assert (frozen["kind"], frozen["trending_on"], frozen["left_out"]) == ("trending", "2026-03-19", 0)
    assert frozen["entries"][1] == {
        "id": "2603.00007",
        "kind": "new",
        "matched": ["robots", "graphs"],
        "score": -2.0,
        "facts": {"upvotes": 53},
    }


# --- shown --------------------------------------------------------------------------------------------------------------

TREND = make_trending_section([make_paper(50 + number, facts=FACTS) for number in range(3)], matched=("robots",))


@pytest.mark.parametrize("density", Density)
@pytest.mark.parametrize("languages", Languages.offered("zh"))
def test_every_form_shows_the_facts_and_leads_to_the_code(
    renderer: Renderer, languages: Languages, density: Density
) -> None:
    ordinary = make_section([make_paper(1, facts=HubFacts(upvotes=7)), make_paper(2)])
    digest = make_digest([ordinary, TREND], languages=languages, density=density)
    message = renderer.message(digest)
    root = check_wellformed(message.html)
    is_zh = languages.codes[0] == "zh"
    facts = "Hugging Face ↑ 57 · 12 条评论 · ByteDance · 代码 ★ 1.2k" if is_zh else (
        "↑ 57 on Hugging Face · 12 comments · ByteDance · code ★ 1.2k"
    )  # fmt: skip
    assert words(root).count(facts) == 3
    assert " ".join(message.text.split()).count(facts) == 3
    assert words(root).count("↑ 7") == 1
    assert root.xpath("count(//a[@href='https://github.com/walkers/gait'])") == 3
    assert root.xpath("count(//a[@href='https://huggingface.co/papers/2603.00050'])") == 1
    assert message.text.count("https://github.com/walkers/gait") == 3


def test_the_section_stands_last_with_its_day_and_its_name_in_both_languages(renderer: Renderer) -> None:
    message = renderer.message(make_digest([make_section([make_paper(1)]), TREND]))
    root = parse(message.html)
    heads = [" ".join(head.text_content().split()) for head in root.iter("h2")]
    assert heads == ["reinforcement learning", "Trending on Hugging Face · Hugging Face 热门"]
    assert "Thu 19 Mar: 3 papers · 3月19日 周四：3 篇" in words(root)
    assert "matches: robots" in words(root)
    assert "\nTrending on Hugging Face · Hugging Face 热门: 2026-03-19\n" in message.text
    assert shown_papers(root)[-3:] == [f"https://arxiv.org/abs/2603.0005{number}" for number in range(3)]


def test_what_came_before_is_said(renderer: Renderer) -> None:
    section = make_trending_section([make_paper(50)], left_out=4)
    text = words(parse(renderer.html(make_digest([make_section([make_paper(1)]), section]))))
    assert "Thu 19 Mar: 1 paper; 4 more above or in an earlier mail" in text


def test_the_count_is_of_the_keywords_papers_and_the_others_are_counted_apart(renderer: Renderer) -> None:
    digest = make_digest([make_section([make_paper(1)]), TREND])
    assert (digest.count, digest.trending_count) == (1, 3)
    assert "1 paper for you · 1 keyword · 3 trending · announced" in words(parse(renderer.html(digest)))
    assert "1 篇论文 · 1 个关键词 · 热门 3 篇" in words(parse(renderer.html(digest)))
    assert renderer.subject(digest) == "1 paper · reinforcement learning · Fri 20 Mar"


def test_a_morning_with_nothing_but_trending_papers_says_so(renderer: Renderer) -> None:
    digest = make_digest([make_section([]), TREND])
    assert renderer.subject(digest) == "3 trending papers · Fri 20 Mar"
    assert "No papers for your keywords today · 1 keyword · 3 trending" in words(parse(renderer.html(digest)))
    zh = make_digest([make_section([]), TREND], languages=Languages("zh"))
    assert renderer.subject(zh) == "热门论文 3 篇 · 3月20日 周五"


def test_the_contents_list_leads_to_it(renderer: Renderer) -> None:
    digest = make_digest([make_section([make_paper(number) for number in range(1, 8)]), TREND])
    root = parse(renderer.html(digest))
    assert [str(href) for href in root.xpath("//td/a[starts-with(@href, '#s')]/@href")] == ["#s1", "#s2"]


@pytest.mark.parametrize("count", [60, 500])
def test_hundreds_of_papers_leave_it_its_titles(renderer: Renderer, count: int) -> None:
    papers = [make_paper(number) for number in range(100, 100 + count)]
    html = renderer.html(make_digest([make_section(papers), TREND]))
    root = check_wellformed(html)
    assert shown_papers(root)[-3:] == [f"https://arxiv.org/abs/2603.0005{number}" for number in range(3)]
    assert len(shown_papers(root)) + more(root) == count + 3


def test_a_mail_of_its_own_says_what_it_is(renderer: Renderer) -> None:
    message = renderer.message(make_digest([TREND], is_trending=True))
    root = check_wellformed(message.html)
    assert message.subject == "Trending papers · Paper 50: Reinforcement Learning for Robots… + 2 · Fri 20 Mar"
    assert "3 papers that trended on Hugging Face · generated 09:05" in words(root)
    assert "Hugging Face 热门论文 3 篇 · 09:05 生成" in words(root)
    assert "announced" not in words(root)
    assert "keyword" not in words(root).partition("Manage keywords")[0]
    assert "because you asked for the papers that trend" in words(root)
    assert message.text.startswith(
        "Generated 生成时间: 2026-03-20 09:05 (UTC+8)\n3 papers that trended on Hugging Face"
    )
    assert "announced" not in message.text
    assert "because you asked for the papers that trend" in message.text


def test_json_names_the_day_and_the_facts() -> None:
    found = to_json(make_digest([make_section([make_paper(1)]), TREND]))
    assert (found["count"], found["sections"][1]["trending_on"]) == (1, "2026-03-19")
    assert found["sections"][1]["papers"][0]["hugging_face"]["stars"] == 1234
    assert "hugging_face" not in found["sections"][0]["papers"][0]
    assert to_json(make_digest([TREND], is_trending=True))["count"] == 3


def test_a_hostile_name_or_address_changes_nothing_but_its_own_words(renderer: Renderer) -> None:
    facts = HubFacts(
        upvotes=3, organisation='<b>"x"</b> __title__' + "x" * 500, code_url="https://github.com/a/b?x=<&>"
    )
    message = renderer.message(make_digest([make_trending_section([make_paper(1, facts=facts)])], is_trending=True))
    root = check_wellformed(message.html)
    assert root.xpath("//b") == []
    assert '<b>"x"</b> __title__xxx' in words(root)
    assert [str(href) for href in root.xpath("//a/@href") if "github" in str(href)] == ["https://github.com/a/b?x=<&>"]
