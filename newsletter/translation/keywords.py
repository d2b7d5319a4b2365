"""Keywords as they are meant: one in the language of translations finds the papers that say it in the original, too."""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from newsletter.errors import QuerySyntaxError
from newsletter.queries.language import parse_query
from newsletter.queries.query import Phrase, Query
from newsletter.queries.synonyms import only_in_translation, with_synonyms
from newsletter.queries.words import has_han, squeeze
from newsletter.translation.glossary import load_glossary
from newsletter.translation.language import list_codes

REMEMBERED = 32_768
"""So many queries are read once in a process's life: the distinct ones of a large installation, morning after morning."""


@lru_cache(REMEMBERED)
def read_keyword(text: str) -> Query:
    """Return what a query asks for, with the glossary's words for its phrases; raises QuerySyntaxError."""
    found = parse_query(text)
    return found if text.isascii() else with_synonyms(found, _sources_of)


@lru_cache(REMEMBERED)
def needs_translation(text: str) -> bool:
    """Tell whether only translated papers can match a query: it has a phrase that is in no glossary."""
    return not text.isascii() and only_in_translation(parse_query(text), _sources_of)


def warm_keywords() -> None:
    """Read the glossaries' phrases, which the first keyword in another script would wait half a second for."""
    _phrases()


def _sources_of(phrase: str) -> Sequence[str]:
    return _phrases().get(squeeze(phrase), ())


@cache
def _phrases() -> Mapping[str, Sequence[str]]:
    """Return, for every form of every glossary that is written in characters of its own, the terms it stands for."""
    found: dict[str, dict[str, None]] = {}
    for code in list_codes():
        for term in load_glossary(code).terms:
            names = [phrase for name in term.names if (phrase := _plain(name)) is not None]
            for form in term.forms:
                if has_han(form):
                    found.setdefault(squeeze(form), {}).update(dict.fromkeys(names))
    return {form: tuple(names) for form, names in found.items()}


def _plain(name: str) -> str | None:
    """Return a term as a query has it, None for one that is no single phrase."""
    try:
        query = parse_query(name)
    except QuerySyntaxError:
        return None
    return query.text if isinstance(query, Phrase) else None
