"""Phrases that say the same in another language: a keyword in one finds papers that say it in the other."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from newsletter.queries.query import (
    And,
    Category,
    Field,
    Not,
    Or,
    Phrase,
    Query,
    conjunction,
    disjunction,
    list_terms,
    negation,
)

SaySo = Callable[[str], Sequence[str]]
"""Returns the phrases, normalised, that a phrase in the other language stands for; none when it is not known."""
_WRITTEN = (Field.AUTHOR, Field.COMMENT)
"""Fields that nobody translates."""


def with_synonyms(query: Query, say_so: SaySo) -> Query:
    """Return the query with each phrase of the other language beside what it stands for."""
    match query:
        case Phrase():
            return disjunction([query, *_synonyms(query, say_so)])
        case Category():
            return query
        case Not():
            return negation(with_synonyms(query.operand, say_so))
        case And():
            return conjunction(with_synonyms(operand, say_so) for operand in query.operands)
        case Or():
            return disjunction(with_synonyms(operand, say_so) for operand in query.operands)


def only_in_translation(query: Query, say_so: SaySo) -> bool:
    """Tell whether the query has a phrase, for title or abstract, that nothing but a translation can hold."""
    return any(
        isinstance(term, Phrase) and _is_translated(term) and not _synonyms(term, say_so) for term in list_terms(query)
    )


def _is_translated(phrase: Phrase) -> bool:
    return phrase.is_chinese and phrase.field not in _WRITTEN


def _synonyms(phrase: Phrase, say_so: SaySo) -> list[Phrase]:
    if not _is_translated(phrase) or phrase.is_prefix:
        return []
    return [replace(phrase, text=text, is_exact=False) for text in say_so(phrase.text)]
