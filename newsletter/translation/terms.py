"""Mending terms: putting a finished translation into the words of the glossary, sentence by sentence.

For engines that take no glossary, and for those that do not keep to it. Nothing changes inside a name or formula, inside
an accepted form of another term, or where another word of the source accounts for what is written. Mending what is mended
changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from newsletter.translation.glossary import Glossary
from newsletter.translation.language import Language
from newsletter.translation.replace import Place, find_forms, put
from newsletter.translation.term import Term
from newsletter.translation.term_check import judge_sentences
from newsletter.translation.term_sentences import (
    Sentence,
    Task,
    count_forms,
    find_places,
    has_rival,
    pair_sentences,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A form that gave way to another one, and the term it is a form of."""

    term: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """A translation in the words of the glossary, and what could not be mended, as in `TermCheck`."""

    text: str
    changes: tuple[Change, ...] = ()
    forbidden: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def mend_terms(
    source: str,
    target: str,
    glossary: Glossary,
    categories: Iterable[str],
    source_language: Language,
    target_language: Language,
    *,
    explains: bool = False,
    context: str | None = None,
) -> Mended:
    """Return the translation with each forbidden form replaced by the preferred one of the term it was meant for.

    `categories` are those of the paper; `context` is the whole text where `source` is a part of it. With `explains`, the
    first mention of a term that few know in translation is followed by the term itself in brackets: for whole abstracts,
    never for titles.
    """
    task = Task(
        source=source, target=target, glossary=glossary, categories=tuple(categories),
        source_language=source_language, target_language=target_language, context=context,
    )  # fmt: skip
    known = task.find()
    if not known:
        return Mended(text=target)
    sentences = pair_sentences(task, known)
    terms = list(dict.fromkeys(term for sentence in sentences for term in sentence.all_terms()))
    changes = [change for sentence in sentences for change in _mend(sentence, terms)]
    check = judge_sentences(sentences, task)
    if explains:
        _explain(sentences, terms, target_language)
    text = "".join(sentence.target for sentence in sentences)
    return Mended(text=text, changes=tuple(changes), forbidden=check.forbidden, missing=check.missing)


def _mend(sentence: Sentence, terms: Sequence[Term]) -> list[Change]:
    """Replace what the sentence's own terms forbid, what they would rather not have, then what others of the text forbid.

    A translation may name what its source calls "they", so the last are replaced where no word accounts for them.
    """
    own, changes = sentence.all_terms(), []
    for term in own:
        changes += _replace(sentence, term, term.forbidden, _budget(sentence, term), terms)
        changes += _replace(
            sentence, term, term.replaced, 0 if has_rival(sentence, term, term.replaced) else None, terms
        )
    for term in terms:
        if term not in own and not has_rival(sentence, term, term.forbidden):
            changes += _replace(sentence, term, term.forbidden, None, terms)
    return changes


def _budget(sentence: Sentence, term: Term) -> int | None:
    """Return how many forbidden forms may be replaced; None for all, where nothing else in the source accounts for them."""
    if not has_rival(sentence, term, term.forbidden):
        return None
    return max(0, len(sentence.all_of(term)) - count_forms(sentence.target, term.forms))


def _replace(
    sentence: Sentence, term: Term, forms: Sequence[str], budget: int | None, terms: Sequence[Term]
) -> list[Change]:
    """Replace these forms of the term by its preferred one, from the last to the first."""
    if not forms or budget == 0:
        return []
    places = find_places(sentence.target, term, forms, terms)
    if budget is not None:
        places = _likeliest(places, sentence, term)[:budget]
    changes = []
    for place in sorted(places, key=lambda place: place.start, reverse=True):
        sentence.target = put(sentence.target, place, term.preferred)
        changes.append(Change(term=term.source, before=place.form, after=term.preferred))
    return changes[::-1]


def _likeliest(places: Sequence[Place], sentence: Sentence, term: Term) -> list[Place]:
    """Return the places in the order of how near each is to where the source says the term, both as parts of the length."""
    said = [(one.start - sentence.start) / max(1, len(sentence.source)) for one in sentence.all_of(term)]
    length = max(1, len(sentence.target))
    return sorted(places, key=lambda place: min((abs(place.start / length - at) for at in said), default=0.0))


def _explain(sentences: Sequence[Sentence], terms: Sequence[Term], language: Language) -> None:
    """Put each term that few know in translation behind its first mention, unless the text names it already."""
    opening, closing = (" (", ")") if language.is_spaced else ("（", "）")
    for term in terms:
        if not term.is_explained or any(find_forms(sentence.target, term.names) for sentence in sentences):
            continue
        for sentence in sentences:
            if (place := _first_mention(sentence, term, terms)) is not None:
                text = sentence.target
                sentence.target = f"{text[: place.end]}{opening}{term.source}{closing}{text[place.end :]}"
                break


def _first_mention(sentence: Sentence, term: Term, terms: Sequence[Term]) -> Place | None:
    """Return where the sentence says the term by a form that no other of its terms may stand behind."""
    own = sentence.all_terms()
    if term not in own:
        return None
    taken = {form for other in own if other != term for form in other.forms}
    forms = [form for form in term.forms if form not in taken]
    return next(iter(find_places(sentence.target, term, forms, [other for other in terms if other != term])), None)
