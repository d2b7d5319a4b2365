"""Sentences and the terms in them: what a translation says for each term, and whether something else accounts for it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from newsletter.translation.glossary import Glossary, Occurrence
from newsletter.translation.language import Language
from newsletter.translation.protect import find_spans
from newsletter.translation.replace import Place, find_forms, is_free
from newsletter.translation.sentences import align
from newsletter.translation.term import Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A text and its translation with what they are judged by.

    `categories` are those of the paper; `context` is the whole text where `source` is a part of it, else None.
    """

    source: str
    target: str
    glossary: Glossary
    categories: tuple[str, ...]
    source_language: Language
    target_language: Language
    context: str | None = None

    def find(self) -> Sequence[Occurrence]:
        """Return the terms of the source."""
        return self.glossary.find(self.source, self.categories, context=self.context)

    def find_parts(self, occurrence: Occurrence) -> Sequence[Term]:
        """Return the shorter terms that a longer one is made of; none unless they make up all of it."""
        return self.glossary.find_parts(occurrence, self.categories, context=self.context or self.source)


@dataclass(slots=True)
class Sentence:
    """A pair of aligned sentences, where in the text the source begins, its terms, and its translation as it is by now."""

    source: str
    target: str
    start: int
    occurrences: Sequence[Occurrence]

    def terms(self) -> list[Term]:
        """Return the terms of the source, each once, in order."""
        return list(dict.fromkeys(one.term for one in self.occurrences))

    def all_of(self, term: Term) -> list[Occurrence]:
        """Return where the source says the term."""
        return [one for one in self.occurrences if one.term == term]


def pair_sentences(task: Task, known: Sequence[Occurrence]) -> list[Sentence]:
    """Return the aligned sentences with the terms of each; one without source or target is kept with the one before it."""
    found: list[Sentence] = []
    start = 0
    for pair in align(task.source, task.target, task.source_language, task.target_language):
        end = start + len(pair.source)
        occurrences = [one for one in known if start <= one.start < end]
        if found and not (pair.source and pair.target):
            last = found[-1]
            last.source, last.target = last.source + pair.source, last.target + pair.target
            last.occurrences = [*last.occurrences, *occurrences]
        else:
            found.append(Sentence(pair.source, pair.target, start, occurrences))
        start = end
    return found


def find_places(text: str, forms: Sequence[str], shields: Sequence[str]) -> list[Place]:
    """Return where the text says these forms, but for names and formulas and the phrases that hold a form rightly."""
    found = find_forms(text, forms)
    if not found:
        return []
    closed = [(span.start, span.end) for span in find_spans(text)]
    closed += [(place.start, place.end) for place in find_forms(text, shields)]
    return [place for place in found if is_free(place, closed)]


def count_forms(text: str, forms: Sequence[str], shields: Sequence[str] = ()) -> int:
    """Return how often the text says one of the forms outside longer phrases; a form may itself be a name."""
    closed = [(place.start, place.end) for place in find_forms(text, shields)]
    return sum(is_free(place, closed) for place in find_forms(text, forms))


def list_shields(term: Term, forms: Sequence[str], terms: Iterable[Term]) -> tuple[str, ...]:
    """Return the phrases inside which these forms of the term stay: kept ones, and longer forms of other terms."""
    accepted = (form for other in terms for form in other.forms)
    return (*term.kept, *(phrase for phrase in accepted if any(form in phrase and form != phrase for form in forms)))


def has_rival(sentence: Sentence, term: Term) -> bool:
    """Tell whether another word of the source may have been translated by a form that the term forbids."""
    if any(not set(term.forbidden).isdisjoint(one.term.forms) for one in sentence.occurrences):
        return True
    return bool(term.rivals) and _beginning_with(term.rivals).search(sentence.source) is not None


def is_said(sentence: Sentence, term: Term, task: Task) -> bool:
    """Tell whether the translation says the term: by an accepted form, in its own letters (rollout), or by its parts."""
    if count_forms(sentence.target, (*term.forms, *term.names)):
        return True
    return any(
        one.text.casefold() in sentence.target.casefold() or _is_said_in_parts(sentence, task.find_parts(one))
        for one in sentence.all_of(term)
    )


def _is_said_in_parts(sentence: Sentence, parts: Sequence[Term]) -> bool:
    return bool(parts) and all(count_forms(sentence.target, part.forms) for part in parts)


@cache
def _beginning_with(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})", re.IGNORECASE)
