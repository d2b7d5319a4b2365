"""Work on translations as files: taken along as TMX, and brought in."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from newsletter.db.engine import reading, transaction
from newsletter.errors import InputError
from newsletter.languages import SOURCE
from newsletter.operators.audit import Note
from newsletter.papers.browse_store import list_ids_before
from newsletter.papers.paper import Paper
from newsletter.papers.store import get_papers
from newsletter.runtime.parts import Parts
from newsletter.translation import corrections
from newsletter.translation.corrections import StoredTranslation
from newsletter.translation.drafts import MEMORY
from newsletter.translation.language import load_language
from newsletter.translation.memory import source_hash
from newsletter.translation.tmx import Unit, read_tmx, write_tmx
from newsletter.translator_settings import Translator

_PAPERS_A_CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What became of a file's units: those that are corrections now, and those that were left out.

    `older`: a person's words of ours are as new; `engines`: no person wrote them; `useless`: blank, or not translated.
    """

    taken: int = 0
    older: int = 0
    engines: int = 0
    useless: int = 0


class ExchangeWork(Parts):
    """What operators can do with the memory as a file."""

    def count_corrections(self) -> int:
        """Return how many texts a person has corrected."""
        with reading(self.database) as session:
            return len(corrections.list_corrected(session, source=SOURCE, target=self.language))

    def list_units(self, *, is_all: bool = False) -> Iterator[Unit]:
        """Yield people's corrections of the stored papers' texts, each once; with `is_all` whatever readers see."""
        with reading(self.database) as session:
            waiting = set(corrections.list_corrected(session, source=SOURCE, target=self.language))
        done: set[str] = set()
        before = None
        while is_all or waiting - done:
            with reading(self.database) as session:
                ids = list_ids_before(session, before, limit=_PAPERS_A_CHUNK)
                texts = _name_texts(get_papers(session, ids).values())
                wanted = {
                    text: key for text in texts if (key := source_hash(text)) not in done and (is_all or key in waiting)
                }
                found = corrections.list_translations(session, wanted, source=SOURCE, target=self.language)
            for text, translations in found.items():
                if wanted[text] not in done:
                    done.add(wanted[text])
                    yield _unit(text, translations[0], texts[text])
            if len(ids) < _PAPERS_A_CHUNK:
                return
            before = ids[-1]

    def export_tmx(self, *, is_all: bool = False, note: Note) -> Iterator[str]:
        """Write the units as TMX, some hundreds at a time; who takes them along is written down first."""
        with transaction(self.database) as session:
            note(session)
        return self.write_units(self.list_units(is_all=is_all))

    def write_units(self, units: Iterator[Unit]) -> Iterator[str]:
        """Yield a TMX document of these units."""
        source, target = load_language(SOURCE), load_language(self.language)
        return write_tmx(units, source, target, at=self.clock())

    def import_tmx(self, content: bytes, *, by: str, note: Note) -> TakenIn:
        """Let people's words in a TMX file stand from now on, all or none. Raises InputError for what is no TMX.

        A correction that is here already stays, unless the file says that its own is newer.
        """
        units = read_tmx(content, load_language(SOURCE), load_language(self.language))
        written = [unit for unit in units if not _is_engine(unit.author)]
        taken = older = useless = 0
        with transaction(self.database) as session:
            known = corrections.list_translations(
                session, [unit.source for unit in written], source=SOURCE, target=self.language
            )
            for unit in written:
                if _is_older(unit, known.get(unit.source, ())):
                    older += 1
                    continue
                try:
                    corrections.correct(
                        session,
                        unit.source,
                        unit.target,
                        source=SOURCE,
                        target=self.language,
                        by=by,
                        at=self.clock(),
                    )
                    taken += 1
                except InputError:
                    useless += 1
            note(session)
        return TakenIn(taken=taken, older=older, engines=len(units) - len(written), useless=useless)


def _name_texts(papers: Iterable[Paper]) -> dict[str, str]:
    """Return each text with its name: 2603.00001 title."""
    return {
        text: f"{paper.arxiv_id} {part}"
        for paper in papers
        for part, text in (("title", paper.title_source), ("abstract", paper.abstract_source))
    }


def _unit(text: str, found: StoredTranslation, name: str) -> Unit:
    return Unit(source=text, target=found.text, author=found.engine, changed_at=found.translated_at, name=name)


def _is_engine(author: str) -> bool:
    """Tell whether an author is one of our engines, past or present, or the memory: other tools name people there."""
    return author.partition(":")[0] in {*Translator, MEMORY}


def _is_older(unit: Unit, known: Sequence[StoredTranslation]) -> bool:
    own = next((found for found in known if found.is_correction), None)
    return own is not None and (unit.changed_at is None or unit.changed_at <= own.translated_at)
