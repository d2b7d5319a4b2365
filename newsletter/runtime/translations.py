"""Work on translations: look at what is stored, correct it, have it made anew, and see what engines were asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from newsletter.db.engine import reading, transaction
from newsletter.editions.day import TextProgress, load_day, translate_texts
from newsletter.errors import ConflictError, NotFoundError
from newsletter.languages import SOURCE
from newsletter.operators.audit import Note
from newsletter.papers import store as papers
from newsletter.papers.paper import ArxivId, Paper
from newsletter.runtime.parts import Parts
from newsletter.translation import corrections
from newsletter.translation.checks import has_words
from newsletter.translation.corrections import StoredTranslation
from newsletter.translation.costs import Allowance, DayCost, Money, list_allowances, price_days, price_of
from newsletter.translation.engines import Contract
from newsletter.translation.finding import GOOD_ENOUGH
from newsletter.translation.origin import read_origin
from newsletter.translation.passages import Passage, list_passages
from newsletter.translation.renew import list_stale
from newsletter.translation.runs import TranslationRun, list_runs, sum_by_day
from newsletter.translation.translate import TranslationReport, translate_passages
from newsletter.translation.usage import Spent, list_usage

COST_DAYS = 30
PAPERS_AT_ONCE = 20
"""So many papers are translated while somebody waits for the page."""


class TextPart(StrEnum):
    """Which text of a paper."""

    TITLE = "title"
    ABSTRACT = "abstract"


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslatedText:
    """A text and all its stored translations, the one that readers see first."""

    part: TextPart
    source: str
    translations: Sequence[StoredTranslation]

    @property
    def shown(self) -> StoredTranslation | None:
        """What readers see, None where it is the original."""
        return self.translations[0] if self.translations else None

    @property
    def is_missing(self) -> bool:
        """Whether it should have a translation and has none; a formula or a name needs none."""
        return not self.translations and has_words(self.source)

    @property
    def is_corrected(self) -> bool:
        return bool(self.translations) and self.translations[0].is_correction

    @property
    def is_doubtful(self) -> bool:
        """Whether readers see an engine's words that are not good enough, or with sentences in the original."""
        found = self.shown
        if found is None or found.is_correction:
            return False
        is_poor = found.marks.score is not None and found.marks.score < GOOD_ENOUGH
        return is_poor or read_origin(found.engine, found.marks).left > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslatedPaper:
    """A paper with its texts."""

    paper: Paper
    texts: Sequence[TranslatedText]

    @property
    def is_missing(self) -> bool:
        return any(text.is_missing for text in self.texts)

    @property
    def is_corrected(self) -> bool:
        return any(text.is_corrected for text in self.texts)

    @property
    def is_doubtful(self) -> bool:
        return any(text.is_doubtful for text in self.texts)

    @property
    def authors(self) -> Sequence[str]:
        """Who wrote what readers see: the title's engine, then the abstract's, each once."""
        return tuple(dict.fromkeys(text.shown.engine for text in self.texts if text.shown))


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """What a changed glossary did to an edition's texts: those it touched, those mended, and those that stay as they are.

    The rest was translated anew; `report` is of that, None when no engine was asked.
    """

    touched: int
    mended: int
    left: int
    report: TranslationReport | None

    @property
    def anew(self) -> int:
        return self.touched - self.mended - self.left


