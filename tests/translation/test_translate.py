import threading
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine as Database

from newsletter.db.engine import transaction
from newsletter.errors import TranslationError, TranslationRefusedError
from newsletter.translation.asking import GIVE_UP_AFTER, LONGEST_WAIT_SECONDS, waiting_seconds
from newsletter.translation.engines import Answer, Engine, TermPair
from newsletter.translation.memory import remember
from newsletter.translation.translate import NO_ENGINE, TranslationReport
from newsletter.translation.workbench import PARALLEL_BATCHES
from tests.chinese import in_chinese
from tests.conftest import NOON
from tests.translation.runs import PAPERS, Scripted, Waits, run, stored
from tests.translation.services import BAD_MODES, Reply, Services, open_kind

pytestmark = pytest.mark.one_database


def test_every_text_is_translated_and_remembered(
    engine: Database, translator: Engine, services: Services, kind: str
) -> None:
    assert run(engine, translator, PAPERS) == TranslationReport(requested=4, recalled=0, translated=4, failed=0)
    assert stored(engine, PAPERS) == {text: in_chinese(text) for text in PAPERS}


def test_what_is_known_is_not_asked_again(engine: Database, translator: Engine, services: Services) -> None:
    run(engine, translator, PAPERS[:3])
    before = len(services.asked)
    assert run(engine, translator, PAPERS[:3]) == TranslationReport(requested=3, recalled=3, translated=0, failed=0)
    assert len(services.asked) == before
    run(engine, translator, PAPERS)
    assert [asked.texts for asked in services.asked[before:]] == [PAPERS[3:]]


def test_another_engines_translations_are_good_enough(engine: Database, services: Services) -> None:
    run(engine, open_kind("libretranslate", services.url), PAPERS)
    report = run(engine, open_kind("deepl", services.url), PAPERS)
    assert report.recalled == 4


def test_each_distinct_text_is_asked_for_once_and_blank_ones_never(
    engine: Database, translator: Engine, services: Services
) -> None:
    texts = ["deep planning", "deep\n  planning", "", "  ", "deep planning", "trees"]
    assert run(engine, translator, texts).requested == 2
    assert [text for asked in services.asked for text in asked.texts] == ["deep planning", "trees"]
    assert stored(engine, texts).keys() == {"deep planning", "deep\n  planning", "trees"}


def test_nothing_to_translate_is_no_problem(engine: Database, translator: Engine, services: Services) -> None:
    assert run(engine, translator, []) == TranslationReport(requested=0, recalled=0, translated=0, failed=0)
    assert services.asked == []


def test_without_an_engine_the_memory_still_serves_and_the_report_says_why(engine: Database) -> None:
    with transaction(engine) as session:
        remember(session, {PAPERS[0]: "一"}, source="en", target="zh", engine="sample", translated_at=NOON)
    report = run(engine, None, PAPERS)
    assert report == TranslationReport(requested=4, recalled=1, translated=0, failed=3, problem=NO_ENGINE)
    assert run(engine, None, PAPERS[:1]).problem is None


def test_progress_counts_the_texts_that_are_done(engine: Database) -> None:
    run(engine, Scripted(), PAPERS[:1])
    seen: list[int] = []
    run(engine, Scripted(), PAPERS, on_progress=seen.append)
    assert seen == [1, 2, 3, 4]


def test_progress_is_told_in_the_callers_thread(engine: Database) -> None:
    threads: set[int] = set()
    run(engine, Scripted(), PAPERS, on_progress=lambda _done: threads.add(threading.get_ident()))
    assert threads == {threading.get_ident()}


@pytest.mark.parametrize("mode", BAD_MODES)
def test_one_bad_answer_is_asked_for_again(engine: Database, translator: Engine, services: Services, mode: str) -> None:
    services.replies.append(Reply(mode=mode))
    waits = Waits()
    assert run(engine, translator, PAPERS, sleep=waits).translated == 4
    assert len(services.asked) == 2
    assert waits.seconds == [1.0]
    assert stored(engine, PAPERS) == {text: in_chinese(text) for text in PAPERS}


@pytest.mark.parametrize("mode", BAD_MODES)
def test_a_batch_that_stays_bad_is_asked_for_text_by_text(
    engine: Database, translator: Engine, services: Services, mode: str
) -> None:
    services.replies.extend([Reply(mode=mode)] * 3)
    assert run(engine, translator, PAPERS).translated == 4
    assert [len(asked.texts) for asked in services.asked] == [4, 4, 4, 1, 1, 1, 1]


