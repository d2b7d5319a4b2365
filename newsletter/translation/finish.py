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
from newsletter.translation.span_mending import mend_spans
from newsletter.translation.terms import Mended, mend_terms
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
        """Return what names the terms that a passage is checked against, and behind a dot the whole glossary."""
        return f"{self._terms_key(passage)}.{self.glossary.version}"

    def is_current(self, key: str) -> bool:
        """Tell whether such a key is of today's glossary: then nothing has to be looked up."""
        return key.rpartition(".")[2] == self.glossary.version

    def has_same_terms(self, key: str, passage: Passage) -> bool:
        """Tell whether a passage has the same terms in today's glossary as in that of the key."""
        terms, dot, _ = key.rpartition(".")
        return bool(dot) and terms == self._terms_key(passage)

    def _terms_key(self, passage: Passage) -> str:
        return self.glossary.key(passage.text, passage.categories, context=passage.context or None)

    def list_terms(self, passage: Passage) -> Sequence[TermPair]:
        """Return how the terms in a passage shall be said."""
        pairs = self.glossary.pairs(passage.text, passage.categories, context=passage.context or None)
        return [TermPair(source, form) for source, form in pairs]

    def all_terms(self) -> Sequence[TermPair]:
        """Return the terms that mean the same everywhere, for engines that keep a glossary."""
        return [TermPair(source, form) for source, form in self.glossary.all_pairs()]

    def finish(self, passage: Passage, answer: str) -> Finished:
        """Return an answer mended, and what it is worth.

        A term that few know in translation is explained where a whole abstract first says it.
        """
        answer = mend_spans(passage.text, answer, self.target)
        mended = self._mend_terms(passage, answer, explains=not (passage.is_title or passage.is_part))
        text = (mend_title if passage.is_title else mend)(mended.text, self.target)
        return self._check(passage, text, mended)

    def finish_whole(self, passage: Passage, answer: str) -> Finished:
        """Return the translation of a whole text, whose parts are finished, and what it is worth.

        Marks and spaces stay: some of the parts may be sentences in the original.
        """
        mended = self._mend_terms(passage, answer, explains=not passage.is_title)
        return self._check(passage, mended.text, mended)

    def _mend_terms(self, passage: Passage, answer: str, *, explains: bool) -> Mended:
        return mend_terms(
            passage.text,
            answer,
            self.glossary,
            passage.categories,
            self.source,
            self.target,
            explains=explains,
            context=passage.context or None,
        )

    def _check(self, passage: Passage, text: str, mended: Mended) -> Finished:
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


def open_finisher(session: Session, *, source: str, target: str) -> Finisher:
    """Return what finishes answers, with the terms that operators added."""
    glossary = load_glossary(target, source)
    own = list_terms(session, target=target)
    return Finisher(
        source=load_language(source),
        target=load_language(target),
        glossary=with_own_terms(glossary, own) if own else glossary,  # the shipped one is made ready once a process
    )
