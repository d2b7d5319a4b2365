"""Work on the glossary: the terms of operators and of readers, the shipped ones, and where a term is said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from newsletter.db.engine import reading, transaction
from newsletter.editions import store as editions
from newsletter.editions.day import load_day
from newsletter.errors import NotFoundError
from newsletter.languages import SOURCE
from newsletter.operators.audit import Note
from newsletter.runtime.parts import Parts
from newsletter.subscribers.subscriber import Subscriber
from newsletter.translation import own_terms
from newsletter.translation.glossary import Glossary, load_glossary
from newsletter.translation.own_terms import OwnTerm, with_own_terms
from newsletter.translation.own_terms_file import read_terms, write_terms
from newsletter.translation.passages import list_passages
from newsletter.translation.term import Term

READER = "reader"
"""Who added a reader's own term."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermUse:
    """How many of an edition's texts (titles and abstracts) say a term where it is meant."""

    term: str
    edition_on: date
    texts: int
    of_texts: int


class GlossaryWork(Parts):
    """What operators and readers can do with terms."""

    def list_terms(self) -> list[OwnTerm]:
        """Return the terms that operators added, by name."""
        with reading(self.database) as session:
            return own_terms.list_terms(session, target=self.language)

    def put_term(self, term: str, forms: Sequence[str], forbidden: Sequence[str] = (), *, by: str, note: Note) -> None:
        """Add a term for everybody, or change it. Raises TermError."""
        with transaction(self.database) as session:
            own_terms.put_term(
                session,
                term,
                forms,
                forbidden,
                source=SOURCE,
                target=self.language,
                by=by,
                at=self.clock(),
            )
            note(session)

    def remove_term(self, term: str, *, note: Note) -> bool:
        """Remove a term that an operator added; False when there is none."""
        with transaction(self.database) as session:
            is_gone = own_terms.remove_term(session, term, target=self.language)
            if is_gone:
                note(session)
            return is_gone

    def import_terms(self, text: str, *, name: str, by: str, note: Note) -> int:
        """Add all terms of a file, or none; returns how many. Raises InputError."""
        found = read_terms(text, SOURCE, name=name)
        with transaction(self.database) as session:
            for term in found:
                own_terms.put_term(
                    session,
                    term.source,
                    term.forms,
                    term.forbidden,
                    source=SOURCE,
                    target=self.language,
                    by=by,
                    at=self.clock(),
                )
            note(session)
        return len(found)

    def export_terms(self) -> str:
        """Return the terms that operators added as a file."""
        return write_terms(self.list_terms(), SOURCE)

    def search_terms(self, words: str) -> Sequence[Term]:
        """Return the shipped terms that have these words in a name or a form, those that begin with them first."""
        wanted = " ".join(words.split()).casefold()
        found = [term for term in load_glossary(self.language, SOURCE).terms if _has(term, wanted)]
        return sorted(found, key=lambda term: (not term.source.casefold().startswith(wanted), term.source.casefold()))

    def count_term(self, name: str) -> TermUse | None:
        """Return where the newest edition says a term, with everybody's terms; None before the first edition.

        Raises NotFoundError for a term that neither an operator nor the shipped glossary has.
        """
        glossary = with_own_terms(load_glossary(self.language, SOURCE), self.list_terms())
        readings = tuple(term for term in glossary.terms if term.source.casefold() == name.casefold())
        if not readings:
            raise NotFoundError(f"The glossary has no term {name!r}.")
        with reading(self.database) as session:
            newest = editions.find_newest(session)
            if newest is None:
                return None
            day = load_day(session, newest.edition_on, self.settings.categories)
        passages = list_passages(item.paper for item in day.announced)
        alone = Glossary(terms=readings)  # asked first: to look for a thousand terms takes longer than for one
        said = sum(
            any(found.term in readings for found in glossary.find(passage.text, passage.categories))
            for passage in passages
            if alone.find(passage.text, passage.categories)
        )
        return TermUse(term=readings[0].source, edition_on=newest.edition_on, texts=said, of_texts=len(passages))

    def list_reader_terms(self, reader: Subscriber) -> list[OwnTerm]:
        """Return a reader's own terms, by name."""
        with reading(self.database) as session:
            return own_terms.list_terms(session, target=self.language, subscriber_id=reader.id)

    def put_reader_term(
        self, reader: Subscriber, term: str, forms: Sequence[str], forbidden: Sequence[str] = ()
    ) -> None:
        """Add a term for one reader's mail, or change it. Raises TermError, also when they have too many."""
        with transaction(self.database) as session:
            own_terms.put_term(
                session,
                term,
                forms,
                forbidden,
                source=SOURCE,
                target=self.language,
                by=READER,
                at=self.clock(),
                subscriber_id=reader.id,
            )

    def remove_reader_term(self, reader: Subscriber, term: str) -> bool:
        """Remove one of a reader's own terms; False when there is none."""
        with transaction(self.database) as session:
            return own_terms.remove_term(session, term, target=self.language, subscriber_id=reader.id)


def _has(term: Term, wanted: str) -> bool:
    return any(wanted in text.casefold() for text in (*term.names, *term.forms, *term.forbidden))
