"""One morning to mail: an edition's papers in both languages, and keywords that bring a reader a given number of them.

The papers are recorded ones where a folder with `arxiv-cs-daily` and `bilingual` is named, else made up from a seed, as long.
"""

import json
import lzma
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, cycle, islice, pairwise
from pathlib import Path

from bench.filling import read_days
from newsletter.db.engine import transaction
from newsletter.editions.collect import open_editions
from newsletter.editions.day import load_day, match_day
from newsletter.editions.desk import Desk
from newsletter.editions.sign_up import parse_keywords
from newsletter.papers import ledger_store as ledger
from newsletter.papers.ledger import Source, judge
from newsletter.papers.paper import Announced, Announcement, AnnouncementKind, ArxivId
from newsletter.papers.sources.record import make_paper
from newsletter.papers.store import store_announcement
from newsletter.subscribers.bulk_store import Newcomer, add_many
from newsletter.subscribers.subscriber import Preferences
from newsletter.translation.memory import remember

MADE_UP_ON = date(2026, 5, 29)
PAPERS_A_DAY = 700
KEYWORDS_A_READER = 3
SETS_OF_PAPERS = 500
DOMAINS = 50
FILLED_AT_ONCE = 1000
_TRIES = 100_000
_MOST_TERMS = 4000

