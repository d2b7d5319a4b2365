"""Asking one engine: in batches, patiently, then text by text, within its budget, until it is clear that it is down."""

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from newsletter.errors import BadTranslationError, TranslationError, TranslationRefusedError
from newsletter.translation.checks import Verdict, clean, judge
from newsletter.translation.engines import Engine, TermPair
from newsletter.translation.protect import MASKED, Kind, Protected, protect, restore
from newsletter.translation.usage import NOTHING, Spent

GIVE_UP_AFTER = 3
"""So many batches in a row (or texts of a batch asked singly) without a single translation: the engine is down."""
LONGEST_WAIT_SECONDS = 60.0
"""A service that asks for more patience is asked again by the next run, not waited for."""
FindTerms = Callable[[str], Sequence[TermPair]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one batch: the answers by text, what it took, and what went wrong with the others."""

    answers: dict[str, str] = field(default_factory=dict)
    spent: Spent = NOTHING
    error: TranslationError | None = None


class Budget:
    """What an engine may still be asked today. Thread-safe; several batches under way may go over it by their own size."""

    def __init__(self, engine: Engine, spent: Spent) -> None:
        self._name = engine.name
        self._contract = engine.contract
        self._spent = spent
        self._lock = threading.Lock()

    def note(self, spent: Spent) -> None:
        with self._lock:
            self._spent += spent

    def check(self) -> None:
        """Raise TranslationRefusedError when the day's budget is used up."""
        with self._lock:
            spent = self._spent
        for used, limit, unit in (
            (spent.characters, self._contract.daily_characters, "characters"),
            (spent.tokens, self._contract.daily_tokens, "tokens"),
        ):
            if limit and used >= limit:
                raise TranslationRefusedError(
                    f"{self._name} has used up its budget of {limit:,} {unit} a day; it works again after midnight UTC.",
                    retryable=False,
                )


class Breaker:
    """Ends the asking when the engine is down or refuses us, before the batches that wait are tried. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._is_open = False

    @property
    def is_open(self) -> bool:
        return self._is_open

    def open(self) -> None:
        self._is_open = True

    def note(self, outcome: Outcome) -> None:
        with self._lock:
            self._failures = self._failures + 1 if outcome.error and not outcome.answers else 0
            if self._failures >= GIVE_UP_AFTER or isinstance(outcome.error, TranslationRefusedError):
                self._is_open = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Asks one engine. Used by several threads; touches no database."""

    translator: Engine
    source: str
    target: str
    attempts: int
    sleep: Callable[[float], None]
    find_terms: FindTerms
    budget: Budget
    breaker: Breaker = field(default_factory=Breaker)
    hides_names: bool = False
    """Whether names are placeholders, too: engines keep most of them, and a sentence reads better with its subject in it."""

    def batches(self, texts: Sequence[str]) -> list[list[str]]:
        """Split the texts into lists that one request can carry, as they are when they are protected."""
        originals = defaultdict[str, deque[str]](deque)
        for text in texts:
            originals[self.protect(text).text].append(text)
        batches = self.translator.batches([protected for protected, same in originals.items() for _ in same])
        return [[originals[protected].popleft() for protected in batch] for batch in batches]

    def protect(self, text: str) -> Protected:
        """Return the text with placeholders, as the engine takes them, for what must come back as it is."""
        return protect(text, self.translator.placeholders, MASKED if self.hides_names else MASKED - {Kind.NAME})

    def ask(self, batch: list[str]) -> Outcome:
        """Return whatever translations of the batch can be had; nothing once the asking has ended."""
        if self.breaker.is_open:
            return Outcome()
        query = _Query(self)
        outcome = query.run(batch)
        self.breaker.note(outcome)
        return outcome

    def bad(self, reason: str, *, retryable: bool = True) -> BadTranslationError:
        return BadTranslationError(f"{self.translator.name} gave a bad answer: {reason}.", retryable=retryable)

    def terms(self, texts: Sequence[str]) -> list[TermPair]:
        """Return how the terms in the texts shall be said, for an engine that can be told."""
        if not self.translator.takes_terms:
            return []
        found: Mapping[str, TermPair] = {pair.source: pair for text in texts for pair in self.find_terms(text)}
        return [found[source] for source in sorted(found)]


class _Query:
    """The asking for one batch."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._answers: dict[str, str] = {}
        self._spent = Spent()

    def run(self, batch: list[str]) -> Outcome:
        error: TranslationError | None = None
        try:
            self._ask_patiently(batch)
        except TranslationError as failure:
            is_worth_it = _concerns_the_texts(failure) and len(batch) > 1
            error = self._ask_singly(batch) if is_worth_it else failure
        return Outcome(answers=self._answers, spent=self._spent, error=error)

    def _ask_patiently(self, batch: list[str]) -> None:
        asker = self._asker
        for attempt in range(1, asker.attempts + 1):
            if asker.breaker.is_open:
                return
            try:
                self._ask_once([text for text in batch if text not in self._answers])
            except TranslationError as error:
                seconds = waiting_seconds(error, attempt)
                if not error.retryable or attempt == asker.attempts or seconds > LONGEST_WAIT_SECONDS:
                    raise
                asker.sleep(seconds)
            else:
                return

    def _ask_singly(self, batch: list[str]) -> TranslationError | None:
        failure, failures = None, 0
        for text in (text for text in batch if text not in self._answers):
            if self._asker.breaker.is_open or failures == GIVE_UP_AFTER:
                break
            try:
                self._ask_once([text])
                failures = 0
            except TranslationRefusedError as error:
                return error
            except TranslationError as error:
                failure, failures = error, failures + 1
        return failure

    def _ask_once(self, texts: list[str]) -> None:
        """Add the good answers; raise BadTranslationError if there are others."""
        asker = self._asker
        protected = [asker.protect(text) for text in texts]
        answer = self._send([item.text for item in protected], asker.terms(texts))
        if len(answer) != len(texts):
            raise asker.bad(f"{len(answer)} translations for {len(texts)} texts")
        found = [clean(restore(text, item)) for text, item in zip(answer, protected, strict=True)]
        pairs = dict(zip(texts, found, strict=True))
        good = {text: pairs[text] for text in texts if judge(text, pairs[text], target=asker.target) != Verdict.BAD}
        self._answers.update(good)
        if len(good) < len(texts):
            reason = f"{len(texts) - len(good)} of {len(texts)} texts came back empty or untranslated"
            raise asker.bad(reason, retryable=not good)  # where some are good, the others are asked for one by one

    def _send(self, texts: list[str], terms: Sequence[TermPair]) -> list[str]:
        """Ask the engine once, and count it whatever comes back."""
        asker, spent = self._asker, Spent(requests=1, characters=sum(map(len, texts)))
        asker.budget.check()
        try:
            answer = asker.translator.translate(texts, source=asker.source, target=asker.target, terms=terms)
            spent = Spent(
                requests=1, characters=answer.characters, tokens_in=answer.tokens_in, tokens_out=answer.tokens_out
            )
        except BadTranslationError as error:
            spent += Spent(tokens_in=error.tokens_in, tokens_out=error.tokens_out)
            raise
        finally:
            self._spent += spent
            asker.budget.note(spent)
        return answer.texts


def waiting_seconds(error: TranslationError, attempt: int) -> float:
    """Return how long to wait after the attempt (from 1) failed: what the service asked for, else 1, 2, 4 … seconds."""
    if error.retry_after_seconds is not None:
        return error.retry_after_seconds
    return min(2.0 ** (attempt - 1), LONGEST_WAIT_SECONDS)


def _concerns_the_texts(error: TranslationError) -> bool:
    """Tell whether other texts might fare better: not when the service is down, or will not work for us at all."""
    return isinstance(error, BadTranslationError) or not (error.retryable or isinstance(error, TranslationRefusedError))
