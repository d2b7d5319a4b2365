"""A changed glossary touches the texts in which a changed term occurs; what they were before is not kept on."""

from sqlalchemy import Engine as Database

from newsletter.db.engine import reading, transaction
from newsletter.translation.corrections import correct
from newsletter.translation.finding import ALSO, LEFT
from newsletter.translation.finish import open_finisher
from newsletter.translation.marks import Marks
from newsletter.translation.memory import recall_marked, remember
from newsletter.translation.passages import Passage
from newsletter.translation.renew import list_stale
from tests.conftest import NOON
from tests.translation.runs import stored
from tests.translation.test_workbench import ABSTRACT, FIRST, OTHER, SECOND, Scribe, add_term, forgetting, run

TEXTS = (ABSTRACT, OTHER, "A title of charts")


def stale(database: Database) -> list[str]:
    with reading(database) as session:
        found = list_stale(session, [Passage(text=text) for text in TEXTS], source="en", target="zh")
    return [passage.text for passage in found]


def test_only_texts_that_say_a_changed_term_are_stale_until_they_are_renewed(database: Database) -> None:
    run(database, Scribe(), texts=[ABSTRACT, OTHER])
    assert stale(database) == []
    add_term(database, "chart", "冰图")
    assert stale(database) == [OTHER]
    run(database, texts=[OTHER])
    assert stale(database) == []


def test_what_a_person_wrote_is_never_stale(database: Database) -> None:
    run(database, Scribe(), texts=[OTHER])
    with transaction(database) as session:
        correct(session, OTHER, "船要海图。", source="en", target="zh", by="ann@example.org", at=NOON)
    add_term(database, "chart", "冰图")
    assert stale(database) == []


def test_a_sentence_left_in_the_original_is_not_taken_for_its_translation(database: Database) -> None:
    run(database, Scribe(answer=forgetting("[[1]]")), texts=[ABSTRACT])
    better = Scribe("two")
    changed = f"{SECOND} {OTHER}"
    run(database, better, texts=[changed])
    assert SECOND not in stored(database, [changed])[changed]


def test_a_mended_text_still_names_all_its_engines(database: Database) -> None:
    with transaction(database) as session:
        finisher = open_finisher(session, source="en", target="zh")
        marks = Marks(
            glossary_key=finisher.glossary_key(Passage(text=OTHER)),
            score=1.0,
            findings=[{"kind": ALSO, "detail": "two"}],
        )
        pairs = {OTHER: "自主驾驶的船舶需要另一种海图。"}
        remember(session, pairs, source="en", target="zh", engine="one", translated_at=NOON, marks={OTHER: marks})
    add_term(database, "chart", "冰图", "海图")
    run(database, texts=[OTHER])
    with reading(database) as session:
        found = recall_marked(session, [OTHER], source="en", target="zh")[OTHER]
    assert found.text == "自主驾驶的船舶需要另一种冰图。"
    assert {"kind": ALSO, "detail": "two"} in found.marks.findings


def test_a_bad_text_is_translated_anew_and_not_from_its_own_bad_sentences(database: Database) -> None:
    run(database, Scribe(), texts=[f"{FIRST} {OTHER}"])
    with transaction(database) as session:
        bad = Marks(glossary_key="old.old", score=0.1, findings=[{"kind": LEFT, "detail": OTHER}])
        text = "我们研究足式机器在崎岖地面上行走。" + OTHER
        remember(
            session,
            {f"{FIRST} {OTHER}": text},
            source="en",
            target="zh",
            engine="one",
            translated_at=NOON,
            marks={f"{FIRST} {OTHER}": bad},
        )
    scribe = Scribe("two")
    assert run(database, scribe, texts=[f"{FIRST} {OTHER}"]).translated == 1
    assert scribe.asked
    assert OTHER not in stored(database, [f"{FIRST} {OTHER}"])[f"{FIRST} {OTHER}"]
