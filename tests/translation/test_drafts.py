from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from newsletter.translation.drafts import MEMORY, Draft, Finished, Part, begin_draft
from newsletter.translation.language import Language, load_language
from newsletter.translation.passages import Passage

ENGLISH, CHINESE = load_language("en"), load_language("zh")
FIRST = "We study how legged robots learn to walk over rough ground."
SECOND = "Our method needs half of the samples that earlier work needed."
THIRD = "It is robust against pushes from the side."
ABSTRACT = Passage(text=f"{FIRST} {SECOND} {THIRD}", categories=("cs.RO",))
SAID = {
    FIRST: "我们研究足式机器人如何学会在崎岖地面上行走。",
    SECOND: "我们的方法所需样本只有先前工作的一半。",
    THIRD: "它对侧向推力具有鲁棒性。",
}
WHOLE = "".join(SAID.values())


@dataclass(frozen=True)
class Marker:
    """Takes an answer for lossy where it says 错, and for poor where it says 差."""

    source: Language = ENGLISH
    target: Language = CHINESE

    def finish(self, passage: Passage, answer: str) -> Finished:
        is_lossy, is_poor = "错" in answer, "差" in answer
        return Finished(
            text=answer,
            score=1.0 - 0.6 * is_lossy - 0.5 * is_poor,
            is_good=not (is_lossy or is_poor),
            is_lossy=is_lossy,
        )


def begin(**known: str) -> Draft:
    return begin_draft(ABSTRACT, known, ENGLISH)


def settle(draft: Draft, answer: str, *, part: int = 0, by: str = "one") -> None:
    draft.settle(draft.parts[part], answer, by, Marker())


def test_a_good_answer_completes_a_draft() -> None:
    draft = begin()
    settle(draft, WHOLE)
    assert draft.is_complete
    assert draft.join(CHINESE) == WHOLE
    assert draft.authors() == ["one"]


def test_the_good_sentences_of_an_answer_are_kept_and_the_bad_one_asked_for_alone() -> None:
    draft = begin()
    settle(draft, WHOLE.replace("一半", "错半"))
    assert [part.passage.text for part in draft.missing] == [SECOND]
    assert draft.missing[0].is_doubtful
    assert draft.missing[0].passage.categories == ("cs.RO",)
    assert draft.missing[0].passage.context == ABSTRACT.text
    draft.settle(draft.missing[0], SAID[SECOND], "two", Marker())
    assert draft.join(CHINESE) == WHOLE
    assert draft.authors() == ["one", "two"]


def test_an_answer_that_is_bad_for_the_most_part_is_not_taken_apart() -> None:
    draft = begin()
    settle(draft, WHOLE.replace("行走", "错").replace("一半", "错"))
    assert [part.passage.text for part in draft.parts] == [ABSTRACT.text]
    assert not draft.authors()


def test_a_sentence_without_a_translation_stays_as_it_is_between_spaces() -> None:
    draft = begin()
    settle(draft, WHOLE.replace("一半", "错半"))
    assert draft.is_readable
    assert draft.left_sentences == [SECOND]
    assert draft.join(CHINESE) == f"{SAID[FIRST]} {SECOND} {SAID[THIRD]}"


def test_a_poor_answer_counts_when_there_is_no_better_one() -> None:
    draft = begin()
    settle(draft, WHOLE.replace("行走", "差").replace("一半", "差").replace("侧向", "差"), by="first")
    settle(draft, "差", by="second")
    assert draft.missing
    draft.accept_poor()
    assert not draft.missing
    assert draft.authors() == ["first"]


def test_an_answer_that_lost_something_never_counts() -> None:
    draft = begin()
    settle(draft, "错")
    draft.accept_poor()
    assert not draft.is_complete
    assert not draft.is_readable


def test_sentences_that_are_known_are_not_asked_for() -> None:
    draft = begin_draft(ABSTRACT, {f"{SECOND} ": SAID[SECOND]}, ENGLISH)
    assert [part.passage.text for part in draft.missing] == [FIRST, THIRD]
    assert [part.by for part in draft.parts] == [None, MEMORY, None]


def test_unknown_neighbours_are_asked_for_together() -> None:
    draft = begin_draft(ABSTRACT, {THIRD: SAID[THIRD]}, ENGLISH)
    assert [part.passage.text for part in draft.missing] == [f"{FIRST} {SECOND}"]


def test_a_title_is_one_part_whatever_is_known() -> None:
    title = Passage(text="Robots walk. Slowly.", is_title=True)
    assert begin_draft(title, {"Robots walk. ": "机器人行走。"}, ENGLISH).parts[0].passage is title


@given(st.sets(st.sampled_from(sorted(SAID))), st.sampled_from(["", "错", "差"]))
def test_whatever_is_known_and_answered_nothing_of_the_source_is_lost(known: set[str], fault: str) -> None:
    sentences = {f"{text} " if text != THIRD else text: SAID[text] for text in known}
    draft = begin_draft(ABSTRACT, sentences, ENGLISH)
    for part in list(draft.missing):
        draft.settle(part, fault + "".join(SAID[text] for text in SAID if text in part.passage.text), "one", Marker())
    assert " ".join(part.passage.text for part in draft.parts) == ABSTRACT.text
    joined = draft.join(CHINESE)
    assert all(SAID[text] in joined or text in joined for text in SAID)


def test_parts_are_told_apart_though_they_say_the_same() -> None:
    same = Passage(text="Robots walk.")
    draft = Draft(passage=ABSTRACT, parts=[Part(passage=same, target="机器人行走。", by="x"), Part(passage=same)])
    draft.settle(draft.parts[1], "机器人会走。", "y", Marker())
    assert [part.by for part in draft.parts] == ["x", "y"]