@pytest.mark.parametrize("mode", BAD_MODES)
def test_bad_answers_alone_store_nothing_and_end(
    engine: Database, translator: Engine, services: Services, mode: str
) -> None:
    services.otherwise = Reply(mode=mode)
    report = run(engine, translator, PAPERS)
    assert (report.translated, report.failed) == (0, 4)
    assert report.problem is not None
    assert "4 of 4 texts could not be translated" in report.problem
    assert "bad answer" in report.problem
    assert stored(engine, PAPERS) == {}
    assert len(services.asked) == 6  # the batch three times, three texts; the fourth is not worth asking for


def test_one_text_that_the_service_rejects_does_not_cost_the_others(
    engine: Database, translator: Engine, services: Services
) -> None:
    services.poison = "three"
    report = run(engine, translator, PAPERS)
    assert (report.translated, report.failed) == (3, 1)
    assert report.problem is not None
    assert "status 400" in report.problem
    assert PAPERS[2] not in stored(engine, PAPERS)
    # a refusal may be the glossary's fault, so what was refused with one is sent again without
    assert [len(texts) for texts, _ in groupby(services.asked, key=lambda asked: asked.texts)] == [4, 1, 1, 1, 1]


def test_the_good_answers_of_a_partly_bad_batch_are_kept_and_not_asked_for_again(engine: Database) -> None:
    class Forgetful(Scripted):
        def batches(self, texts: Sequence[str]) -> list[list[str]]:
            return [list(texts)]

        def translate(
            self, texts: Sequence[str], *, source: str, target: str, terms: Sequence[TermPair] = ()
        ) -> Answer:
            done = super().translate(texts, source=source, target=target)
            return done if len(self.asked) > 1 else replace(done, texts=[*done.texts[:-1], ""])

    translator = Forgetful()
    assert run(engine, translator, PAPERS).translated == 4
    assert translator.asked == [PAPERS, PAPERS[3:]]


def test_an_engine_that_miscounts_never_shifts_translations(engine: Database) -> None:
    class Miscounting(Scripted):
        def translate(
            self, texts: Sequence[str], *, source: str, target: str, terms: Sequence[TermPair] = ()
        ) -> Answer:
            done = super().translate(texts, source=source, target=target)
            return replace(done, texts=[*done.texts, "多余"])

    assert run(engine, Miscounting(), PAPERS).failed == 4
    assert stored(engine, PAPERS) == {}


def test_a_short_title_that_stays_as_it_is_is_neither_stored_nor_a_problem(
    engine: Database, services: Services
) -> None:
    services.otherwise = Reply(mode="source")
    report = run(engine, open_kind("deepl", services.url), ["Deep Learning"])
    assert report == TranslationReport(requested=1, recalled=0, translated=1, failed=0)
    assert stored(engine, ["Deep Learning"]) == {}
    assert len(services.asked) == 1


def test_a_formula_or_a_name_that_stays_as_it_is_is_stored(engine: Database, services: Services) -> None:
    services.otherwise = Reply(mode="source")
    texts = ["$E = mc^2$", "AlphaGo"]
    run(engine, open_kind("deepl", services.url), texts)
    assert stored(engine, texts) == {text: text for text in texts}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_service_is_asked_again_when_it_says(
    engine: Database, translator: Engine, services: Services, status: int
) -> None:
    services.replies.extend(
        [Reply(status=status, headers={"Retry-After": "7"}), Reply(status=status), Reply(mode="good")]
    )
    waits = Waits()
    assert run(engine, translator, PAPERS, sleep=waits).translated == 4
    assert waits.seconds == [7.0, 2.0]


def test_a_connection_that_breaks_off_is_tried_again(engine: Database, translator: Engine, services: Services) -> None:
    services.replies.append(Reply(mode="reset"))
    assert run(engine, translator, PAPERS).translated == 4


def test_a_service_that_wants_to_be_left_alone_for_long_is(engine: Database) -> None:
    busy = TranslationError("busy", retryable=True, retry_after_seconds=LONGEST_WAIT_SECONDS + 1)
    translator, waits = Scripted(otherwise=busy), Waits()
    assert run(engine, translator, PAPERS[:1], sleep=waits).failed == 1
    assert waits.seconds == []
    assert len(translator.asked) == 1


