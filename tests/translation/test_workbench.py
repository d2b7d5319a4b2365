"""What engines do in turn, what it costs, and what is asked for only once."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import pytest
from sqlalchemy import Engine as Database

from newsletter.db.engine import reading, transaction
from newsletter.errors import TranslationError, TranslationRefusedError
from newsletter.translation.corrections import correct, list_translations
from newsletter.translation.engines import Answer, Contract, Engine, TermPair
from newsletter.translation.glossary import load_glossary
from newsletter.translation.marks import Marks
from newsletter.translation.memory import recall_marked, remember
from newsletter.translation.own_terms import put_term
from newsletter.translation.passages import Passage
from newsletter.translation.protect import Style
from newsletter.translation.runs import list_runs
from newsletter.translation.translate import TranslationReport, translate_passages
from newsletter.translation.usage import Spent, list_usage, spent_on
from tests.chinese import in_chinese
from tests.conftest import NOON
from tests.translation.runs import stored

FIRST = "We study how legged machines learn to walk over rough ground."
SECOND = "Our approach needs $O(n)$ samples where earlier work needed many more of them."
THIRD = "It withstands pushes from the side and a heavy load on its back."
ABSTRACT = f"{FIRST} {SECOND} {THIRD}"
OTHER = "Ships that steer themselves through the ice need charts of another kind."


class Scribe(Engine):
    """An engine that answers as it is told, one request for all texts, and remembers what it was asked."""

    def __init__(
        self,
        name: str = "one",
        *,
        answer: Callable[[str], str] = in_chinese,
        contract: Contract | None = None,
        error: TranslationError | None = None,
        takes_terms: bool = False,
        size: int = 100,
    ) -> None:
        self._name, self._answer, self._error, self._size = name, answer, error, size
        self._contract, self._takes_terms = contract or Contract(), takes_terms
        self.asked: list[list[str]] = []
        self.terms: list[Sequence[TermPair]] = []
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._name

    @property
    def contract(self) -> Contract:
        return self._contract

    @property
    def takes_terms(self) -> bool:
        return self._takes_terms

    @property
    def placeholders(self) -> Style:
        return Style.BRACKETS

    def batches(self, texts: Sequence[str]) -> list[list[str]]:
        return [list(texts[start : start + self._size]) for start in range(0, len(texts), self._size)]

    def translate(self, texts: Sequence[str], *, source: str, target: str, terms: Sequence[TermPair] = ()) -> Answer:
        with self._lock:
            self.asked.append(list(texts))
            self.terms.append(terms)
        if self._error:
            raise self._error
        answers = [self._answer(text) for text in texts]
        return Answer(texts=answers, characters=sum(map(len, texts)), tokens_in=7, tokens_out=9)


def forgetting(*lost: str) -> Callable[[str], str]:
    """Return an engine's way to answer that loses these placeholders."""

    def answer(text: str) -> str:
        for placeholder in lost:
            text = text.replace(placeholder, "")
        return in_chinese(text)

    return answer


def run(
    database: Database, *engines: Engine, texts: Sequence[str] = (ABSTRACT,), is_again: bool = False
) -> TranslationReport:
    return translate_passages(
        database,
        engines,
        [Passage(text=text) for text in texts],
        source="en",
        target="zh",
        now=lambda: NOON,
        sleep=lambda _seconds: None,
        is_again=is_again,
    )


def marks(database: Database, text: str = ABSTRACT) -> tuple[str, Marks]:
    with reading(database) as session:
        known = recall_marked(session, [text], source="en", target="zh")[text]
    return known.engine, known.marks


def findings(database: Database, text: str = ABSTRACT) -> Mapping[str, str]:
    return {finding["kind"]: finding["detail"] for finding in marks(database, text)[1].findings}


def test_what_must_stay_is_sent_as_a_placeholder_and_comes_back(engine: Database) -> None:
    scribe = Scribe()
    assert run(engine, scribe).translated == 1
    assert "[[1]]" in scribe.asked[0][0]
    assert "$O(n)$" not in scribe.asked[0][0]
    assert "$O(n)$" in stored(engine, [ABSTRACT])[ABSTRACT]


