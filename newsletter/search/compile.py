"""From a query to what the index is asked. Which guesses any paper has is asked first (`list_guesses`)."""

from collections.abc import Sequence
from typing import assert_never

from newsletter.queries.query import And, Category, Field, Not, Or, Phrase, Query, list_wanted_terms
from newsletter.search.bounds import Bounds, Known, at_most, either, exactly
from newsletter.search.expressions import Expression, Lexeme, all_of, any_of, none_of
from newsletter.search.lexemes import (
    ABSTRACT,
    AUTHORS,
    COMMENT,
    LONGEST_CHINESE_RUN,
    LONGEST_PLAIN_RUN,
    TITLE,
    UNREAD,
    category_lexeme,
    chinese_lexeme,
    name_lexeme,
    split_chinese,
)
from newsletter.search.phrases import exact_phrase, loose_phrase

FIELDS = {
    Field.TEXT: (TITLE, ABSTRACT),
    Field.TITLE: (TITLE,),
    Field.ABSTRACT: (ABSTRACT,),
    Field.COMMENT: (COMMENT,),
    Field.AUTHOR: (AUTHORS,),
    Field.EVERYWHERE: (TITLE, ABSTRACT, COMMENT, AUTHORS),
}


def list_guesses(query: Query) -> list[Lexeme]:
    """Return the lexemes that `compile_query` wants to know about."""
    guesses: dict[Lexeme, None] = {Lexeme(UNREAD): None}

    def note(lexeme: Lexeme) -> bool:
        guesses[lexeme] = None
        return False

    _compile(query, Known(note, lambda _: ()))
    return list(guesses)


def compile_query(query: Query, known: Known) -> Bounds:
    """Return a query's bounds."""
    found = _compile(query, known)
    if not known.has(Lexeme(UNREAD)):
        return found
    unread = Lexeme(UNREAD)
    return Bounds(all_of([found.lower, none_of(unread)]), any_of([found.upper, unread]))


def compile_title(query: Query, known: Known) -> Expression:
    """Return papers with one of the query's wanted phrases, or nearly, in the title; nothing for a query without any."""
    phrases = [term for term in list_wanted_terms(query) if isinstance(term, Phrase)]
    in_title = [
        Phrase(text=term.text, field=Field.TITLE, is_exact=term.is_exact, is_prefix=term.is_prefix)
        for term in phrases
        if TITLE in FIELDS[term.field]
    ]
    return any_of(_phrase(term, known).lower for term in in_title)


def _compile(query: Query, known: Known) -> Bounds:
    match query:
        case Phrase():
            return _phrase(query, known)
        case Category():
            return exactly(Lexeme(category_lexeme(query.name)))
        case Not():
            inner = _compile(query.operand, known)
            return Bounds(none_of(inner.upper), none_of(inner.lower))
        case And():
            parts = [_compile(operand, known) for operand in query.operands]
            return Bounds(all_of(part.lower for part in parts), all_of(part.upper for part in parts))
        case Or():
            return either([_compile(operand, known) for operand in query.operands])
        case _:
            assert_never(query)


def _phrase(phrase: Phrase, known: Known) -> Bounds:
    fields = FIELDS[phrase.field]
    if phrase.is_chinese:
        return either(_chinese(field, phrase.text) for field in fields)
    if phrase.field is Field.AUTHOR:
        return _name(phrase)
    if phrase.is_exact:
        return either(exact_phrase(field, phrase.text, known) for field in fields)
    return either(loose_phrase(field, phrase, known) for field in fields)


def _chinese(field: str, text: str) -> Bounds:
    units = split_chinese(text)
    if len(units) <= LONGEST_CHINESE_RUN:
        return exactly(_chinese_run(field, units))
    runs = [units[place : place + LONGEST_CHINESE_RUN] for place in range(len(units) - LONGEST_CHINESE_RUN + 1)]
    return at_most(all_of(_chinese_run(field, run) for run in runs))


def _chinese_run(field: str, units: Sequence[str]) -> Expression:
    """Return the lexeme of units side by side; with those of all shorter runs in it where it shares a drawer."""
    if len(units) <= LONGEST_PLAIN_RUN:
        return Lexeme(chinese_lexeme(field, units), is_prefix=len(units) == 1)
    sizes = range(len(units), LONGEST_PLAIN_RUN - 1, -1)
    return all_of(
        Lexeme(chinese_lexeme(field, units[place : place + size]))
        for size in sizes
        for place in range(len(units) - size + 1)
    )


def _name(phrase: Phrase) -> Bounds:
    """A name's words stand in one name, in order; of three or more each is known to come before the last somewhere."""
    *given, last = phrase.text.split()
    pairs = [Lexeme(name_lexeme(word, last), phrase.is_prefix) for word in given]
    if len(pairs) > 1:
        return at_most(all_of(pairs))
    return exactly(pairs[0] if pairs else Lexeme(name_lexeme(last), phrase.is_prefix))
