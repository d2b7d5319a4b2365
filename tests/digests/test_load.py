"""What is frozen comes back as it was: the same papers, the same words about them."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from newsletter.db.engine import reading, transaction
from newsletter.digests.choose import ChosenEntry, ChosenSection
from newsletter.digests.digest import Digest
from newsletter.digests.freeze import Freezer
from newsletter.digests.load import FrozenDigest, load_digests
from newsletter.papers.hub_facts import HubFacts
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.store import store_papers
from newsletter.papers.versions import CommentChange, VersionChange
from newsletter.subscribers.subscriber import Density, Languages
from newsletter.translation.finding import LEFT
from newsletter.translation.marks import Marks
from newsletter.translation.memory import remember
from newsletter.translation.origin import Origin
from tests.conftest import NOON
from tests.factories import FRIDAY, make_addresses, make_paper

THURSDAY = date(2026, 3, 19)
IDS = ("2603.00001", "2603.00002", "2603.00003")
KINDS = dict(zip(IDS, AnnouncementKind, strict=True))
SECTION = ChosenSection(
    keyword="Robots",
    query="robot",
    entries=tuple(ChosenEntry(arxiv_id=arxiv_id, matched=("Robots",), score=1) for arxiv_id in IDS),
)


def load(engine: Engine, sections: list[dict[str, Any]], **changes: Any) -> Digest:
    values: dict[str, Any] = {
        "subscriber_id": 1,
        "token_version": 0,
        "edition_on": FRIDAY,
        "generated_at": datetime(2026, 3, 20, 1, tzinfo=UTC),
        "timezone": "Asia/Shanghai",
        "languages": Languages("en+zh"),
        "density": Density.FULL,
        "sections": sections,
        "is_sample": False,
    }
    with transaction(engine) as session:
        store_papers(session, [make_paper(number, "A robot") for number in (1, 2, 3)], stored_at=NOON)
    with reading(engine) as session:
        (digest,) = load_digests(session, [FrozenDigest(**(values | changes))], make_addresses(lambda: NOON))
    return digest


def freeze(**known: Any) -> list[dict[str, Any]]:
    freezer = Freezer(KINDS, **({"late": {}, "changes": {}, "facts": {}} | known))
    found: list[dict[str, Any]] = json.loads(freezer.freeze([SECTION], None))
    return found


def test_an_entry_says_only_what_there_is_to_say() -> None:
    (section,) = freeze()
    assert section["entries"][0] == {"id": IDS[0], "kind": "new", "matched": ["Robots"], "score": 1}


def test_a_paper_that_trends_brings_its_facts() -> None:
    (section,) = freeze(facts={IDS[1]: HubFacts(upvotes=57)})
    assert [entry.get("facts", {}).get("upvotes") for entry in section["entries"]] == [None, 57, None]


def test_what_is_written_once_is_written_alike_for_every_reader() -> None:
    freezer = Freezer(KINDS, late={}, changes={}, facts={})
    shorter = ChosenSection(keyword="Walking", query="walk", entries=SECTION.entries[:1])
    first, second = (json.loads(freezer.freeze(sections, None)) for sections in ([SECTION], [shorter, SECTION]))
    assert first == second[1:]
    assert second[0]["entries"] == first[0]["entries"][:1]


@pytest.mark.parametrize(
    "change",
    [
        VersionChange(version=2),
        VersionChange(version=3, before=1),
        VersionChange(version=3, before=1, comment=CommentChange.CHANGED),
    ],
)
def test_late_and_replaced_papers_come_back_as_they_were_frozen(engine: Engine, change: VersionChange) -> None:
    frozen = freeze(late={IDS[0]: THURSDAY}, changes={IDS[2]: change})
    first, second, third = (entry.paper for entry in load(engine, frozen).sections[0].entries)
    assert (first.late_from, first.change) == (THURSDAY, None)
    assert (second.late_from, second.change) == (None, None)
    assert (third.late_from, third.change) == (None, change)


@pytest.mark.parametrize(("missing_count", "notes"), [(0, 1), (2, 2), (None, 2)])
def test_a_digest_of_a_day_that_is_not_whole_says_so_first(
    engine: Engine, missing_count: int | None, notes: int
) -> None:
    digest = load(engine, freeze(), missing_count=missing_count)
    assert len(digest.notes) == notes
    assert "translation" in digest.notes[-1]["en"]


def test_a_digest_says_who_wrote_its_chinese(engine: Engine) -> None:
    paper = make_paper(1, "A robot")
    marks = {paper.abstract_source: Marks(score=0.9, findings=[{"kind": LEFT, "detail": "It walks."}])}
    with transaction(engine) as session:
        pairs = {paper.title_source: "机器人", paper.abstract_source: "我们研究机器人。"}
        remember(session, pairs, source="en", target="zh", engine="deepl", translated_at=NOON, marks=marks)
    digest = load(engine, freeze())
    assert digest.sections[0].entries[0].paper.origins == (Origin(engine="deepl"), Origin(engine="deepl", left=1))
    assert digest.origin is not None
    assert digest.origin["zh"] == "中文由 DeepL（3 篇）机器翻译，3 篇有句子保留原文。"
