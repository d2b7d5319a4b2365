"""Finishing an answer: mended as far as it can be, then checked."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from newsletter.translation.checks import Verdict, judge
from newsletter.translation.drafts import Finished
from newsletter.translation.engines import TermPair
from newsletter.translation.language import Language, load_language
from newsletter.translation.passages import Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Finisher:
    """Mends and checks answers in one pair of languages."""

    source: Language
    target: Language

    def glossary_key(self, passage: Passage) -> str:
        """Return what names the terms that a passage is checked against."""
        return ""

    def list_terms(self, text: str) -> Sequence[TermPair]:
        """Return how the terms in a text shall be said."""
        return ()

    def all_terms(self) -> Sequence[TermPair]:
        """Return the whole glossary."""
        return ()

    def finish(self, passage: Passage, answer: str) -> Finished:
        """Return an answer to a part of a text mended, and what it is worth."""
        is_good = judge(passage.text, answer, target=self.target.code) != Verdict.BAD
        return Finished(text=answer, score=float(is_good), is_good=is_good)

    def finish_whole(self, passage: Passage, answer: str) -> Finished:
        """Return the translation of a whole text mended, and what it is worth."""
        return self.finish(passage, answer)


def open_finisher(session: Session, *, source: str, target: str) -> Finisher:
    """Return what finishes answers, with the terms that people added."""
    return Finisher(source=load_language(source), target=load_language(target))