def test_a_name_is_shown_first_and_hidden_where_it_got_lost(engine: Database) -> None:
    scribe = Scribe()  # puts every name into Chinese
    text = "We compare how GRPO and Ornithopter-7B walk over rough ground."
    assert run(engine, scribe, texts=[text]).partial == 0
    assert scribe.asked == [[text], ["We compare how [[1]] and [[2]] walk over rough ground."]]
    assert [name in stored(engine, [text])[text] for name in ("GRPO", "Ornithopter-7B")] == [True, True]


def test_texts_that_differ_only_in_what_stays_are_both_translated(engine: Database) -> None:
    texts = ["We propose GRPO for long reasoning.", "We propose DAPO for long reasoning."]
    scribe = Scribe()
    assert run(engine, scribe, texts=texts).translated == 2
    found = stored(engine, texts)
    assert ["GRPO" in found[texts[0]], "DAPO" in found[texts[1]]] == [True, True]


def test_a_sentence_that_lost_something_is_asked_for_alone_and_then_of_the_next_engine(engine: Database) -> None:
    first, second = Scribe(answer=forgetting("[[1]]")), Scribe("two")
    report = run(engine, first, second)
    assert (report.translated, report.partial, report.failed) == (1, 0, 0)
    alone = "Our approach needs [[1]] samples where earlier work needed many more of them."
    assert first.asked == [[f"{FIRST} {alone} {THIRD}"], [alone]]
    assert second.asked == [[alone]]
    assert "$O(n)$" in stored(engine, [ABSTRACT])[ABSTRACT]
    assert marks(engine)[0] == "one"
    assert findings(engine)["engine"] == "two"


def test_a_sentence_that_nobody_can_translate_stays_as_it_is_and_the_translation_says_so(engine: Database) -> None:
    report = run(engine, Scribe(answer=forgetting("[[1]]")))
    assert (report.translated, report.partial, report.failed) == (1, 1, 0)
    found = stored(engine, [ABSTRACT])[ABSTRACT]
    assert SECOND in found
    assert in_chinese(FIRST) in found
    assert findings(engine)["original"] == SECOND


def test_a_title_that_lost_its_name_stays_untranslated(engine: Database) -> None:
    title = "GRPO Beyond Games"
    report = run(engine, Scribe(answer=forgetting("[[1]]")), texts=[title])
    assert (report.translated, report.failed) == (0, 1)
    assert report.problem == "1 of 1 texts could not be translated: no engine translated them well enough"
    assert stored(engine, [title]) == {}


def test_an_answer_left_in_english_is_asked_of_the_next_engine_and_counts_where_there_is_none(engine: Database) -> None:
    def half(text: str) -> str:
        return text.replace("machines", "机器").replace("samples", "样本").replace("load", "负载")

    lazy, good = Scribe(answer=half), Scribe("two")
    assert run(engine, lazy).translated == 1
    assert len(lazy.asked) == 1
    assert "untranslated" in findings(engine)
    score = marks(engine)[1].score
    assert score is not None
    assert score < 0.6
    assert run(engine, lazy, good, texts=[OTHER, ABSTRACT], is_again=True).translated == 2
    assert "untranslated" not in findings(engine)


@pytest.mark.parametrize(
    "error",
    [TranslationRefusedError("The key is wrong.", retryable=False), TranslationError("It is down.", retryable=True)],
)
def test_what_one_engine_refuses_the_next_one_translates(engine: Database, error: TranslationError) -> None:
    broken, good = Scribe(error=error), Scribe("two")
    report = run(engine, broken, good, texts=[ABSTRACT, OTHER])
    assert (report.translated, report.failed, report.problem) == (2, 0, None)
    assert marks(engine)[0] == "two"
    with reading(engine) as session:
        runs = {item.engine: item for item in list_runs(session, since=NOON)}
    assert runs["one"].problem == str(error)
    assert (runs["one"].failed, runs["two"].translated) == (2, 2)


