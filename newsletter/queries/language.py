"""The query language: arXiv's prefixes, AND OR NOT ANDNOT, brackets, quotes, a minus and a trailing `*`.

A run of bare words is one phrase. A prefix, NOT or a minus covers the whole phrase up to the next operator, quotation mark
or bracket, except `cat:`, which takes one word. NOT binds closer than AND and ANDNOT, these closer than OR; operands side by
side are joined by AND. docs/queries.md shows it by examples, `grammar` has the rules.
"""

from typing import assert_never

from newsletter.errors import QuerySyntaxError
from newsletter.queries.grammar import read_query
from newsletter.queries.query import And, Category, Not, Or, Phrase, Query, conjunction, only_excludes
from newsletter.queries.scanner import Kind, UnreadableError, clean, scan
from newsletter.queries.words import is_plain_chinese
from newsletter.words import Words

__all__ = ["LONGEST_QUERY", "Query", "format_query", "parse_query"]

LONGEST_QUERY = 500
_MOST_REPAIRS = 40  # readings tried for one suggestion; each repair may uncover the next mistake


def parse_query(text: str) -> Query:
    """Read what a reader typed.

    Raises QuerySyntaxError, which has the place in `text` and, where there is one, a mended query that can be read.
    """
    cleaned, offsets = clean(text)
    try:
        return _read(cleaned)
    except UnreadableError as error:
        raise QuerySyntaxError(
            error.words,
            text=text,
            position=offsets[min(error.position, len(cleaned))],
            suggestion=_mend(error),
        ) from error


def format_query(query: Query) -> str:
    """Write a query in canonical form, which `parse_query` reads as the same query."""
    match query:
        case Phrase():
            return _format_phrase(query)
        case Category():
            return f"cat:{query.name}"
        case Not():
            return f"NOT {_bracketed(query.operand)}"
        case And():
            first, *others = query.operands
            return _bracketed(first) + "".join(_format_further(operand) for operand in others)
        case Or():
            return " OR ".join(map(_bracketed, query.operands))
        case _:
            assert_never(query)


def _format_further(operand: Query) -> str:
    return f" ANDNOT {_bracketed(operand.operand)}" if isinstance(operand, Not) else f" AND {_bracketed(operand)}"


def _bracketed(query: Query) -> str:
    return f"({format_query(query)})" if isinstance(query, And | Or) else format_query(query)


def _format_phrase(phrase: Phrase) -> str:
    needs_quotes = phrase.is_exact or (phrase.is_chinese and not is_plain_chinese(phrase.text))
    text = f'"{phrase.text}"' if needs_quotes else phrase.text
    return f"{phrase.field}:{text}{'*' * phrase.is_prefix}" if phrase.field else text + "*" * phrase.is_prefix


def _read(cleaned: str) -> Query:
    if len(cleaned) > LONGEST_QUERY:
        cut = cleaned[: cleaned.rfind(" ", 0, LONGEST_QUERY) + 1 or LONGEST_QUERY]
        raise UnreadableError(
            Words(
                f"This is longer than {LONGEST_QUERY} characters; make several keywords of it.",
                f"超过 {LONGEST_QUERY} 个字符，请拆成几个关键词。",
            ),
            position=LONGEST_QUERY,
            repairs=(cut,),
        )
    found = read_query(cleaned)
    if only_excludes(found):
        raise _only_exclusions(found, cleaned)
    return found


def _only_exclusions(query: Query, cleaned: str) -> UnreadableError:
    position = next(token.start for token in scan(cleaned) if token.kind in (Kind.NOT, Kind.ANDNOT))
    within = conjunction([Category(name="cs"), query])
    narrowed = conjunction(query.operands) if isinstance(query, Or) else within
    return UnreadableError(
        Words(
            "This only excludes papers, so nearly every paper would match; say also what you want to read.",
            "这里只写了要排除的内容，几乎所有论文都会符合；请同时写出想读什么。",
        ),
        position=position,
        repairs=tuple(format_query(repair) for repair in (narrowed, within) if not only_excludes(repair)),
    )


def _mend(error: UnreadableError) -> str | None:
    """Try the repairs, and the repairs of what is still wrong then, until one can be read."""
    waiting = list(error.repairs)
    for _ in range(_MOST_REPAIRS):
        if not waiting:
            return None
        candidate = " ".join(waiting.pop(0).split())
        try:
            _read(clean(candidate)[0])
        except UnreadableError as further:
            waiting = [*further.repairs, *waiting]
        else:
            return candidate
    return None
