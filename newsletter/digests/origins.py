"""The quiet line in a digest's footer: who wrote its Chinese."""

from collections import Counter
from collections.abc import Sequence

from newsletter.digests.digest import Section, ShownPaper
from newsletter.digests.wording import count_papers
from newsletter.papers.sources.sample import SAMPLE_CATEGORY
from newsletter.subscribers.subscriber import Languages
from newsletter.translation.origin import Origin, name_engine
from newsletter.words import Words


def say_origins(languages: Languages, sections: Sequence[Section]) -> Words | None:
    """Say which engines translated how many papers, how many a person revised, and what stands in the original.

    Each paper counts once, by its abstract; one with a revised title or abstract counts as revised. None for a reader who
    does not read Chinese, and for a digest without papers.
    """
    papers = {entry.paper.arxiv_id: entry.paper for section in sections for entry in section.entries}
    if "zh" not in languages.codes or not papers:
        return None
    translated = [paper for paper in papers.values() if paper.is_translated and paper.origins]
    authors = Counter(_author(paper.origins) for paper in translated)
    clauses = _count_rest(translated, authors, missing=len(papers) - len(translated))
    machines = [(engine, count) for engine, count in authors.most_common() if not _is_by_hand(engine)]
    if not machines:
        return Words("Chinese: ", "中文：") + _join(clauses)
    return _by_machines(machines) + (Words("; ", "，") + _join(clauses) if clauses else _STOP)


_STOP = Words(".", "。")


def _by_machines(machines: Sequence[tuple[str, int]]) -> Words:
    named = [(name_engine(engine), count) for engine, count in machines]
    english = ", ".join(f"{name.en} ({count_papers(count, 'en')})" for name, count in named)
    chinese = "、".join(f"{name.zh}（{count_papers(count, 'zh')}）" for name, count in named)
    return Words(f"Chinese machine-translated by {english}", f"中文由 {chinese}机器翻译")


def _count_rest(translated: Sequence[ShownPaper], authors: Counter[str], *, missing: int) -> list[Words]:
    revised = sum(any(origin.is_correction for origin in paper.origins) for paper in translated)
    partly = sum(any(origin.left for origin in paper.origins) for paper in translated)
    found = (
        (authors[SAMPLE_CATEGORY], Words("written for the sample edition", "为样刊而写")),
        (revised, Words("revised by a person", "经人工审订")),
        (missing, Words("without Chinese", "暂无译文")),
        (partly, Words("with sentences in the original", "有句子保留原文")),
    )
    return [
        Words(f"{count_papers(count, 'en')} {words.en}", f"{count_papers(count, 'zh')}{words.zh}")
        for count, words in found
        if count
    ]


def _join(clauses: Sequence[Words]) -> Words:
    return Words("; ".join(words.en for words in clauses), "，".join(words.zh for words in clauses)) + _STOP


def _author(origins: Sequence[Origin]) -> str:
    corrected = next((origin for origin in origins if origin.is_correction), None)
    return (corrected or origins[-1]).engine


def _is_by_hand(engine: str) -> bool:
    return engine == SAMPLE_CATEGORY or Origin(engine=engine).is_correction
