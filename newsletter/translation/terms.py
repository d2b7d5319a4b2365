"""Mending terms: putting a finished translation into the words of the glossary, sentence by sentence.

For engines that take no glossary, and for those that do not keep to it. Nothing changes inside a name or formula, inside
an accepted form of another term, or where another word of the source accounts for what is written. Mending what is mended
changes nothing.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from newsletter.translation.glossary import Glossary, Occurrence
from newsletter.translation.language import Language
from newsletter.translation.protect import find_spans
from newsletter.translation.replace import Place, find_forms, is_free, put
from newsletter.translation.sentences import align
from newsletter.translation.term import Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A form that gave way to another one, and the term it is a form of."""

    term: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """A translation in the words of the glossary, and what could not be mended.

    `forbidden` are wrong forms that are still there, `missing` the terms (in the source language) that no accepted form
    stands for in the sentence they occur in; each as often as it is found.
    """

    text: str
    changes: tuple[Change, ...] = ()
    forbidden: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(slots=True)
class _Sentence:
    """A pair of aligned sentences, the terms of its source, and its translation as mended so far."""

    source: str
    target: str
    occurrences: Sequence[Occurrence]

    def count(self, term: Term) -> int:
        return sum(one.term == term for one in self.occurrences)


def mend_terms(
    source: str,
    target: str,
    glossary: Glossary,
    categories: Iterable[str],
    source_language: Language,
    target_language: Language,
    *,
    explains: bool = False,
) -> Mended:
    """Return the translation with each forbidden form replaced by the preferred one of the term it was meant for.

    `source` and `target` are whole texts, `categories` those of the paper. With `explains`, the first mention of a term
    that few know in translation is followed by the term itself in brackets: for abstracts, never for titles.
    """
    known = glossary.find(source, categories)
    if not known:
        return Mended(text=target)
    sentences = _pair(source, target, known, source_language, target_language)
    terms = list(dict.fromkeys(one.term for one in known))
    changes: list[Change] = []
    for sentence in sentences:
        changes += _mend(sentence, terms)
    changes += _mend_neighbours(sentences, terms)
    text = "".join(sentence.target for sentence in sentences)
    forbidden, missing = _judge(sentences, terms)
    if explains:
        text = _explain(text, terms, target_language)
    return Mended(text=text, changes=tuple(changes), forbidden=tuple(forbidden), missing=tuple(missing))


def _pair(
    source: str, target: str, known: Sequence[Occurrence], source_language: Language, target_language: Language
) -> list[_Sentence]:
    """Return the aligned sentences with the terms of each; a pair without a source is kept with the one before it."""
    found: list[_Sentence] = []
    start = 0
    for pair in align(source, target, source_language, target_language):
        end = start + len(pair.source)
        occurrences = [one for one in known if start <= one.start < end]
        if found and not (pair.source and pair.target):
            last = found[-1]
            last.source, last.target = last.source + pair.source, last.target + pair.target
            last.occurrences = [*last.occurrences, *occurrences]
        else:
            found.append(_Sentence(pair.source, pair.target, occurrences))
        start = end
    return found


def _mend(sentence: _Sentence, terms: Sequence[Term]) -> list[Change]:
    """Replace in one sentence what its own terms forbid, then what they would rather not have."""
    changes: list[Change] = []
    for term in dict.fromkeys(one.term for one in sentence.occurrences):
        changes += _replace(sentence, term, term.forbidden, _budget(sentence, term), terms)
        changes += _replace(sentence, term, term.replaced, None if not _rivals(sentence, term) else 0, terms)
    return changes


def _mend_neighbours(sentences: Sequence[_Sentence], terms: Sequence[Term]) -> list[Change]:
    """Replace what a term forbids also where the translation says it once more than the source, which said "they"."""
    changes: list[Change] = []
    for sentence in sentences:
        for term in terms:
            if not sentence.count(term) and not _rivals(sentence, term):
                changes += _replace(sentence, term, term.forbidden, None, terms)
    return changes


def _budget(sentence: _Sentence, term: Term) -> int | None:
    """Return how many forbidden forms may be replaced; None for all, where nothing else in the source accounts for them."""
    if not _rivals(sentence, term):
        return None
    shields = _shields(term, term.forms, [one.term for one in sentence.occurrences])
    return max(0, sentence.count(term) - _count(sentence.target, term.forms, shields))


