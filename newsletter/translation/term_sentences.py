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
from newsletter.translation.surface import is_link
from newsletter.translation.term import Term

_SHORTEST_PART, _WIDEST_GAP = 2, 3  # characters


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

    def find_inside(self, occurrence: Occurrence) -> Sequence[Occurrence]:
        """Return the shorter terms inside a longer one."""
        return self.glossary.find_inside(occurrence, self.categories, context=self.context or self.source)


@dataclass(slots=True)
class Sentence:
    """A pair of aligned sentences, where in the text the source begins, its terms, and its translation as it is by now.

    `inner` are the terms inside longer ones that the translation says inside theirs, too (策略 in 策略更新).
    """

    source: str
    target: str
    start: int
    occurrences: Sequence[Occurrence]
    inner: Sequence[Occurrence] = ()

    def terms(self) -> list[Term]:
        """Return the terms of the source, each once, in order, without those inside others."""
        return list(dict.fromkeys(one.term for one in self.occurrences))

    def all_terms(self) -> list[Term]:
        """Return the terms of the source, each once, those inside others last."""
        return list(dict.fromkeys(one.term for one in (*self.occurrences, *self.inner)))

    def all_of(self, term: Term) -> list[Occurrence]:
        """Return where the source says the term, also inside others."""
        return [one for one in (*self.occurrences, *self.inner) if one.term == term]


def pair_sentences(task: Task, known: Sequence[Occurrence]) -> list[Sentence]:
    """Return the aligned sentences with the terms of each; one without source or target is kept with the one before it."""
    found: list[Sentence] = []
    start = 0
    for pair in align(task.source, task.target, task.source_language, task.target_language):
        end = start + len(pair.source)
        if found and not (pair.source and pair.target):
            found[-1].source, found[-1].target = found[-1].source + pair.source, found[-1].target + pair.target
        else:
            found.append(Sentence(pair.source, pair.target, start, ()))
        start = end
    for sentence in found:
        end = sentence.start + len(sentence.source)
        sentence.occurrences = [one for one in known if sentence.start <= one.start < end]
        sentence.inner = [part for one in sentence.occurrences for part in _list_inner(one, task)]
    return found


def _list_inner(occurrence: Occurrence, task: Task) -> list[Occurrence]:
    forms = occurrence.term.forms
    return [
        part
        for part in task.find_inside(occurrence)
        if any(form in longer for form in part.term.forms for longer in forms)
        and not any(form in longer for form in part.term.forbidden for longer in forms)
    ]


def find_places(text: str, term: Term, forms: Sequence[str], terms: Iterable[Term]) -> list[Place]:
    """Return where the text says these forms of the term, but for names and formulas, and phrases that hold one rightly.

    `terms` are all of the whole text; rightly is a form held by a longer form of one of them, and by a kept phrase.
    """
    found = find_forms(text, forms)
    if not found:
        return []
    closed = [(span.start, span.end) for span in find_spans(text)]
    closed += [(place.start, place.end) for place in find_forms(text, _list_shields(term, forms, terms))]
    return [place for place in found if is_free(place, closed)]


def count_forms(text: str, forms: Sequence[str]) -> int:
    """Return how often the text says one of the forms; a form may itself be a name."""
    return len(find_forms(text, forms))


def _list_shields(term: Term, forms: Sequence[str], terms: Iterable[Term]) -> tuple[str, ...]:
    accepted = (form for other in terms for form in other.forms)
    return (*term.kept, *(phrase for phrase in accepted if any(form in phrase and form != phrase for form in forms)))


def has_rival(sentence: Sentence, term: Term, forms: Iterable[str]) -> bool:
    """Tell whether another word of the source may have been translated by one of these forms, wrong ones of the term."""
    wrong = set(forms)
    if any(not wrong.isdisjoint(other.forms) for other in sentence.all_terms() if other != term):
        return True
    return bool(term.rivals) and _beginning_with(term.rivals).search(sentence.source) is not None


def is_said(sentence: Sentence, term: Term, task: Task) -> bool:
    """Tell whether the translation says the term: by a form, in its own letters (rollout), or part by part."""
    if count_forms(sentence.target, (*term.forms, *term.names)) or _is_said_apart(sentence.target, term.forms):
        return True
    return any(
        one.text.casefold() in sentence.target.casefold() or _is_said_in_parts(sentence, one, task)
        for one in sentence.all_of(term)
    )


def _is_said_apart(text: str, forms: Sequence[str]) -> bool:
    """Tell whether the text says a form with up to three characters within, such as 策略的更新 for 策略更新."""
    return any(pattern.search(text) for form in forms for pattern in _apart(form))


@cache
def _apart(form: str) -> list[re.Pattern[str]]:
    halves = [(form[:cut], form[cut:]) for cut in range(_SHORTEST_PART, len(form) - _SHORTEST_PART + 1)]
    return [re.compile(rf"{re.escape(a)}\w{{1,{_WIDEST_GAP}}}{re.escape(b)}") for a, b in halves if not form.isascii()]


def _is_said_in_parts(sentence: Sentence, occurrence: Occurrence, task: Task) -> bool:
    """Tell whether the translation says all the terms that a longer one is made of."""
    parts = task.find_inside(occurrence)
    rest = sentence.source[occurrence.start - sentence.start : occurrence.end - sentence.start]
    for part in reversed(parts):
        rest = rest[: part.start - occurrence.start] + " " + rest[part.end - occurrence.start :]
    return bool(parts) and is_link(rest) and all(count_forms(sentence.target, part.term.forms) for part in parts)


@cache
def _beginning_with(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})", re.IGNORECASE)
