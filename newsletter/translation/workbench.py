"""Where the drafts of one run lie while the engines, one after another, work on them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog
from sqlalchemy import Engine as Database
from sqlmodel import Session

from newsletter.clock import Clock
from newsletter.db.engine import reading, transaction
from newsletter.errors import TranslationError, TranslationRefusedError
from newsletter.translation.asking import Asker, Budget, Outcome
from newsletter.translation.drafts import MEMORY, Draft, Finished, Part, begin_draft
from newsletter.translation.engines import Engine
from newsletter.translation.finding import ALSO, LEFT
from newsletter.translation.finish import Finisher
from newsletter.translation.marks import Marks
from newsletter.translation.memory import Known, remember, source_hash
from newsletter.translation.passages import Passage
from newsletter.translation.reuse import list_sentences, note_sentences
from newsletter.translation.runs import add_run
from newsletter.translation.sentences import split_sentences
from newsletter.translation.tables import TranslationRunRow
from newsletter.translation.usage import NOTHING, Spent, add_usage, spent_on

PARALLEL_BATCHES = 4

_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Workbench:
    """The state of one run; the caller's thread alone touches it.

    `translated` has the texts that engines (or sentences of other texts) translated; `partial` of them have sentences that
    stand in the original.
    """

    database: Database
    finisher: Finisher
    now: Clock
    sleep: Callable[[float], None]
    attempts: int
    is_again: bool
    on_progress: Callable[[int], None]
    kept: set[str] = field(default_factory=set)
    translated: set[str] = field(default_factory=set)
    partial: int = 0
    spent: dict[str, Spent] = field(default_factory=dict)

    def keep_known(self, wanted: Mapping[str, Passage], found: Mapping[str, Known]) -> set[str]:
        """Return the texts that the memory holds well.

        What was checked against other terms than today's is mended and stored anew, where that does.
        """
        mended: dict[str, dict[str, Finished]] = defaultdict(dict)
        for text, known in found.items():
            if known.is_correction or self.finisher.is_current(known.marks.glossary_key):
                self.kept.add(text)
                continue
            if self.finisher.has_same_terms(known.marks.glossary_key, wanted[text]):
                self.kept.add(text)
                mended[known.engine][text] = Finished(
                    text=known.text, score=known.marks.score, is_good=True, findings=known.marks.findings
                )
                continue
            made = self.finisher.finish(wanted[text], known.text)
            if made.is_good:
                self.kept.add(text)
                others = [finding for finding in known.marks.findings if finding["kind"] == ALSO]
                mended[known.engine][text] = replace(made, findings=[*others, *made.findings])
        if mended:  # most runs change nothing, and shall not wait for whoever writes
            with transaction(self.database) as session:
                for engine in sorted(mended):
                    made_by = {text: (wanted[text], made) for text, made in mended[engine].items()}
                    self._remember(session, engine, made_by)
        self._tell()
        return self.kept

    def translate(self, missing: Sequence[Passage], translators: Sequence[Engine]) -> TranslationError | None:
        """Let each engine in turn do what the ones before it did not; return why the last one that failed did."""
        drafts = self._begin(missing)
        last: TranslationError | None = None
        self._store(drafts)
        for translator in translators:
            waiting = [draft for draft in drafts if not draft.is_complete]
            if waiting:
                last = self._employ(translator, waiting) or last
        rest = [draft for draft in drafts if not draft.is_complete]
        for draft in rest:
            draft.accept_poor()
        readable = [draft for draft in rest if draft.authors() and draft.is_readable]
        self._store(readable, are_complete=False)
        self.partial = sum(not draft.is_complete for draft in readable)
        return last

    def _begin(self, missing: Sequence[Passage]) -> list[Draft]:
        source = self.finisher.source
        if self.is_again:
            return [begin_draft(passage, {}, source) for passage in missing]
        texts = [passage.text for passage in missing if not passage.is_title]
        sentences = {sentence for text in texts for sentence in split_sentences(text, source)}
        with reading(self.database) as session:
            known = list_sentences(session, sentences, target=self.finisher.target)
        return [begin_draft(passage, known, source) for passage in missing]

    def _employ(self, translator: Engine, drafts: Sequence[Draft]) -> TranslationError | None:
        """Ask one engine for what is missing, then alone for the sentences that it did not translate well."""
        began, before = self.now(), len(self.translated)
        with reading(self.database) as session:
            budget = Budget(translator, spent_on(session, translator.name, began.date()))
        waiting = _by_text(drafts, is_doubtful=False)
        passages = {text: parts[0][1].passage for text, parts in waiting.items()}
        asker = Asker(
            translator=translator,
            source=self.finisher.source.code,
            target=self.finisher.target.code,
            attempts=self.attempts,
            sleep=self.sleep,
            find_terms=lambda text: self.finisher.list_terms(passages.get(text, Passage(text=text))),
            budget=budget,
        )
        if translator.takes_terms:
            translator.learn(self.finisher.all_terms(), source=asker.source, target=asker.target)
        spent, error = self._ask(asker, asker.batches(list(waiting)), waiting)
        doubtful = _by_text(drafts, is_doubtful=True)
        passages |= {text: parts[0][1].passage for text, parts in doubtful.items()}
        more, later = self._ask(replace(asker, hides_names=True), [[text] for text in doubtful], doubtful)
        for draft in drafts:
            for part in draft.missing:
                part.is_doubtful = False  # the next engine may be asked for it among others
        error = _graver(error, later)
        self.spent[translator.name] = spent + more
        done = len(self.translated) - before
        self._note_run(translator, spent + more, began=began, requested=len(drafts), done=done, error=error)
        return error

    def _ask(
        self, asker: Asker, batches: Sequence[list[str]], waiting: Mapping[str, Sequence[tuple[Draft, Part]]]
    ) -> tuple[Spent, TranslationError | None]:
        """Ask for all batches, a few at a time, and store what is complete at once; return what it took, and the error."""
        spent, error = Spent(), None
        with ThreadPoolExecutor(max_workers=PARALLEL_BATCHES, thread_name_prefix="translation") as pool:
            try:
                for future in as_completed([pool.submit(asker.ask, batch) for batch in batches]):
                    outcome = future.result()
                    self._take(asker.translator, outcome, waiting)
                    spent += outcome.spent
                    if outcome.error:
                        _log.warning("translation_failed", engine=asker.translator.name, error=str(outcome.error))
                        error = _graver(error, outcome.error)
            except BaseException:
                asker.breaker.open()  # whatever ended the run, the batches that still wait are not sent
                raise
        return spent, error

    def _take(self, translator: Engine, outcome: Outcome, waiting: Mapping[str, Sequence[tuple[Draft, Part]]]) -> None:
        touched: dict[int, Draft] = {}
        for text, answer in outcome.answers.items():
            for draft, part in waiting[text]:
                draft.settle(part, answer, translator.name, self.finisher)
                touched[id(draft)] = draft
        self._store(touched.values(), engine=translator.name, spent=outcome.spent)

    def _store(
        self, drafts: Iterable[Draft], *, are_complete: bool = True, engine: str = "", spent: Spent = NOTHING
    ) -> None:
        """Remember the drafts that are complete as translations, and what the engine was asked for them, then tell.

        Unless they shall be complete, what is left in the original is said in their findings.
        """
        by_engine: dict[str, dict[str, tuple[Passage, Finished]]] = defaultdict(dict)
        for draft in drafts:
            if are_complete and not draft.is_complete:
                continue
            author, findings = _authorship(draft)
            made = draft.parts[0].made if len(draft.parts) == 1 else None
            if made is None:
                made = self.finisher.finish_whole(draft.passage, draft.join(self.finisher.target))
            by_engine[author][draft.passage.text] = draft.passage, replace(made, findings=[*findings, *made.findings])
        if not by_engine and not spent.requests:
            return
        with transaction(self.database) as session:
            if spent.requests:
                add_usage(session, engine, spent, at=self.now())
            for author in sorted(by_engine):
                self._remember(session, author, by_engine[author])
        for made_by in by_engine.values():
            self.translated |= made_by.keys()
        if by_engine:
            self._tell()

    def _remember(self, session: Session, engine: str, made: Mapping[str, tuple[Passage, Finished]]) -> None:
        source, target = self.finisher.source, self.finisher.target
        remember(
            session,
            {text: finished.text for text, (_, finished) in made.items()},
            source=source.code,
            target=target.code,
            engine=engine,
            translated_at=self.now(),
            marks={
                text: Marks(
                    glossary_key=self.finisher.glossary_key(passage), score=finished.score, findings=finished.findings
                )
                for text, (passage, finished) in made.items()
            },
            is_again=self.is_again,
        )
        sentences = {
            source_hash(text): split
            for text, (passage, finished) in made.items()
            if not passage.is_title
            and len(split := split_sentences(text, source)) == len(split_sentences(finished.text, target))
        }
        note_sentences(session, sentences, source=source.code, target=target.code, engine=engine)

    def _tell(self) -> None:
        self.on_progress(len(self.kept | self.translated))

    def _note_run(
        self,
        translator: Engine,
        spent: Spent,
        *,
        began: datetime,
        requested: int,
        done: int,
        error: TranslationError | None,
    ) -> None:
        """Keep what the engine was asked and what came of it."""
        failed = requested - done
        with transaction(self.database) as session:
            add_run(
                session,
                TranslationRunRow(
                    engine=translator.name,
                    started_at=began,
                    ended_at=self.now(),
                    requested=len(self.kept) + requested,
                    recalled=len(self.kept),
                    translated=done,
                    failed=failed,
                    requests=spent.requests,
                    characters=spent.characters,
                    tokens_in=spent.tokens_in,
                    tokens_out=spent.tokens_out,
                    problem=None if error is None else str(error),
                ),
            )


def _by_text(drafts: Iterable[Draft], *, is_doubtful: bool) -> dict[str, list[tuple[Draft, Part]]]:
    found: dict[str, list[tuple[Draft, Part]]] = defaultdict(list)
    for draft in drafts:
        for part in draft.missing:
            if part.is_doubtful == is_doubtful:
                found[part.passage.text].append((draft, part))
    return found


def _authorship(draft: Draft) -> tuple[str, list[dict[str, str]]]:
    """Return the engine that a draft is stored under, and the findings that name the others and what is left."""
    authors = draft.authors()
    engine = next((author for author in authors if author != MEMORY), MEMORY)
    others = [{"kind": ALSO, "detail": author} for author in authors if author not in (engine, MEMORY)]
    return engine, others + [{"kind": LEFT, "detail": sentence} for sentence in draft.left_sentences]


def _graver(first: TranslationError | None, second: TranslationError | None) -> TranslationError | None:
    """Return the error to tell of: a refusal, which somebody has to act on, before any other, else the later."""
    return first if second is None or isinstance(first, TranslationRefusedError) else second
