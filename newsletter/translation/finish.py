"""Finishing an answer: mended as far as it can be, then checked."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from newsletter.translation.checks import Verdict, judge
from newsletter.translation.drafts import Finished
from newsletter.translation.engines import TermPair
from newsletter.translation.glossary import Glossary, load_glossary
from newsletter.translation.language import Language, load_language
from newsletter.translation.own_terms import list_terms, with_own_terms
from newsletter.translation.passages import Passage
from newsletter.translation.terms import mend_terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Finisher:
    """Mends and checks answers in one pair of languages, by one glossary."""

    source: Language
    target: Language
    glossary: Glossary

    def glossary_key(self, passage: Passage) -> str:
        """Return what names the terms that a passage is checked against: it changes when one of them does."""
        return self.glossary.key(passage.text, passage.categories)

    def list_terms(self, text: str) -> Sequence[TermPair]:
        """Return how the terms in a text shall be said."""
        return [TermPair(source, form) for source, form in self.glossary.pairs(text)]

    def all_terms(self) -> Sequence[TermPair]:
        """Return the terms that mean the same everywhere, for engines that keep a glossary."""
        return [TermPair(source, form) for source, form in self.glossary.all_pairs()]

    def finish(self, passage: Passage, answer: str) -> Finished:
        """Return an answer to a part of a text mended, and what it is worth."""
        return self._finish(passage, answer, explains=False)

    def finish_whole(self, passage: Passage, answer: str) -> Finished:
        """Return the translation of a whole text mended, and what it is worth."""
        return self._finish(passage, answer, explains=not passage.is_title)

    def _finish(self, passage: Passage, answer: str, *, explains: bool) -> Finished:
        mended = mend_terms(
            passage.text,
            answer,
            self.glossary,
            passage.categories,
            self.source,
            self.target,
            explains=explains,
            context=passage.context or None,
        )
        is_good = judge(passage.text, mended.text, target=self.target.code) != Verdict.BAD
        return Finished(text=mended.text, score=float(is_good), is_good=is_good)


def open_finisher(session: Session, *, source: str, target: str) -> Finisher:
    """Return what finishes answers, with the terms that operators added."""
    glossary = load_glossary(target, source)
    own = list_terms(session, target=target)
    return Finisher(
        source=load_language(source),
        target=load_language(target),
        glossary=with_own_terms(glossary, own) if own else glossary,  # the shipped one is made ready once a process
    )
