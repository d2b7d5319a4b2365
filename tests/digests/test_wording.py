"""The sentences that hold numbers."""

import re
from datetime import date

import pytest

from newsletter.digests.figures import figures_of
from newsletter.digests.wording import (
    also_in,
    best_titles,
    count_papers,
    kind_in_words,
    late_in_words,
    name_authors,
    section_count,
    subject_values,
    summary,
)
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.versions import CommentChange, VersionChange
from newsletter.subscribers.subscriber import Languages
from tests.digests.factories import make_digest, make_digest_of, make_paper, make_section


def test_one_paper_is_not_papers() -> None:
    assert count_papers(1, "en") == "1 paper"
    assert count_papers(0, "en") == "0 papers"
    assert count_papers(46, "zh") == "46 篇"


def test_a_section_that_is_not_whole_says_so() -> None:
    assert section_count(31, 31, "en") == "31 papers"
    assert section_count(31, 12, "en") == "31 papers, 12 of them here"
    assert section_count(31, 12, "zh") == "31 篇，此处列出 12 篇"


def test_the_summary_says_how_many_for_what_and_when() -> None:
    digest = make_digest([make_section([make_paper()]), make_section([], keyword="diffusion")])
    assert summary(figures_of(digest), "en") == (
        "1 paper for you · 2 keywords · announced Thu 20:00 Eastern, 08:00 your time · generated 09:05"
    )
    assert (
        summary(figures_of(digest), "zh")
        == "1 篇论文 · 2 个关键词 · 美东时间周四 20:00 发布，您当地 08:00 · 09:05 生成"
    )


def test_the_summary_of_an_empty_morning() -> None:
    digest = make_digest([make_section([])])
    assert summary(figures_of(digest), "en").startswith("No papers for you today · 1 keyword · ")
    assert summary(figures_of(digest), "zh").startswith("今日没有符合您关键词的论文 · 1 个关键词 · ")


def test_six_authors_are_named_and_the_others_counted() -> None:
    assert name_authors(tuple("ABCDEF")) == "A, B, C, D, E, F"
    assert name_authors(tuple("ABCDEFGH")) == "A, B, C, D, E, F + 2"


def test_what_is_not_new_is_said_in_words() -> None:
    assert kind_in_words(make_paper(), "en") == ""
    assert kind_in_words(make_paper(kind=AnnouncementKind.CROSS), "en") == "cross-list"
    assert kind_in_words(make_paper(kind=AnnouncementKind.REPLACE), "zh") == "更新版本"


def test_other_matched_keywords_are_named() -> None:
    assert also_in(("diffusion policy", "VLA"), "en") == "also in: diffusion policy, VLA"
    assert also_in(("VLA",), "zh") == "另见：VLA"
    assert also_in((), "en") == ""


def test_a_long_list_of_keywords_does_not_fill_the_subject() -> None:
    sections = [make_section([make_paper(place)], keyword=f"keyword number {place}") for place in range(9)]
    headline = subject_values(make_digest(sections))["headline"]
    assert headline == "9 papers · keyword number 0, keyword number 1 +7"


def test_keywords_that_found_nothing_are_not_in_the_subject() -> None:
    digest = make_digest([make_section([], keyword="nothing"), make_section([make_paper()], keyword="robots")])
    assert subject_values(digest)["headline"] == "1 paper · robots"


@pytest.mark.parametrize(
    ("languages", "headline"), [(Languages("en"), "No papers today"), (Languages("zh+en"), "今日无相关论文")]
)
def test_the_subject_of_an_empty_morning(languages: Languages, headline: str) -> None:
    assert subject_values(make_digest([make_section([])], languages=languages))["headline"] == headline


def test_the_teaser_names_the_three_best_the_best_one_first() -> None:
    papers = [make_paper(place, title=f"Title {place}") for place in range(5)]
    line, code = best_titles(make_digest([make_section(papers[::-1])]))
    assert (line, code) == ("Title 4 · Title 3 · Title 2", "en")


def test_the_teaser_ends_at_a_word_within_a_hundred_characters() -> None:
    papers = [make_paper(place, title=f"Title {place} " + "with long words " * 4) for place in range(3)]
    line, _ = best_titles(make_digest([make_section(papers[::-1])]))
    assert 80 < len(line) <= 100
    assert re.search(r"(with|long|words)…\Z", line)


def test_the_teaser_is_chinese_only_when_all_of_it_is() -> None:
    assert best_titles(make_digest_of(3, languages=Languages("zh+en")))[1] == "zh"
    papers = [make_paper(1), make_paper(2, title_translated=None)]
    assert best_titles(make_digest([make_section(papers)], languages=Languages("zh")))[1] == "en"


def test_a_replacement_says_what_it_changed() -> None:
    def words(change: VersionChange | None, code: str) -> str:
        return kind_in_words(make_paper(kind=AnnouncementKind.REPLACE, change=change), code)

    assert words(None, "en") == "replacement"
    assert words(VersionChange(version=2), "en") == "replacement · now v2"
    assert words(VersionChange(version=2), "zh") == "更新版本 · 现为 v2"
    changed = VersionChange(version=3, before=1, comment=CommentChange.CHANGED)
    assert words(changed, "en") == "replacement · v1 → v3 · comment changed"
    assert words(changed, "zh") == "更新版本 · v1 → v3 · 备注有改动"
    assert words(VersionChange(version=3, before=2, comment=CommentChange.NEW), "en").endswith("v2 → v3 · new comment")


def test_a_late_paper_names_its_list() -> None:
    paper = make_paper(late_from=date(2026, 3, 19))
    assert late_in_words(paper, "en") == "late: from the list of Thu 19 Mar"
    assert late_in_words(paper, "zh") == "迟到：3月19日列表"
    assert late_in_words(make_paper(), "en") == ""
