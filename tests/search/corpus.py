"""Recorded papers, and the queries that are hardest on them: pieces of their own text, spelt in every way."""

import json
import lzma
import random
from collections.abc import Sequence
from functools import cache
from itertools import cycle, islice
from typing import Any

from newsletter.errors import QuerySyntaxError
from newsletter.papers.latex import to_unicode
from newsletter.queries.language import format_query, parse_query
from newsletter.queries.matcher import Matchable
from newsletter.queries.words import normalise, read_words, squeeze
from tests.conftest import SHARED

DATA = SHARED / "data"
REASON = "the recorded days (../shared/data) are not beside this checkout"

_JOINTS = (" ", " ", " ", "-", "", "/", ", ", ".")
_PATTERNS = (
    "{0}",
    '"{0}"',
    "ti:{0} OR abs:{1}",
    "{0} AND {1}",
    "cat:cs.LG AND ({0} OR {1})",
    "all:{0} ANDNOT {1}",
    "{0} ANDNOT cat:cs.CL",
    "NOT ({0} AND {1}) AND cat:cs.CV",
    "{0}*",
)


@cache
def recorded_papers(day: str, *, with_chinese: bool = False) -> tuple[Matchable, ...]:
    """Return a recorded day's papers; every other one may have somebody's Chinese."""
    with lzma.open(DATA / "arxiv-cs-daily" / f"{day}.jsonl.xz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    chinese = islice(cycle(_chinese()), 100, None) if with_chinese else cycle([("", "")])
    return tuple(
        _matchable(record, *(pair if number % 2 else ("", "")))
        for number, (record, pair) in enumerate(zip(records, chinese, strict=False))
    )


def make_queries(papers: Sequence[Matchable], *, count: int, seed: int) -> list[str]:
    """Return queries in canonical form whose phrases stand, or nearly stand, in the papers."""
    choice = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        phrases = [_phrase(choice, choice.choice(papers)) for _ in range(2)]
        try:
            query = parse_query(choice.choice(_PATTERNS).format(*phrases))
        except QuerySyntaxError:
            continue
        found[format_query(query)] = None
    return list(found)


def _phrase(choice: random.Random, paper: Matchable) -> str:
    if paper.abstract_translated and choice.random() < 0.3:
        text = squeeze(normalise(choice.choice([paper.title_translated, paper.abstract_translated])))
        start, size = choice.randrange(len(text)), choice.randint(1, 9)
        return text[start : start + size]
    if choice.random() < 0.1:
        *given, last = choice.choice(paper.authors).split()
        return "au:" + " ".join([*(choice.choice([word, word[0]]) for word in given), last])
    words = read_words(normalise(choice.choice([paper.title, paper.abstract]))).words
    start, size = choice.randrange(len(words)), choice.choice([1, 1, 2, 2, 2, 3, 3, 4, 5])
    joint = choice.choice(_JOINTS)
    piece = joint.join(words[start : start + size])
    return piece[: choice.randint(2, 40)] if choice.random() < 0.3 else piece


@cache
def _chinese() -> list[tuple[str, str]]:
    with lzma.open(DATA / "bilingual" / "pairs-2024-02.jsonl.xz", "rt", encoding="utf-8") as lines:
        records = list(islice(map(json.loads, lines), 3000))
    return [(record["title_zh"] or "", record["abstract_zh"] or "") for record in records]


def _matchable(record: dict[str, Any], title_translated: str, abstract_translated: str) -> Matchable:
    return Matchable(
        arxiv_id=record["id"],
        title=to_unicode(record["title"]),
        abstract=to_unicode(record["abstract"]),
        authors=tuple(map(to_unicode, record["authors"])),
        categories=tuple(dict.fromkeys([record["primary_category"], *record["categories"]])),
        comment=to_unicode(record["comment"] or ""),
        title_translated=title_translated,
        abstract_translated=abstract_translated,
    )
