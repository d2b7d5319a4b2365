"""The first mail a newcomer gets is worth reading, says that it is a sample, and is whole in both languages."""

import re
from collections import Counter
from datetime import date

import pytest

from newsletter.papers.latex import to_unicode
from newsletter.papers.paper import AnnouncementKind, Paper, parse_arxiv_id
from newsletter.papers.sources.sample import SAMPLE_CATEGORY, sample_announcement, sample_translations
from newsletter.papers.taxonomy import is_known

DAY = date(2026, 3, 20)
PAPERS = [item.paper for item in sample_announcement(DAY).announced]
CHINESE = sample_translations("zh")
FORMULA = re.compile(r"\$[^$]+\$")
STYLE = re.compile(r"\\(?:textbf|emph|href\{[^}]*\})")
HAN = re.compile(r"[\u4e00-\u9fff]")
TRADITIONAL = re.compile("[學習強機個這為們時後來對會過還說無與從開關發現實驗數據應當體語譯變點動態環]")

each_paper = pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.arxiv_id)


def matching(phrase: str, *, title: bool = True, abstract: bool = True) -> list[Paper]:
    return [
        paper
        for paper in PAPERS
        if (title and phrase in paper.title.lower()) or (abstract and phrase in paper.abstract.lower())
    ]


def test_the_edition_holds_enough_papers_of_every_kind() -> None:
    announcement = sample_announcement(DAY)
    assert (announcement.category, announcement.source, announcement.listed_on) == (SAMPLE_CATEGORY, "sample", DAY)
    assert len(PAPERS) >= 24
    assert announcement.count(AnnouncementKind.NEW) >= 20
    assert announcement.count(AnnouncementKind.CROSS) >= 2
    assert announcement.count(AnnouncementKind.REPLACE) >= 2
    assert announcement.totals == {kind: announcement.count(kind) for kind in AnnouncementKind}
    assert [item.position for item in announcement.announced] == list(range(len(PAPERS)))


def test_replacements_have_a_later_version() -> None:
    for item in sample_announcement(DAY).announced:
        assert (item.paper.version > 1) == (item.kind is AnnouncementKind.REPLACE)


def test_every_sample_is_marked_as_one() -> None:
    assert len({paper.arxiv_id for paper in PAPERS}) == len(PAPERS)
    for paper in PAPERS:
        assert paper.is_sample
        assert parse_arxiv_id(paper.arxiv_id) == (paper.arxiv_id, None)
        assert "Sample paper, not on arXiv" in (paper.comment or "")


def test_no_two_papers_share_an_author_because_nobody_wrote_them() -> None:
    names = Counter(name for paper in PAPERS for name in paper.authors)
    assert names.most_common(1)[0][1] == 1
    assert max(len(paper.authors) for paper in PAPERS) >= 40


def test_a_newcomer_s_keywords_find_something_and_do_not_find_everything() -> None:
    assert len(matching("reinforcement learning")) >= 8
    assert len(matching("diffusion")) >= 5
    assert len(matching("large language model")) >= 5
    assert len(matching("robot") + matching("manipulation")) >= 3
    phrases = ("reinforcement learning", "diffusion", "large language model", "robot", "manipulation")
    found = Counter(paper.arxiv_id for phrase in phrases for paper in matching(phrase))
    assert len([name for name, count in found.items() if count > 1]) >= 3
    assert len(PAPERS) - len(found) >= 3


def test_a_keyword_is_found_in_titles_alone_and_in_abstracts_alone() -> None:
    in_titles = {paper.arxiv_id for paper in matching("reinforcement learning", abstract=False)}
    in_abstracts = {paper.arxiv_id for paper in matching("reinforcement learning", title=False)}
    assert in_titles - in_abstracts
    assert in_abstracts - in_titles
    assert in_titles & in_abstracts


@each_paper
def test_both_languages_are_whole(paper: Paper) -> None:
    title, abstract = CHINESE[paper.title_source], CHINESE[paper.abstract_source]
    assert len(HAN.findall(title)) >= 5
    assert 0.28 <= len(abstract) / len(paper.abstract_source) <= 0.48
    assert abstract.endswith("。")
    assert not re.search(r"[\u4e00-\u9fff][,;:!?]|[,;:.!?]\s*[\u4e00-\u9fff]", FORMULA.sub("", abstract))
    assert not TRADITIONAL.search(title + abstract)
    assert 90 <= len(paper.abstract.split()) <= 200


@each_paper
def test_the_chinese_keeps_every_formula_and_every_style(paper: Paper) -> None:
    for source in (paper.title_source, paper.abstract_source):
        assert Counter(FORMULA.findall(CHINESE[source])) == Counter(FORMULA.findall(source))
        assert Counter(STYLE.findall(CHINESE[source])) == Counter(STYLE.findall(source))


@each_paper
def test_nothing_a_reader_sees_is_tex(paper: Paper) -> None:
    chinese = [to_unicode(CHINESE[source]) for source in (paper.title_source, paper.abstract_source)]
    for shown in (paper.title, paper.abstract, *paper.authors, paper.comment or "", *chinese):
        assert not set("\\${}") & set(shown)
        assert shown == to_unicode(shown)


@each_paper
def test_categories_are_arxiv_s(paper: Paper) -> None:
    assert paper.categories
    assert all(is_known(category) and "." in category for category in paper.categories)


def test_the_file_holds_tex_as_arxiv_sends_it() -> None:
    sources = " ".join(
        text for paper in PAPERS for text in (paper.title_source, paper.abstract_source, *paper.authors_source)
    )
    for mark in (
        r"\textbf{",
        r"\emph{",
        r"\href{",
        r"\'e",
        r"\v{",
        r"$\pi_\theta$",
        r"$O(1/\sqrt{N})$",
        "$SE(3)$",
        r"\%",
    ):
        assert mark in sources
    assert len({category for paper in PAPERS for category in paper.categories}) >= 12


def test_there_is_one_translation_for_each_title_and_each_abstract() -> None:
    sources = [text for paper in PAPERS for text in (paper.title_source, paper.abstract_source)]
    assert len(set(sources)) == len(sources)
    assert sorted(CHINESE) == sorted(sources)