def test_a_budget_ends_an_engines_day_and_the_next_one_goes_on(engine: Database) -> None:
    poor = Scribe(contract=Contract(daily_characters=len(OTHER)), size=1)
    rich = Scribe("two")
    texts = [OTHER, *(f"{OTHER} Part {letter}." for letter in "bcdefghijkl")]
    assert run(engine, poor, rich, texts=texts).failed == 0
    assert 1 <= len(poor.asked) <= 5  # four are asked at once
    assert run(engine, poor, texts=["One more question about the ice."]).problem == (
        "1 of 1 texts could not be translated: one has used up its budget of 72 characters a day; "
        "it works again after midnight UTC."
    )
    asked = len(poor.asked)
    with transaction(engine) as session:
        assert spent_on(session, "one", date(2026, 3, 21)) == Spent()
    assert asked == len(poor.asked)


def test_a_budget_of_tokens_holds_too(engine: Database) -> None:
    scribe = Scribe(contract=Contract(daily_tokens=16), size=1)
    run(engine, scribe, texts=[OTHER])
    assert run(engine, scribe, texts=[ABSTRACT]).failed == 1


def test_what_was_asked_is_counted_by_the_day(engine: Database) -> None:
    scribe = Scribe(size=1)
    run(engine, scribe, texts=[OTHER, FIRST])
    with reading(engine) as session:
        (usage,) = list_usage(session, since=NOON.date())
    assert (usage.engine, usage.on) == ("one", NOON.date())
    assert usage.spent == Spent(requests=2, characters=len(OTHER) + len(FIRST), tokens_in=14, tokens_out=18)


def test_what_a_killed_run_has_spent_is_counted_and_not_paid_again(engine: Database) -> None:
    texts = [
        OTHER.replace("Ships", f"Ships and {word}s") for word in ("boat", "raft", "kite", "sledge", "drone", "car")
    ]

    class Dies(Scribe):
        def translate(
            self, texts: Sequence[str], *, source: str, target: str, terms: Sequence[TermPair] = ()
        ) -> Answer:
            if len(self.asked) >= 4:
                raise KeyboardInterrupt
            return super().translate(texts, source=source, target=target, terms=terms)

    with pytest.raises(KeyboardInterrupt):
        run(engine, Dies(size=1), texts=texts)
    done = stored(engine, texts)
    with reading(engine) as session:
        assert spent_on(session, "one", NOON.date()).requests == len(done)
    after = Scribe(size=1)
    assert run(engine, after, texts=texts).recalled == len(done)
    assert sorted(text for asked in after.asked for text in asked) == sorted(set(texts) - done.keys())


def test_a_sentence_of_another_text_is_not_asked_for_again(engine: Database) -> None:
    scribe = Scribe()
    run(engine, scribe)
    changed = f"{FIRST} {OTHER} {THIRD}"
    assert run(engine, scribe, texts=[changed]).translated == 1
    assert scribe.asked[1] == [OTHER]
    assert stored(engine, [changed])[changed] == in_chinese(FIRST) + in_chinese(OTHER) + in_chinese(THIRD)


def test_a_text_of_known_sentences_is_not_asked_for_at_all(engine: Database) -> None:
    run(engine, Scribe())
    silent = Scribe("two")
    shorter = f"{THIRD} {FIRST}"
    assert run(engine, silent, texts=[shorter]).translated == 1
    assert silent.asked == []
    assert marks(engine, shorter)[0] == "memory"


def test_a_persons_sentence_is_the_one_that_is_used_again(engine: Database) -> None:
    run(engine, Scribe())
    by_hand = "我们研究足式机器如何在崎岖地面上行走。" + in_chinese(THIRD)
    with transaction(engine) as session:
        correct(session, f"{FIRST} {THIRD}", by_hand, source="en", target="zh", by="ann@example.org", at=NOON)
    changed = f"{FIRST} {OTHER}"
    run(engine, Scribe(), texts=[f"{FIRST} {THIRD}", changed])
    assert stored(engine, [f"{FIRST} {THIRD}"]) == {f"{FIRST} {THIRD}": by_hand}


