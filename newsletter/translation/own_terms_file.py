"""The terms that operators added, as a file in the format of the shipped glossary."""

import json
from collections.abc import Iterable, Sequence

from newsletter.errors import InputError, TermError
from newsletter.translation.glossary_file import read_file
from newsletter.translation.own_terms import OwnTerm, check_term
from newsletter.translation.term import Term

_HEAD = (
    "# Terms added to the glossary: `to` is how they shall be said, the preferred form first; `not` how they must not."
)


def write_terms(terms: Iterable[OwnTerm], source: str) -> str:
    """Return the terms as TOML; `source` is the key that names a term, the code of its language."""
    lines = [f"  {{ {', '.join(_entries(term, source))} }}," for term in terms]
    return "\n".join([_HEAD, "terms = [", *lines, "]", ""])


def read_terms(text: str, source: str, *, name: str) -> Sequence[Term]:
    """Return the terms of such a file, each good to be stored; `name` is the file's.

    Raises InputError, also for a key of the shipped glossary that a term of one's own has no use for, such as `near`.
    """
    found = read_file(text, source, name=name)
    for term in found:
        if term != Term(source=term.source, forms=term.forms, forbidden=term.forbidden):
            raise InputError(f"{name}: the term {term.source!r} has more than `{source}`, `to` and `not`.")
        try:
            check_term(term.source, term.forms, term.forbidden)
        except TermError as error:
            raise InputError(f"{name}: the term {term.source!r} cannot be used: {error}") from error
    return found


def _entries(term: OwnTerm, source: str) -> Iterable[str]:
    yield f"{source} = {_text(term.term)}"
    yield f"to = {_texts(term.forms)}"
    if term.forbidden:
        yield f"not = {_texts(term.forbidden)}"


def _texts(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _text(text: str) -> str:
    """Return a text as a basic string of TOML; printable text is the same in JSON."""
    return json.dumps(text, ensure_ascii=False)
