"""Runs of `translate_passages`: without waiting, and with an engine that fails as told."""

import threading
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine as Database

from newsletter.db.engine import reading
from newsletter.errors import TranslationError
from newsletter.translation.engines import Answer, Engine, TermPair
from newsletter.translation.engines.batches import split
from newsletter.translation.memory import recall
from newsletter.translation.passages import Passage
from newsletter.translation.translate import TranslationReport, translate_passages
from tests.chinese import in_chinese
from tests.conftest import NOON

PAPERS = [f"Paper number {word} studies planning under uncertainty." for word in ("one", "two", "three", "four")]


class Waits:
    """A sleep that only writes down how long it was asked to."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


class Scripted(Engine):
    """An engine of one text a batch that fails as told, and counts how often it is asked."""

    name = "scripted"

    def __init__(self, *errors: TranslationError | None, otherwise: TranslationError | None = None) -> None:
        self.errors = list(errors)
        self.otherwise = otherwise
        self.asked: list[list[str]] = []
        self._lock = threading.Lock()

    def batches(self, texts: Sequence[str]) -> list[list[str]]:
        return split(texts, max_texts=1, max_size=10**6)

    def translate(self, texts: Sequence[str], *, source: str, target: str, terms: Sequence[TermPair] = ()) -> Answer:
        with self._lock:
            self.asked.append(list(texts))
            error = self.errors.pop(0) if self.errors else self.otherwise
        if error:
            raise error
        return Answer(texts=[in_chinese(text) for text in texts], characters=sum(map(len, texts)))


def run(database: Database, translator: Engine | None, texts: Sequence[str], **options: Any) -> TranslationReport:
    options.setdefault("sleep", Waits())
    translators = () if translator is None else (translator,)
    passages = [Passage(text=text) for text in texts]
    return translate_passages(database, translators, passages, source="en", target="zh", now=lambda: NOON, **options)


def stored(database: Database, texts: Sequence[str]) -> dict[str, str]:
    with reading(database) as session:
        return recall(session, texts, source="en", target="zh")
