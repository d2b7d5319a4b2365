"""Reading the files of a glossary, and refusing what cannot be meant."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from newsletter.errors import InputError
from newsletter.translation.term import Term

_LISTS = {
    "to": "forms", "also": "also", "not": "forbidden", "unify": "replaced", "keep": "kept", "rivals": "rivals",
    "categories": "categories", "near": "near", "unless": "unless",
}  # fmt: skip
_FLAGS = {"needs_both": "needs_both", "explain": "is_explained"}


def read_folder(folder: Path, source: str) -> tuple[Term, ...]:
    """Return the terms of all files of a glossary, in the order of the files' names; none when there is no folder.

    `source` is the key that names a term in the files, the code of its language. Raises InputError, which says what is
    wrong with which term of which file.
    """
    found: dict[Term, str] = {}
    for file in sorted(folder.glob("*.toml")):
        for term in read_file(file.read_text("utf-8"), source, name=file.name):
            check_term(term, name=file.name)
            _check_readings(term, found, name=file.name)
            found[term] = file.name
    return tuple(found)


def read_file(text: str, source: str, *, name: str) -> list[Term]:
    """Return the terms of one file with the name. Raises InputError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: this is no TOML ({error}).") from error
    if set(data) != {"terms"} or not isinstance(data["terms"], list):
        raise InputError(f"{name}: a glossary is one list, `terms = [ … ]`.")
    return [_read_term(item, source, name=name) for item in data["terms"]]


def check_term(term: Term, *, name: str) -> None:
    """Raise InputError when a term contradicts itself; `name` says where it comes from."""
    texts = (*term.names, *term.forms, *term.forbidden, *term.replaced, *term.kept, *term.rivals, *term.near)
    if not term.forms:
        raise _wrong(name, term.source, "it has no accepted form")
    if any(not text or text != text.strip() for text in texts):
        raise _wrong(name, term.source, "one of its words is empty, or has a space before or behind it")
    if both := set(term.forms) & set(term.forbidden):
        raise _wrong(name, term.source, f"{_listed(both)} cannot be both accepted and forbidden")
    if extra := set(term.replaced) - set(term.forms[1:]):
        raise _wrong(name, term.source, f"{_listed(extra)} can only give way to the first form as another accepted one")
    if odd := [kept for kept in term.kept if not any(form in kept for form in (*term.forbidden, *term.replaced))]:
        raise _wrong(name, term.source, f"{_listed(odd)} holds no forbidden form that it could keep")
    for group in (term.names, term.forms, term.forbidden):
        if len(set(group)) < len(group):
            raise _wrong(name, term.source, f"one of {_listed(group)} is there twice")
    if term.needs_both and not (term.categories and term.near):
        raise _wrong(name, term.source, "`needs_both` needs `categories` and `near`")


def _check_readings(term: Term, known: Iterable[Term], *, name: str) -> None:
    """Raise InputError for a second reading that can never be told from the first."""
    names = {text.casefold() for text in term.names}
    for other in known:
        if names.isdisjoint(text.casefold() for text in other.names):
            continue
        if other.is_free or _context(term) == _context(other):
            raise _wrong(name, term.source, "it is there already; a second reading has a context, and stands first")


def _context(term: Term) -> tuple[tuple[str, ...], ...]:
    return term.categories, term.near, term.unless


def _read_term(item: object, source: str, *, name: str) -> Term:
    if not isinstance(item, dict) or not isinstance(item.get(source), str):
        raise InputError(f"{name}: each term is a table with the key `{source}`; {item!r} is none.")
    term = item[source]
    if unknown := set(item) - {source, *_LISTS, *_FLAGS}:
        raise _wrong(name, term, f"nobody knows the key {_listed(unknown)}")
    fields: dict[str, Any] = {field: _texts(item, key, term, name=name) for key, field in _LISTS.items()}
    fields |= {field: _flag(item, key, term, name=name) for key, field in _FLAGS.items()}
    return Term(source=term, **fields)


def _texts(item: Mapping[str, Any], key: str, term: str, *, name: str) -> tuple[str, ...]:
    found = item.get(key, [])
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise _wrong(name, term, f"`{key}` is a list of texts")
    return tuple(found)


def _flag(item: Mapping[str, Any], key: str, term: str, *, name: str) -> bool:
    found = item.get(key, False)
    if not isinstance(found, bool):
        raise _wrong(name, term, f"`{key}` is true or false")
    return found


def _wrong(name: str, term: str, reason: str) -> InputError:
    return InputError(f"{name}: the term {term!r} cannot be used: {reason}.")


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(sorted(texts))
