"""Finishing an answer: mended as far as it can be, then checked."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from newsletter.translation.checks import inspect
from newsletter.translation.drafts import Finished
from newsletter.translation.engines import TermPair
from newsletter.translation.finding import FindingKind, Grade
from newsletter.translation.glossary import Glossary, load_glossary
from newsletter.translation.language import Language, load_language
from newsletter.translation.own_terms import list_terms, with_own_terms
from newsletter.translation.passages import Passage
from newsletter.translation.terms import mend_terms
from newsletter.translation.typography import mend, mend_title

_POOR = frozenset({FindingKind.UNTRANSLATED})
"""What makes a translation a poor one, and yet loses nothing."""
_MOST_FINDINGS = 20


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
        return self._finish(passage, answer)

    def finish_whole(self, passage: Passage, answer: str) -> Finished:
        """Return the translation of a whole text, whose parts are finished, and what it is worth.

        A term that few know in translation is explained where the text first says it. Marks and spaces stay: some of the
        parts may be sentences in the original.
        """
        return self._finish(passage, answer, is_whole=True)

    def _finish(self, passage: Passage, answer: str, *, is_whole: bool = False) -> Finished:
        mended = mend_terms(
            passage.text,
            answer,
            self.glossary,
            passage.categories,
            self.source,
            self.target,
            explains=is_whole and not passage.is_title,
            context=passage.context or None,
        )
        text = mended.text if is_whole else self._set(passage, mended.text)
        report = inspect(
            passage.text,
            text,
            self.source,
            self.target,
            is_title=passage.is_title,
            forbidden_terms=mended.forbidden,
            missing_terms=mended.missing,
        )
        is_lossy = any(finding.grade is Grade.BAD and finding.kind not in _POOR for finding in report.findings)
        findings = [{"kind": finding.kind.value, "detail": finding.text} for finding in report.findings]
        return Finished(
            text=text, score=report.score, is_good=report.is_good, is_lossy=is_lossy, findings=findings[:_MOST_FINDINGS]
        )

    def _set(self, passage: Passage, text: str) -> str:
        return (mend_title if passage.is_title else mend)(text, self.target)


def open_finisher(session: Session, *, source: str, target: str) -> Finisher:
    """Return what finishes answers, with the terms that operators added."""
    glossary = load_glossary(target, source)
    own = list_terms(session, target=target)
    return Finisher(
        source=load_language(source),
        target=load_language(target),
        glossary=with_own_terms(glossary, own) if own else glossary,  # the shipped one is made ready once a process
    )
