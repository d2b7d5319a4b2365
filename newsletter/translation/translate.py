"""Translating a day's texts: from the memory where it can, else by the engine, each text once."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from html import escape, unescape

import structlog
from sqlalchemy import Engine as Database

from newsletter.clock import Clock
from newsletter.db.engine import reading, transaction
from newsletter.errors import BadTranslationError, TranslationError, TranslationRefusedError
from newsletter.translation.checks import Verdict, clean, fold, judge
from newsletter.translation.engines import Engine, Placeholders
from newsletter.translation.memory import recall, remember
from newsletter.translation.runs import add_run
from newsletter.translation.tables import TranslationRunRow

NO_ENGINE = "no translation engine is configured (NEWSLETTER_TRANSLATOR)"
PARALLEL_BATCHES = 4
GIVE_UP_AFTER = 3
"""So many batches in a row (or texts of a batch asked singly) without a single translation: the engine is down."""
LONGEST_WAIT_SECONDS = 60.0
"""A service that asks for more patience is asked again by the next run, not waited for."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationReport:
    """What became of the texts, each counted once: `requested` is the sum of `recalled`, `translated` and `failed`.

    A short title that the engine gives back as it is counts as translated, though it is not stored.
    `problem` says in one sentence why texts failed, or is None when none did.
    """

    requested: int
    recalled: int
    translated: int
    failed: int
    problem: str | None = None


