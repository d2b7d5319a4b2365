"""Honest lines for the reader about what is not as it should be; each as (English, Chinese)."""

from collections.abc import Sequence

from newsletter.digests.digest import Section
from newsletter.subscribers.subscriber import Languages

Notes = tuple[tuple[str, str], ...]

_UNKNOWN = (
    "arXiv's list could not be read whole this morning; papers that arrive later come with the next digest.",
    "今早未能完整读取 arXiv 的列表，之后收到的论文将随下一期送达。",
)
_NOTHING_TRANSLATED = (
    "There is no Chinese translation today; the papers are shown in the original.",
    "今日暂无中文译文，以原文呈现。",
)


def missing_notes(count: int | None) -> Notes:
    """Say how many of the day's papers were not there yet when the digest was made; None when nobody knows."""
    if count is None:
        return (_UNKNOWN,)
    if not count:
        return ()
    they_come = "it comes" if count == 1 else "they come"
    english = (
        f"{count} of today's papers had not reached us from arXiv when this was composed; {they_come} with the next"
    )
    return ((f"{english} digest.", f"今日有 {count} 篇论文在本期生成时尚未从 arXiv 收到，将随下一期送达。"),)


def translation_notes(languages: Languages, sections: Sequence[Section]) -> Notes:
    """Say that Chinese was asked for and is not there."""
    if "zh" not in languages.codes:
        return ()
    shown = [entry.paper for section in sections for entry in section.entries]
    missing = sum(not paper.is_translated for paper in shown)
    if not missing:
        return ()
    if missing == len(shown):
        return (_NOTHING_TRANSLATED,)
    return (
        (
            f"{missing} of {len(shown)} papers have no Chinese translation today and are shown in the original.",
            f"今日 {len(shown)} 篇中有 {missing} 篇暂无中文译文，以原文呈现。",
        ),
    )
