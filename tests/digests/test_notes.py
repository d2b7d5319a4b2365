"""Honest lines about what is not there."""

import pytest

from newsletter.digests.notes import missing_notes, translation_notes
from newsletter.subscribers.subscriber import Languages
from tests.digests.factories import make_paper, make_section


def test_a_whole_list_needs_no_word() -> None:
    assert missing_notes(0) == ()


@pytest.mark.parametrize(
    ("count", "english", "chinese"),
    [
        (
            3,
            "3 of today's papers had not reached us from arXiv when this was composed; they come with the next digest.",
            "今日有 3 篇论文在本期生成时尚未从 arXiv 收到，将随下一期送达。",
        ),
        (
            1,
            "1 of today's papers had not reached us from arXiv when this was composed; it comes with the next digest.",
            "今日有 1 篇论文在本期生成时尚未从 arXiv 收到，将随下一期送达。",
        ),
        (
            None,
            "arXiv's list could not be read whole this morning; papers that arrive later come with the next digest.",
            "今早未能完整读取 arXiv 的列表，之后收到的论文将随下一期送达。",
        ),
    ],
)
def test_a_reader_is_told_how_many_papers_had_not_come(count: int | None, english: str, chinese: str) -> None:
    (note,) = missing_notes(count)
    assert (note["en"], note["zh"]) == (english, chinese)


def test_a_reader_of_chinese_is_told_what_is_not_translated() -> None:
    section = make_section([make_paper(1), make_paper(2, abstract_translated=None)])
    (note,) = translation_notes(Languages("en+zh"), (section,))
    assert note["en"].startswith("1 of 2 papers have no Chinese translation today")
    assert translation_notes(Languages("en"), (section,)) == ()
