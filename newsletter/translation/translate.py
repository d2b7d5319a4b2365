"""Translating a day's texts: from the memory where it can, else by the engines in their order, each text once."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Engine as Database

from newsletter.clock import Clock
from newsletter.db.engine import reading
from newsletter.errors import TranslationError
from newsletter.translation.checks import fold
from newsletter.translation.engines import Engine
from newsletter.translation.finish import open_finisher
from newsletter.translation.memory import recall_marked
from newsletter.translation.passages import Passage
from newsletter.translation.usage import Spent
from newsletter.translation.workbench import Workbench

NO_ENGINE = "no translation engine is configured (NEWSLETTER_TRANSLATOR)"
NOT_GOOD = "no engine translated them well enough"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationReport:
    """What became of the texts, each counted once: `requested` is the sum of `recalled`, `translated` and `failed`.

    A short title that the engine gives back as it is counts as translated, though it is not stored. `partial` of the
    translated have sentences that no engine could translate well and that stand in the original. `problem` says in one
    sentence why texts failed, or is None when none did. `spent` is what each engine was asked, in the order of asking.
    """

    requested: int
    recalled: int
    translated: int
    failed: int
    partial: int = 0
    problem: str | None = None
    spent: Mapping[str, Spent] = field(default_factory=dict, compare=False)


def translate_passages(
    database: Database,
    translators: Sequence[Engine],
    passages: Iterable[Passage],
    *,
    source: str,
    target: str,
    now: Clock,
    on_progress: Callable[[int], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    attempts: int = 3,
    is_again: bool = False,
) -> TranslationReport:
    """See to it that the memory holds a translation of every passage, as far as the engines can.

    Blank passages are ignored. `on_progress` is called, in the caller's thread, with the number of texts done so far;
    `sleep` is called in others. Every text is stored as soon as it is done, so that a process that dies loses only the
    batches under way. A failing engine never raises: the report tells. What the memory holds and was checked against
    other terms than today's is mended, and translated anew only when that does not do. With `is_again` the engines are
    asked also for what the memory holds; a new answer takes the place of the same engine's old one, never that of a
    person's correction.
    """
    wanted = {folded: item.folded() for item in passages if (folded := fold(item.text))}
    with reading(database) as session:
        finisher = open_finisher(session, source=source, target=target)
        found = {} if is_again else recall_marked(session, wanted, source=source, target=target)
    bench = Workbench(
        database=database,
        finisher=finisher,
        now=now,
        sleep=sleep,
        attempts=attempts,
        is_again=is_again,
        on_progress=on_progress or _ignore,
    )
    kept = bench.keep_known(wanted, found)
    missing = [passage for text, passage in wanted.items() if text not in kept]
    error = bench.translate(missing, translators) if missing else None
    translated, recalled = len(bench.translated), len(found.keys() - bench.translated)
    failed = len(wanted) - translated - recalled
    report = TranslationReport(
        requested=len(wanted),
        recalled=recalled,
        translated=translated,
        failed=failed,
        partial=bench.partial,
        spent=bench.spent,
        problem=_describe(error, failed=failed, requested=len(wanted), has_engine=bool(translators)),
    )
    _log.info("texts_translated", requested=len(wanted), recalled=recalled, translated=translated, failed=failed)
    return report


def _describe(error: TranslationError | None, *, failed: int, requested: int, has_engine: bool) -> str | None:
    if not failed:
        return None
    if not has_engine:
        return NO_ENGINE
    return f"{failed} of {requested} texts could not be translated: {error or NOT_GOOD}"


def _ignore(_done: int) -> None:
    """Be told, and do nothing."""