def add_term(database: Database, term: str, form: str, *forbidden: str) -> None:
    with transaction(database) as session:
        put_term(session, term, [form], forbidden, source="en", target="zh", by="ann@example.org", at=NOON)


def test_a_new_term_touches_only_the_texts_that_have_it_and_asks_nobody(engine: Database) -> None:
    texts = [ABSTRACT, OTHER]
    with transaction(engine) as session:
        pairs = {ABSTRACT: "足式机器在崎岖地面上行走。", OTHER: "自主驾驶的船舶需要另一种海图。"}
        keys = {text: Marks(glossary_key=marks_of(text), score=1.0) for text in texts}
        remember(session, pairs, source="en", target="zh", engine="one", translated_at=NOON, marks=keys)
    add_term(engine, "chart", "冰图", "海图")
    silent = Scribe()
    assert run(engine, silent, texts=texts).recalled == 2
    assert silent.asked == []
    assert stored(engine, texts)[OTHER] == "自主驾驶的船舶需要另一种冰图。"
    assert stored(engine, texts)[ABSTRACT] == "足式机器在崎岖地面上行走。"


def marks_of(text: str) -> str:
    """Return the key of the shipped glossary for a text."""
    glossary = load_glossary("zh")
    return f"{glossary.key(text)}.{glossary.version}"


def test_what_old_terms_made_is_translated_anew_only_where_mending_does_not_do(engine: Database) -> None:
    with transaction(engine) as session:
        remember(session, {ABSTRACT: "机器。"}, source="en", target="zh", engine="one", translated_at=NOON)
    add_term(engine, "rough ground", "崎岖地面")
    scribe = Scribe()
    assert run(engine, scribe).translated == 1
    assert len(scribe.asked) == 1
    assert stored(engine, [ABSTRACT])[ABSTRACT] != "机器。"


def test_what_cannot_be_made_better_stays(engine: Database) -> None:
    with transaction(engine) as session:
        remember(session, {ABSTRACT: "机器。"}, source="en", target="zh", engine="one", translated_at=NOON)
    add_term(engine, "rough ground", "崎岖地面")
    report = run(engine)
    assert (report.recalled, report.failed) == (1, 0)
    assert stored(engine, [ABSTRACT]) == {ABSTRACT: "机器。"}


def test_an_engine_that_takes_terms_is_given_those_of_its_texts(engine: Database) -> None:
    add_term(engine, "legged machine", "足式机器")
    scribe = Scribe(takes_terms=True)
    run(engine, scribe, texts=[FIRST])
    assert TermPair("legged machine", "足式机器") in scribe.terms[0]


def test_a_correction_is_never_mended(engine: Database) -> None:
    with transaction(engine) as session:
        correct(session, OTHER, "船要海图。", source="en", target="zh", by="ann@example.org", at=NOON)
    add_term(engine, "chart", "冰图", "海图")
    assert run(engine, Scribe(), texts=[OTHER]).recalled == 1
    assert stored(engine, [OTHER]) == {OTHER: "船要海图。"}


def test_two_workers_at_once_leave_one_wording(database: Database) -> None:
    """Both ask, since neither waits for the other's network; whoever stores first is who readers read."""
    start = threading.Barrier(2)

    def saying(mark: str) -> Callable[[str], str]:
        def answer(text: str) -> str:
            start.wait(10)
            return in_chinese(text).replace("。", f"{mark}。")

        return answer

    workers = [
        threading.Thread(target=run, args=(database, Scribe("one", answer=saying(mark)))) for mark in ("甲", "乙")
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    with reading(database) as session:
        (kept,) = list_translations(session, [ABSTRACT], source="en", target="zh")[ABSTRACT]
    assert ("甲" in kept.text) != ("乙" in kept.text)
    assert run(database, Scribe("one")).recalled == 1
    assert stored(database, [ABSTRACT])[ABSTRACT] == kept.text