_WORD = re.compile(r"[a-z]{4,}(?:-[a-z]+)*")
_ADJECTIVES = (
    "adaptive", "robust", "sparse", "causal", "neural", "hierarchical", "efficient", "scalable", "multimodal", "federated",
    "contrastive", "generative", "temporal", "spatial", "latent", "discrete", "modular", "recurrent", "symbolic", "stochastic",
    "variational", "geometric", "equivariant", "private",
)  # fmt: skip
_NOUNS = (
    "transformers", "diffusion", "policies", "agents", "graphs", "robots", "retrieval", "reasoning", "segmentation", "tokens",
    "translation", "rewards", "planning", "memory", "attention", "distillation", "pruning", "quantization", "alignment",
    "benchmarks", "embeddings", "manifolds", "kernels", "simulators", "speech", "dialogue", "navigation", "grasping",
    "detection", "tracking", "forecasting", "recommendation", "compilers", "verification", "networks", "sensors",
)  # fmt: skip
_VERBS = (
    "learns", "improves", "bounds", "predicts", "explains", "controls", "samples", "compresses", "aligns", "recovers",
    "transfers", "verifies",
)  # fmt: skip
_CHINESE = (
    "我们提出一种新的方法，用于解决长期存在的问题。实验表明，该模型在多个基准上优于已有工作，"
    "并显著降低了计算开销。此外，我们分析了其收敛性质，并公开了代码与数据。结果显示，机器人能够更稳定地完成任务。"
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """The day's papers as they are announced, and their Chinese: by source text."""

    listed_on: date
    announced: Sequence[Announced]
    chinese: Mapping[str, str]


def read_morning(data: Path) -> Morning:
    """Return the newest recorded day; its papers get other papers' recorded translations."""
    listed_on, announced = next(read_days(data, 2000))
    with lzma.open(data / "bilingual" / "pairs-2024-02.jsonl.xz", "rt", encoding="utf-8") as lines:
        pairs = [(pair["title_zh"], pair["abstract_zh"]) for pair in map(json.loads, lines)]
    return _morning(listed_on, announced, [pair for pair in pairs if all(pair)])


def make_up_morning(seed: int, count: int = PAPERS_A_DAY) -> Morning:
    """Return so many made up papers, as long as real ones; the same for the same seed."""
    choice = random.Random(seed)
    announced = [
        Announced(
            paper=make_paper(
                ArxivId(f"2605.{number:05}"),
                1,
                title=_title(choice),
                authors=[f"{choice.choice('ABCDEFG')}. {choice.choice(_NOUNS).title()}" for _ in range(5)],
                abstract=" ".join(f"{_sentence(choice)}." for _ in range(13)),
                categories=("cs.LG", "cs.AI"),
                comment="12 pages, 4 figures",
            ),
            kind=AnnouncementKind.NEW,
            position=number,
        )
        for number in range(count)
    ]
    clauses = re.findall(r"[^，。]+[，。]", _CHINESE)
    pairs = [("".join(choice.choices(clauses, k=2)), "".join(choice.choices(clauses, k=25))) for _ in range(200)]
    return _morning(MADE_UP_ON, announced, pairs)


def _morning(listed_on: date, announced: Sequence[Announced], pairs: Sequence[tuple[str, str]]) -> Morning:
    chinese: dict[str, str] = {}
    for item, (title, abstract) in zip(announced, islice(cycle(pairs), len(announced)), strict=True):
        chinese |= {item.paper.title_source: title, item.paper.abstract_source: abstract}
    return Morning(listed_on=listed_on, announced=announced, chinese=chinese)


def _title(choice: random.Random) -> str:
    first, second, third = choice.sample(_NOUNS, 3)
    return f"{choice.choice(_ADJECTIVES)} {first} for {choice.choice(_ADJECTIVES)} {second}: {third}".title()


def _sentence(choice: random.Random) -> str:
    subject, thing, place = choice.sample(_NOUNS, 3)
    verb, how, kind = choice.choice(_VERBS), choice.choice(_ADJECTIVES), choice.choice(_ADJECTIVES)
    return f"We show how the {how} model {verb} {subject} from {kind} {thing} under the constraints of {place}".capitalize()


def announce(desk: Desk, morning: Morning) -> None:
    """Store the papers as a list that was seen whole, with their translations, and open the edition."""
    at, listed_on = desk.now(), morning.listed_on
    listed = Announcement(category="cs", listed_on=listed_on, source="listing", announced=tuple(morning.announced))
    with transaction(desk.database) as session:
        store_announcement(session, listed, collected_at=at)
        ledger.note_sighting(session, listed, Source.LISTING, at=at)
        [state] = ledger.load_states(session, "cs", [listed_on])
        ledger.set_verdict(session, "cs", listed_on, judge(state, now=at, deadline=at), at=at)
        remember(session, morning.chinese, source="en", target="zh", engine="bench", translated_at=at)
    open_editions(desk, [listed_on])


def find_keywords(desk: Desk, morning: Morning, papers: int, *, seed: int) -> list[tuple[str, ...]]:
    """Return sets of keywords that each bring exactly so many papers of the day, no two the same papers.

    They are words and pairs of words from the titles, matched as a composition matches them.
    """
    terms = _terms(item.paper.title for item in morning.announced)
    queries = {item.query: item.keyword for item in parse_keywords([f'"{term}"' for term in terms])}
    with transaction(desk.database) as session:
        day = load_day(session, morning.listed_on, desk.categories)
    found = match_day(desk, day, queries)
    few, many = max(1, papers // 6), max(1, papers // 2)
    usable = {queries[query]: {match.arxiv_id for match in hits} for query, hits in found.items()}
    usable = {keyword: ids for keyword, ids in usable.items() if few <= len(ids) <= many}
    sets = _combine(usable, papers, random.Random(seed))
    if not sets:
        sys.exit(f"No keywords bring exactly {papers} papers of {len(morning.announced)}; choose another PAPERS.")
    return sets


def _terms(titles: Iterator[str]) -> list[str]:
    """Return the commonest words and pairs of neighbours in titles."""
    counted = Counter[str]()
    for title in titles:
        words = _WORD.findall(title.lower())
        counted.update(dict.fromkeys([*words, *(f"{first} {second}" for first, second in pairwise(words))], 1))
    return [term for term, _ in counted.most_common(_MOST_TERMS)]


def _combine(usable: Mapping[str, set[str]], papers: int, choice: random.Random) -> list[tuple[str, ...]]:
    keywords = sorted(usable)
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for _ in range(_TRIES if len(keywords) >= KEYWORDS_A_READER else 0):
        chosen = choice.sample(keywords, KEYWORDS_A_READER)
        together = frozenset().union(*(usable[keyword] for keyword in chosen))
        if len(together) == papers:
            found.setdefault(together, tuple(chosen))
        if len(found) == SETS_OF_PAPERS:
            break
    return list(found.values())


def add_readers(desk: Desk, count: int, keywords: Sequence[tuple[str, ...]], *, seed: int) -> None:
    """Store so many confirmed readers of both languages, each with an address of their own and one of the sets of keywords.

    Some sets are far more popular than others: the hundredth is asked for a hundred times as rarely as the first.
    """
    choice, at = random.Random(seed), desk.now() - timedelta(days=30)
    wanted = [parse_keywords(chosen) for chosen in keywords]
    popularity = list(accumulate(1 / rank for rank in range(1, len(wanted) + 1)))
    for start in range(0, count, FILLED_AT_ONCE):
        numbers = range(start, min(start + FILLED_AT_ONCE, count))
        newcomers = [
            Newcomer(
                email=f"reader{number}@host{number % DOMAINS}.example.org",
                name=f"Reader {number}",
                subscriptions=subscriptions,
                preferences=Preferences(timezone="Asia/Shanghai"),
            )
            for number, subscriptions in zip(
                numbers, choice.choices(wanted, cum_weights=popularity, k=len(numbers)), strict=True
            )
        ]
        with transaction(desk.database) as session:
            add_many(session, newcomers, at=at, is_confirmed=True)