def test_the_number_of_attempts_is_the_callers_choice(engine: Database) -> None:
    translator = Scripted(otherwise=TranslationError("down", retryable=True))
    run(engine, translator, PAPERS[:1], attempts=5)
    assert len(translator.asked) == 5


def test_a_service_that_is_down_is_not_asked_for_the_whole_day(engine: Database) -> None:
    day = [f"{number} text" for number in range(400)]
    translator = Scripted(otherwise=TranslationError("The service is down.", retryable=True))
    report = run(engine, translator, day)
    assert report.failed == 400
    assert report.problem == "400 of 400 texts could not be translated: The service is down."
    # three batches in a row, three times each, and those that were under way beside them
    assert 9 <= len(translator.asked) <= 3 * (GIVE_UP_AFTER + PARALLEL_BATCHES - 1)


@pytest.mark.parametrize("status", [401, 403, 456])
def test_a_refusal_ends_the_run_at_once(engine: Database, translator: Engine, services: Services, status: int) -> None:
    services.otherwise = Reply(status=status)
    day = [f"text {number} " + "word " * 300 for number in range(300)]
    report = run(engine, translator, day)
    assert report.failed == 300
    assert report.problem is not None
    assert f"status {status}" in report.problem
    assert len({tuple(asked.texts) for asked in services.asked}) <= PARALLEL_BATCHES


def test_a_refusal_is_reported_rather_than_what_else_went_wrong(engine: Database) -> None:
    refused = TranslationRefusedError("The quota is used up.", retryable=False)
    report = run(engine, Scripted(None, refused, otherwise=TranslationError("x", retryable=False)), PAPERS)
    assert report.problem is not None
    assert "The quota is used up." in report.problem


def test_a_good_batch_between_bad_ones_keeps_the_run_going(engine: Database) -> None:
    broken = TranslationError("rejected", retryable=False)
    texts = [f"{number} text" for number in range(20)]
    report = run(engine, Scripted(*[broken, None] * 10), texts)
    assert report.translated == 10


def test_what_came_back_before_the_process_died_is_kept(engine: Database) -> None:
    def die(done: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(engine, Scripted(), PAPERS, on_progress=die)
    assert len(stored(engine, PAPERS)) == 2
    assert run(engine, Scripted(), PAPERS) == TranslationReport(requested=4, recalled=2, translated=2, failed=0)


def test_the_database_can_be_written_while_the_engine_works(engine: Database) -> None:
    class Writing(Scripted):
        def translate(
            self, texts: Sequence[str], *, source: str, target: str, terms: Sequence[TermPair] = ()
        ) -> Answer:
            with transaction(engine) as session:  # would wait for ever if the run held a transaction
                remember(session, {"other": "其他"}, source="en", target="zh", engine="x", translated_at=NOON)
            return super().translate(texts, source=source, target=target)

    assert run(engine, Writing(), PAPERS).translated == 4


def test_two_runs_at_once_share_one_memory_without_an_error(engine: Database, services: Services) -> None:
    start = threading.Barrier(2)
    reports: list[TranslationReport] = []

    def one(kind: str) -> None:
        start.wait(10)
        reports.append(run(engine, open_kind(kind, services.url), PAPERS))

    runs = [threading.Thread(target=one, args=("deepl",)) for _ in range(2)]
    for each in runs:
        each.start()
    for each in runs:
        each.join(30)
    assert [report.failed for report in reports] == [0, 0]
    assert stored(engine, PAPERS) == {text: in_chinese(text) for text in PAPERS}


def test_a_run_never_tells_the_key(
    engine: Database, kind: str, services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    key = "0123-secret-4567"
    services.replies.extend([Reply(status=400, body=f"bad key {key}"), Reply(mode="reset")])
    services.otherwise = Reply(status=403, body=f"bad key {key}")
    report = run(engine, open_kind(kind, services.url, key=key), PAPERS)
    assert report.failed
    assert key not in repr(report)
    shown = capsys.readouterr()
    assert key not in shown.out + shown.err


@given(st.none() | st.floats(0, 1e6), st.integers(1, 200))
def test_a_wait_is_what_was_asked_for_or_grows_to_a_minute(asked: float | None, attempt: int) -> None:
    error = TranslationError("x", retryable=True, retry_after_seconds=asked)
    following = waiting_seconds(error, attempt + 1)
    if asked is not None:
        assert waiting_seconds(error, attempt) == following == asked
    else:
        assert 1 <= waiting_seconds(error, attempt) <= following <= LONGEST_WAIT_SECONDS
