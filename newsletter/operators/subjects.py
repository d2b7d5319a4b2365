"""Whom an entry of the audit log is about: by number, since an entry stays for ever and an address may have to be forgotten."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_READER = re.compile(r"reader ([0-9]{1,18})\Z", re.ASCII)
_BETWEEN = ", "
MOST_NAMED = 20
"""So many readers are named in one entry."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A part of what an entry is about: a reader by their number, or some words."""

    text: str
    reader_id: int | None = None


def name_reader(reader_id: int) -> str:
    """Return a reader as the log names them."""
    return f"reader {reader_id}"


def join_subjects(names: Iterable[str]) -> str:
    """Return several objects of one action as the log names them, the first ones; the inverse of `split_subjects`."""
    return _BETWEEN.join(list(names)[:MOST_NAMED])


def split_subjects(what: str) -> list[Subject]:
    """Return what an entry is about, part by part."""
    found = []
    for part in what.split(_BETWEEN):
        reader = _READER.match(part)
        found.append(Subject(part, int(reader[1]) if reader else None))
    return found
