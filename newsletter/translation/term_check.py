"""Checking terms: how many of those in a text its translation says rightly, and what it says wrongly."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from newsletter.translation.glossary import Glossary
from newsletter.translation.language import Language
from newsletter.translation.replace import Place, is_free
from newsletter.translation.term import Term
from newsletter.translation.term_sentences import (
    Sentence,
    Task,
    count_forms,
    find_places,
    has_rival,
    is_said,
    pair_sentences,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermCheck:
    """What a translation makes of the terms of its source.

    `said` is how often the source says a term. `forbidden` are the wrong forms that stand for one, `missing` the terms (in
    the source language) that a sentence does not say; each as often as it is found.
    """

    said: int = 0
    forbidden: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def right(self) -> int:
        """How often the translation says a term as it should."""
        return self.said - min(self.said, len(self.forbidden) + len(self.missing))


def check_terms(
    source: str,
    target: str,
    glossary: Glossary,
    categories: Iterable[str],
    source_language: Language,
    target_language: Language,
    *,
    context: str | None = None,
) -> TermCheck:
    """Return what a translation makes of the terms of its source; parameters as for `mend_terms`."""
    task = Task(
        source=source, target=target, glossary=glossary, categories=tuple(categories),
        source_language=source_language, target_language=target_language, context=context,
    )  # fmt: skip
    known = task.find()
    return judge_sentences(pair_sentences(task, known), task) if known else TermCheck()


def judge_sentences(sentences: Sequence[Sentence], task: Task) -> TermCheck:
    """Return what the sentences make of their terms.

    A term that a sentence says twice and its translation once is said; where none of its forms is there, it is missing
    as often as no wrong form stands in its place.
    """
    terms = list(dict.fromkeys(term for sentence in sentences for term in sentence.all_terms()))
    forbidden: list[str] = []
    missing: list[str] = []
    for sentence in sentences:
        wrong: list[Place] = []
        for term in sentence.all_terms():
            found = _find_wrong(sentence, term, terms, known=wrong)
            wrong += found
            count = sum(one.term == term for one in sentence.occurrences)
            if count > len(found) and not is_said(sentence, term, task):
                missing += [term.source] * (count - len(found))
        forbidden += [place.form for place in wrong]
    said = sum(len(sentence.occurrences) for sentence in sentences)
    return TermCheck(said=said, forbidden=tuple(forbidden), missing=tuple(missing))


def _find_wrong(sentence: Sentence, term: Term, terms: Sequence[Term], *, known: Sequence[Place]) -> list[Place]:
    """Return where the sentence says the term wrongly; where others account for it, no more often than it lacks."""
    closed = [(place.start, place.end) for place in known]
    places = find_places(sentence.target, term, term.forbidden, terms)
    wrong = [place for place in places if is_free(place, closed)]
    if wrong and has_rival(sentence, term, term.forbidden):
        return wrong[: max(0, len(sentence.all_of(term)) - count_forms(sentence.target, term.forms))]
    return wrong
