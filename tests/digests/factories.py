"""Papers and digests for tests: synthetic, bilingual, as long as real ones."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from newsletter.digests.digest import Digest, DigestLinks, Entry, Section, ShownPaper
from newsletter.papers.hub_facts import HubFacts
from newsletter.papers.paper import AnnouncementKind, ArxivId, abs_url, pdf_url
from newsletter.subscribers.subscriber import Density, Languages

LINKS = DigestLinks(
    browser_url="https://paper.example.org/digest/token-of-the-reader.0123456789abcdef/2026-03-20",
    manage_url="https://paper.example.org/manage/token-of-the-reader.0123456789abcdef",
    unsubscribe_url="https://paper.example.org/unsubscribe/token-of-the-reader.0123456789abcdef",
    site_url="https://paper.example.org",
)
SENTENCE = "We study reinforcement learning for robots & humans, where a < b holds in every step of the way. "
SENTENCE_ZH = "我们研究机器人的强化学习方法，并在多个基准任务上验证其有效性与稳定性。"


def make_paper(number: int = 1, **changes: Any) -> ShownPaper:
    """A paper with an abstract of 1,400 characters and its Chinese one."""
    arxiv_id = ArxivId(f"2603.{number:05}")
    values: dict[str, Any] = {
        "arxiv_id": arxiv_id,
        "kind": AnnouncementKind.NEW,
        "title": f"Paper {number}: Reinforcement Learning for Robots That Read the News",
        "title_translated": f"论文 {number}：会读报的机器人的强化学习",
        "authors": ("Ada Lovelace", "Alan Turing", "Grace Hopper"),
        "categories": ("cs.LG", "cs.RO"),
        "comment": "10 pages, 3 figures",
        "abstract": SENTENCE * 14,
        "abstract_translated": SENTENCE_ZH * 13,
        "language": "zh",
        "abs_url": abs_url(arxiv_id),
        "pdf_url": pdf_url(arxiv_id),
    }
    return ShownPaper(**(values | changes))


def make_section(
    papers: Sequence[ShownPaper],
    keyword: str = "reinforcement learning",
    query: str | None = None,
    also: Sequence[str] = (),
) -> Section:
    """A section in which the first paper is the most relevant."""
    entries = tuple(
        Entry(paper=paper, matched=(keyword, *also), score=1 / place) for place, paper in enumerate(papers, 1)
    )
    return Section(keyword=keyword, query=query or keyword, entries=entries)


FACTS = HubFacts(
    upvotes=57, comments=12, organisation="ByteDance", code_url="https://github.com/walkers/gait", stars=1234
)


def make_trending_section(papers: Sequence[ShownPaper], matched: Sequence[str] = (), left_out: int = 0) -> Section:
    """The papers that trended on Thursday 19 March 2026."""
    entries = tuple(
        Entry(paper=paper, matched=tuple(matched), score=-1.0 - place) for place, paper in enumerate(papers)
    )
    return Section(
        keyword="Trending on Hugging Face",
        query="",
        entries=entries,
        trending_on=date(2026, 3, 19),
        left_out=left_out,
    )


def make_digest(sections: Sequence[Section], **changes: Any) -> Digest:
    """The digest of Friday 20 March 2026 of a reader in Shanghai."""
    values: dict[str, Any] = {
        "edition_on": date(2026, 3, 20),
        "announced_at": datetime(2026, 3, 20, 0, 0, tzinfo=UTC),
        "generated_at": datetime(2026, 3, 20, 1, 5, tzinfo=UTC),
        "timezone": "Asia/Shanghai",
        "languages": Languages("en+zh"),
        "density": Density.FULL,
        "sections": tuple(sections),
        "links": LINKS,
    }
    return Digest(**(values | changes))


def make_digest_of(count: int, **changes: Any) -> Digest:
    """A digest of so many papers under one keyword."""
    return make_digest([make_section([make_paper(number) for number in range(1, count + 1)])], **changes)
