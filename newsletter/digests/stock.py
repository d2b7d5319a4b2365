"""What digests are made from, read once for many batches of them: papers, their translations, and their shown forms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from sqlmodel import Session

from newsletter.digests.addresses import Addresses
from newsletter.digests.digest import Section, ShownPaper
from newsletter.digests.shown_papers import ShownPapers
from newsletter.digests.thaw import ShownSections
from newsletter.languages import SOURCE
from newsletter.papers import store as papers
from newsletter.papers.paper import ArxivId, Paper
from newsletter.translation.memory import recall_marked
from newsletter.translation.origin import Origin, read_origin
from newsletter.translation.readers_terms import Saying, list_sayings

LASTING = timedelta(seconds=30)
"""So long a batch shows what an earlier one read: a correction reaches the mails that are written after it."""

MOST_PAPERS = 5000  # some 50 MB; a day has about a thousand, and a backlog of several days is read again

MOST_SECTIONS = 8192  # some 20 MB


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which readers want which papers in one language."""

    readers: set[int] = field(default_factory=set)
    ids: set[ArxivId] = field(default_factory=set)


@dataclass(slots=True)
class _Spoken:
    """What is known in one language."""

    shown: ShownSections
    translations: dict[str, str]
    origins: dict[str, Origin]
    asked: set[str] = field(default_factory=set)


class Stock:
    """Keeps what the digests of one process are made from; safe to share between threads."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._known: dict[ArxivId, Paper] = {}
        self._spoken: dict[str, _Spoken] = {}
        self._papers: dict[ShownPaper, ShownPaper] = {}
        self._sections: dict[Section, Section] = {}
        """The shown forms, those of what was forgotten, too: what is the same again is found by caches at once."""
        self._until: datetime | None = None
        self._lock = Lock()

    def refresh(self, at: datetime) -> None:
        """Forget what was read too long ago, or is too much; what was handed out stays as it is."""
        with self._lock:
            self._forget(at)

    def shelves(self, session: Session, wanted: Mapping[str, Wanted]) -> dict[str, Mapping[int, ShownSections]]:
        """Return by language, for each of its readers, how sections are shown to them, in their own terms if they have some."""
        with self._lock:
            self._learn(session, {number for each in wanted.values() for number in each.ids})
            return {language: self._shelf(session, language, each) for language, each in wanted.items()}

    def _forget(self, at: datetime) -> None:
        if self._until is None or at >= self._until or len(self._known) > MOST_PAPERS:
            self._known = {}
            self._spoken = {}
            self._until = at + LASTING
        if len(self._papers) > 2 * MOST_PAPERS or len(self._sections) > MOST_SECTIONS:
            self._papers = {}
            self._sections = {}
            self._spoken = {}

    def _learn(self, session: Session, ids: set[ArxivId]) -> None:
        missing = ids - self._known.keys()
        if missing:
            self._known |= papers.get_papers(session, sorted(missing))

    def _shelf(self, session: Session, language: str, wanted: Wanted) -> Mapping[int, ShownSections]:
        spoken = self._speak(session, language, wanted.ids)
        sayings = list_sayings(session, wanted.readers, source=SOURCE, target=language)
        own = {
            number: self._show(language, spoken.translations, spoken.origins, say) for number, say in sayings.items()
        }
        return {number: own.get(number, spoken.shown) for number in wanted.readers}

    def _speak(self, session: Session, language: str, ids: Iterable[ArxivId]) -> _Spoken:
        spoken = self._spoken.get(language)
        if spoken is None:
            translations, origins = dict[str, str](), dict[str, Origin]()
            shown = self._show(language, translations, origins)
            spoken = self._spoken[language] = _Spoken(shown, translations, origins)
        new = {number for number in ids if number in self._known} - spoken.asked
        if new:
            found = [self._known[ArxivId(number)] for number in new]
            texts = {text for paper in found for text in (paper.title_source, paper.abstract_source)}
            for text, translation in recall_marked(session, texts, source=SOURCE, target=language).items():
                spoken.translations[text] = translation.text
                spoken.origins[text] = read_origin(translation.engine, translation.marks)
            spoken.asked |= new
        return spoken

    def _show(
        self,
        language: str,
        translations: Mapping[str, str],
        origins: Mapping[str, Origin],
        say: Saying | None = None,
    ) -> ShownSections:
        shown = ShownPapers(
            self._known,
            translations,
            self._addresses,
            language=language,
            say=say,
            origins=origins,
            interned=self._papers,
        )
        return ShownSections(shown, interned=self._sections)