class TranslationWork(Parts):
    """What operators can do with translations."""

    def list_translated(self, edition_on: date) -> list[TranslatedPaper]:
        """Return a day's papers with their translations, in the listing's order; raises NotFoundError."""
        with reading(self.database) as session:
            day = load_day(session, edition_on, self.settings.categories)
        return self.with_translations([item.paper for item in day.announced])

    def find_translated(self, arxiv_id: str) -> TranslatedPaper:
        """Return a paper with its translations; raises NotFoundError."""
        with reading(self.database) as session:
            paper = papers.get_papers(session, [arxiv_id]).get(ArxivId(arxiv_id))
        if paper is None:
            raise NotFoundError(f"{arxiv_id} is not stored.")
        return self.with_translations([paper])[0]

    def with_translations(self, found: Sequence[Paper]) -> list[TranslatedPaper]:
        """Return papers with their translations."""
        texts = [text for paper in found for text in (paper.title_source, paper.abstract_source)]
        with reading(self.database) as session:
            stored = corrections.list_translations(session, texts, source=SOURCE, target=self.settings.language)
        return [TranslatedPaper(paper=paper, texts=_texts(paper, stored)) for paper in found]

    def correct_translation(self, paper: Paper, part: TextPart, correction: str, *, by: str, note: Note) -> None:
        """Let a person's words stand for a text from now on. Raises InputError for no translation."""
        with transaction(self.database) as session:
            corrections.correct(
                session,
                _source(paper, part),
                correction,
                source=SOURCE,
                target=self.language,
                by=by,
                at=self.clock(),
            )
            note(session)

    def withdraw_correction(self, paper: Paper, part: TextPart, *, note: Note) -> bool:
        """Let an engine's words stand for a text again; False when there is no correction."""
        with transaction(self.database) as session:
            source = _source(paper, part)
            is_gone = corrections.withdraw(session, source, source=SOURCE, target=self.settings.language)
            if is_gone:
                note(session)
            return is_gone

    def translate_again(self, found: Sequence[Paper], *, is_again: bool, note: Note) -> TranslationReport:
        """Ask the engine for the texts of a few papers now: for all of them, or for those that are missing.

        Raises ConflictError without an engine.
        """
        if not self.desk.translators:
            raise ConflictError("No translation engine is set; see NEWSLETTER_TRANSLATOR.")
        with transaction(self.database) as session:
            note(session)  # before the engine is asked: what it costs is known by who asked for it
        return translate_passages(
            self.database,
            self.desk.translators,
            list_passages(found[:PAPERS_AT_ONCE]),
            source=SOURCE,
            target=self.language,
            now=self.clock,
            is_again=is_again,
            attempts=1,
        )

    def list_translation_runs(self) -> list[TranslationRun]:
        """Return what engines were asked in the last thirty days, the first run first."""
        with reading(self.database) as session:
            return list_runs(session, since=self.clock() - timedelta(days=COST_DAYS))

    def list_translation_costs(self) -> Sequence[DayCost]:
        """Return what engines were asked on each of the last thirty days, the newest first, at today's prices."""
        since = self.clock() - timedelta(days=COST_DAYS)
        with reading(self.database) as session:
            usage, runs = list_usage(session, since=since.date()), list_runs(session, since=since)
        return price_days(usage, sum_by_day(runs), self._contracts())

    def list_allowances(self) -> Sequence[Allowance]:
        """Return what each engine of the settings was asked today (UTC), and what its budget leaves."""
        today = self.clock().date()
        with reading(self.database) as session:
            spent = {found.engine: found.spent for found in list_usage(session, since=today) if found.on == today}
        return list_allowances(self._contracts(), spent)

    def price_of(self, engine: str, spent: Spent) -> Money | None:
        """Return what so much costs, None where the settings name no price of that engine."""
        contract = self._contracts().get(engine)
        return None if contract is None else price_of(spent, contract.price)

    def renew_translations(
        self, edition_on: date, *, on_progress: TextProgress | None = None, is_quick: bool = False, note: Note
    ) -> Renewal:
        """Bring today's terms into an edition's translations: mended where that does, else translated anew.

        Only what a changed term touches. With `is_quick` the engines are asked for a few texts at most, since somebody
        waits. Raises NotFoundError.
        """
        with transaction(self.database) as session:
            day = load_day(session, edition_on, self.settings.categories)
            note(session)
        passages = list_passages(item.paper for item in day.announced)
        stale = self._list_stale(passages)
        translate_texts(replace(self.desk, translators=()), stale, on_progress)
        rest = self._list_stale(stale) if stale else ()
        asked = rest[: 2 * PAPERS_AT_ONCE] if is_quick else rest
        report = translate_texts(self.desk, asked, on_progress) if asked and self.desk.translators else None
        left = self._list_stale(rest) if report else rest
        return Renewal(touched=len(stale), mended=len(stale) - len(rest), left=len(left), report=report)

    def _list_stale(self, passages: Sequence[Passage]) -> Sequence[Passage]:
        with reading(self.database) as session:
            return list_stale(session, passages, source=SOURCE, target=self.language)

    def _contracts(self) -> Mapping[str, Contract]:
        return {engine.name: engine.contract for engine in self.desk.translators}


def _source(paper: Paper, part: TextPart) -> str:
    return paper.title_source if part is TextPart.TITLE else paper.abstract_source


def _texts(paper: Paper, stored: Mapping[str, Sequence[StoredTranslation]]) -> list[TranslatedText]:
    return [
        TranslatedText(part=part, source=_source(paper, part), translations=stored.get(_source(paper, part), ()))
        for part in TextPart
    ]