def _rivals(sentence: _Sentence, term: Term) -> bool:
    """Tell whether another word of the source may have been translated by a form that the term forbids."""
    if any(not set(term.forbidden).isdisjoint(one.term.forms) for one in sentence.occurrences):
        return True
    return bool(term.rivals) and _beginning_with(term.rivals).search(sentence.source) is not None


@cache
def _beginning_with(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})", re.IGNORECASE)


def _replace(
    sentence: _Sentence, term: Term, forms: Sequence[str], budget: int | None, terms: Sequence[Term]
) -> list[Change]:
    """Replace these forms of the term by its preferred one, from the last to the first."""
    if not forms or budget == 0:
        return []
    places = _places(sentence, forms, _shields(term, forms, terms))
    if budget is not None:
        places = _likeliest(places, sentence, term)[:budget]
    changes = []
    for place in sorted(places, key=lambda place: place.start, reverse=True):
        sentence.target = put(sentence.target, place, term.preferred)
        changes.append(Change(term=term.source, before=place.form, after=term.preferred))
    return changes[::-1]


def _likeliest(places: Sequence[Place], sentence: _Sentence, term: Term) -> list[Place]:
    """Return the places in the order of how near they are to where the source says the term, by their part of the length."""
    first = sentence.occurrences[0].start if sentence.occurrences else 0
    offset = first - max(0, sentence.source.find(sentence.occurrences[0].text)) if sentence.occurrences else 0
    said = [(one.start - offset) / max(1, len(sentence.source)) for one in sentence.occurrences if one.term == term]
    length = max(1, len(sentence.target))
    return sorted(places, key=lambda place: min((abs(place.start / length - at) for at in said), default=0.0))


def _shields(term: Term, forms: Sequence[str], terms: Sequence[Term]) -> tuple[str, ...]:
    """Return the phrases inside which these forms of the term stay."""
    accepted = (form for other in terms for form in other.forms)
    return (*term.kept, *(phrase for phrase in accepted if any(form in phrase and form != phrase for form in forms)))


def _places(sentence: _Sentence, forms: Sequence[str], shields: Sequence[str]) -> list[Place]:
    if not any(form in sentence.target for form in forms):
        return []
    closed = [(span.start, span.end) for span in find_spans(sentence.target)]
    closed += [(place.start, place.end) for place in find_forms(sentence.target, shields)]
    return [place for place in find_forms(sentence.target, forms) if is_free(place, closed)]


def _count(text: str, forms: Sequence[str], shields: Sequence[str]) -> int:
    """Return how often the text says one of the forms, outside longer phrases; a form may itself be a name."""
    closed = [(place.start, place.end) for place in find_forms(text, shields)]
    return sum(is_free(place, closed) for place in find_forms(text, forms))


def _judge(sentences: Sequence[_Sentence], terms: Sequence[Term]) -> tuple[list[str], list[str]]:
    """Return the forbidden forms that are left, and the terms no accepted form stands for."""
    forbidden: list[str] = []
    missing: list[str] = []
    for sentence in sentences:
        for term, count in Counter(one.term for one in sentence.occurrences).items():
            accepted = _count(sentence.target, term.forms, ())
            wrong = [place.form for place in _places(sentence, term.forbidden, _shields(term, term.forbidden, terms))]
            is_explained_away = _rivals(sentence, term) and accepted >= count
            forbidden += [] if is_explained_away else wrong
            if not accepted and not _keeps_name(sentence, term):
                missing.append(term.source)
    return forbidden, missing


def _keeps_name(sentence: _Sentence, term: Term) -> bool:
    """Tell whether the term is part of a name that the translation rightly says in the source's letters."""
    said = [one.text for one in sentence.occurrences if one.term == term]
    return any(text in sentence.target for text in said if not text.islower())


def _explain(text: str, terms: Sequence[Term], language: Language) -> str:
    """Put each term that few know in translation behind its first mention, unless the text names it already."""
    opening, closing = (" (", ")") if language.is_spaced else ("（", "）")
    for term in terms:
        if not term.is_explained or term.source.casefold() in text.casefold():
            continue
        closed = [(span.start, span.end) for span in find_spans(text)]
        shields = [form for other in terms if other != term for form in other.forms if term.preferred in form]
        closed += [(place.start, place.end) for place in find_forms(text, shields)]
        place = next((place for place in find_forms(text, term.forms) if is_free(place, closed)), None)
        if place is not None:
            text = f"{text[: place.end]}{opening}{term.source}{closing}{text[place.end :]}"
    return text