def translate_texts(
    database: Database,
    translator: Engine | None,
    texts: Sequence[str],
    *,
    source: str = "en",
    target: str = "zh",
    now: Clock,
    on_progress: Callable[[int], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    attempts: int = 3,
    is_again: bool = False,
) -> TranslationReport:
    """See to it that the memory holds a translation of every text, as far as the engine can.

    Blank texts are ignored. `on_progress` is called, in the caller's thread, with the number of texts done so far;
    `sleep` is called in others. Every batch is stored as soon as it comes back, so that a process that dies loses only
    the batches under way. A failing engine never raises: the report tells. With `is_again` the engine is asked also for
    what the memory holds; its new answer takes the place of its old one, never that of a person's correction.
    """
    wanted = list(dict.fromkeys(folded for text in texts if (folded := fold(text))))
    with reading(database) as session:
        known = {} if is_again else recall(session, wanted, source=source, target=target)
    missing = [text for text in wanted if text not in known]
    tell = on_progress or _ignore
    tell(len(known))
    count, problem, started_at, asker = 0, NO_ENGINE if missing else None, now(), None
    if translator and missing:
        asker = _Asker(translator=translator, source=source, target=target, attempts=attempts, sleep=sleep)
        keep = partial(_keep, database, asker, now)
        count, error = _run(asker, keep, translator.batches(missing), lambda done: tell(len(known) + done))
        problem = _describe(error, failed=len(missing) - count, requested=len(wanted))
    report = TranslationReport(
        requested=len(wanted), recalled=len(known), translated=count, failed=len(missing) - count, problem=problem
    )
    if asker is not None:
        _note_run(database, asker, report, started_at=started_at, ended_at=now())
    _log.info("texts_translated", requested=len(wanted), recalled=len(known), translated=count, failed=report.failed)
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What came of one batch: the answers by text, and what went wrong with the others."""

    answers: dict[str, str] = field(default_factory=dict)
    error: TranslationError | None = None


class _Meter:
    """Counts what an engine was asked. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests = 0
        self.characters = 0

    def note(self, texts: Sequence[str]) -> None:
        with self._lock:
            self.requests += 1
            self.characters += sum(map(len, texts))


class _Breaker:
    """Ends the run when the engine is down or refuses us, before the batches that wait are tried. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._is_open = False

    @property
    def is_open(self) -> bool:
        return self._is_open

    def open(self) -> None:
        self._is_open = True

    def note(self, outcome: _Outcome) -> None:
        with self._lock:
            self._failures = self._failures + 1 if outcome.error and not outcome.answers else 0
            if self._failures >= GIVE_UP_AFTER or isinstance(outcome.error, TranslationRefusedError):
                self._is_open = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asker:
    """Asks the engine for one batch: patiently, then text by text. Used by several threads; touches no database."""

    translator: Engine
    source: str
    target: str
    attempts: int
    sleep: Callable[[float], None]
    breaker: _Breaker = field(default_factory=_Breaker)
    meter: _Meter = field(default_factory=_Meter)

    def ask(self, batch: list[str]) -> _Outcome:
        """Return whatever translations of the batch can be had; nothing once the run has ended."""
        if self.breaker.is_open:
            return _Outcome()
        outcome = self._ask(batch)
        self.breaker.note(outcome)
        return outcome

    def _ask(self, batch: list[str]) -> _Outcome:
        answers: dict[str, str] = {}
        try:
            self._ask_patiently(batch, answers)
        except TranslationError as error:
            if not _concerns_the_texts(error) or len(batch) == 1:
                return _Outcome(answers=answers, error=error)
            return _Outcome(answers=answers, error=self._ask_singly(batch, answers))
        return _Outcome(answers=answers)

    def _ask_patiently(self, batch: list[str], answers: dict[str, str]) -> None:
        for attempt in range(1, self.attempts + 1):
            if self.breaker.is_open:
                return
            try:
                self._ask_once([text for text in batch if text not in answers], answers)
            except TranslationError as error:
                seconds = waiting_seconds(error, attempt)
                if not error.retryable or attempt == self.attempts or seconds > LONGEST_WAIT_SECONDS:
                    raise
                self.sleep(seconds)
            else:
                return

    def _ask_singly(self, batch: list[str], answers: dict[str, str]) -> TranslationError | None:
        failure, failures = None, 0
        for text in (text for text in batch if text not in answers):
            if self.breaker.is_open or failures == GIVE_UP_AFTER:
                break
            try:
                self._ask_once([text], answers)
                failures = 0
            except TranslationRefusedError as error:
                return error
            except TranslationError as error:
                failure, failures = error, failures + 1
        return failure

    def _ask_once(self, texts: list[str], answers: dict[str, str]) -> None:
        """Add the good answers; raise BadTranslationError if there are others."""
        self.meter.note(texts)
        is_xml = self.translator.placeholders is Placeholders.TAGS
        sent = [escape(text, quote=False) for text in texts] if is_xml else texts
        answer = self.translator.translate(sent, source=self.source, target=self.target)
        found = [clean(unescape(text) if is_xml else text) for text in answer.texts]
        if len(found) != len(texts):
            raise self._bad(f"{len(found)} translations for {len(texts)} texts")
        pairs = dict(zip(texts, found, strict=True))
        good = {text: pairs[text] for text in texts if judge(text, pairs[text], target=self.target) != Verdict.BAD}
        answers.update(good)
        if len(good) < len(texts):
            raise self._bad(f"{len(texts) - len(good)} of {len(texts)} texts came back empty or untranslated")

    def _bad(self, reason: str) -> BadTranslationError:
        return BadTranslationError(f"{self.translator.name} gave a bad answer: {reason}.", retryable=True)


def _run(
    asker: _Asker, keep: Callable[[dict[str, str]], None], batches: list[list[str]], tell: Callable[[int], None]
) -> tuple[int, TranslationError | None]:
    """Ask for all batches, a few at a time, and store each at once; return how many texts came and the last error."""
    count, last_error = 0, None
    with ThreadPoolExecutor(max_workers=PARALLEL_BATCHES, thread_name_prefix="translation") as pool:
        try:
            for future in as_completed([pool.submit(asker.ask, batch) for batch in batches]):
                outcome = future.result()
                if outcome.answers:
                    keep(outcome.answers)
                    count += len(outcome.answers)
                    tell(count)
                if outcome.error:
                    _log.warning("translation_failed", engine=asker.translator.name, error=str(outcome.error))
                    is_final = isinstance(last_error, TranslationRefusedError)
                    last_error = last_error if is_final else outcome.error
        finally:
            asker.breaker.open()  # whatever ended the run, the batches that still wait are not sent
    return count, last_error


def _keep(database: Database, asker: _Asker, now: Clock, answers: dict[str, str]) -> None:
    """Remember the answers in a transaction of their own."""
    engine, source, target = asker.translator.name, asker.source, asker.target
    with transaction(database) as session:
        remember(session, answers, source=source, target=target, engine=engine, translated_at=now())


def _note_run(
    database: Database, asker: _Asker, report: TranslationReport, *, started_at: datetime, ended_at: datetime
) -> None:
    """Keep what the engine was asked and what came of it."""
    with transaction(database) as session:
        add_run(
            session,
            TranslationRunRow(
                engine=asker.translator.name,
                started_at=started_at,
                ended_at=ended_at,
                requested=report.requested,
                recalled=report.recalled,
                translated=report.translated,
                failed=report.failed,
                requests=asker.meter.requests,
                characters=asker.meter.characters,
                problem=report.problem,
            ),
        )


def waiting_seconds(error: TranslationError, attempt: int) -> float:
    """Return how long to wait after the attempt (from 1) failed: what the service asked for, else 1, 2, 4 … seconds."""
    if error.retry_after_seconds is not None:
        return error.retry_after_seconds
    return min(2.0 ** (attempt - 1), LONGEST_WAIT_SECONDS)


def _concerns_the_texts(error: TranslationError) -> bool:
    """Tell whether other texts might fare better: not when the service is down, or will not work for us at all."""
    return isinstance(error, BadTranslationError) or not (error.retryable or isinstance(error, TranslationRefusedError))


def _describe(error: TranslationError | None, *, failed: int, requested: int) -> str | None:
    if not failed:
        return None
    return f"{failed} of {requested} texts could not be translated: {error}"


def _ignore(_done: int) -> None:
    """Be told, and do nothing."""
