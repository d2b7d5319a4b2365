"""Surfaces: how a term of the glossary looks in running English text, and where.

Terms are written in the singular and in one spelling; texts say them in the plural, with a hyphen or without, in British
spelling, at the beginning of a sentence. Both are read as words, so a text is looked through once, whatever the number
of terms.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

_WORD = re.compile(r"[^\W_]+")
_GAP = re.compile(r"[\s\-\u2010-\u2013]{1,3}")
_HYPHEN = re.compile(r"[-\u2010\u2011]")
_SPELLINGS = (
    (re.compile(r"is(?=(?:e|ed|er|ing|ation|able)$)"), "iz"),
    (re.compile(r"ys(?=(?:e|ed|er|ing)$)"), "yz"),
    (re.compile(r"(behavi|neighb|col|fav|lab|vap|hon)our"), r"\1or"),
    (re.compile(r"(mod|lab|lev|sign|chann|trav|canc|tunn)ell(?=ed|ing|er)"), r"\1el"),
    (re.compile(r"(cent|fib|met)re$"), r"\1er"),
)
_PLURALS = (  # what a word may be the plural of; each ending is tried
    ("ies", ("y",)), ("sses", ("ss",)), ("xes", ("x",)), ("ches", ("ch",)), ("shes", ("sh",)), ("zes", ("z",)),
    ("ices", ("ix", "ex")), ("ses", ("sis",)), ("ia", ("ion", "ium")),
)  # fmt: skip
_SINGULAR = ("ss", "us", "is")
_MOST_HYPHENS = 3
_LINKS = frozenset({"a", "an", "and", "as", "based", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"})


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, and what it may be a form of, in small letters and American spelling."""

    text: str
    start: int
    end: int
    bases: tuple[str, ...]


def read_words(text: str) -> list[Word]:
    """Return the words of the text in order; what a hyphen joins is several."""
    return [Word(found[0], *found.span(), bases(found[0])) for found in _WORD.finditer(text)]


@lru_cache(maxsize=20_000)
def bases(word: str) -> tuple[str, ...]:
    """Return the word and what it may be the plural of, folded as `fold_word` does."""
    folded = word.lower()
    found = [folded]
    for ending, others in _PLURALS:
        if folded.endswith(ending):
            found += [folded.removesuffix(ending) + other for other in others]
    if folded.endswith("s") and not folded.endswith(_SINGULAR):
        found.append(folded[:-1])
    return tuple(dict.fromkeys(map(fold_word, found)))


def fold_word(word: str) -> str:
    """Return the word in small letters and American spelling."""
    folded = word.lower()
    for pattern, other in _SPELLINGS:
        folded = pattern.sub(other, folded)
    return folded


def spell(term: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of a term as texts may write them: with each hyphen, and without (`multi-agent`, `multiagent`)."""
    parts = _HYPHEN.split(term)
    hyphens = len(parts) - 1
    choices = product((" ", ""), repeat=hyphens) if hyphens <= _MOST_HYPHENS else [(" ",) * hyphens]
    for choice in choices:
        joined = parts[0] + "".join(gap + part for gap, part in zip(choice, parts[1:], strict=True))
        yield tuple(_WORD.findall(joined))


def is_exact(word: str) -> bool:
    """Tell whether a word of a term stands for itself in just these letters: RAG is no rag."""
    return sum(map(str.isupper, word)) > 1 or (len(word) == 1 and word.isupper())


def is_said_by(word: str, said: str) -> bool:
    """Tell whether a word of a text, which has it as base, says this word of a term also by its letters' case."""
    return not is_exact(word) or said in (word, f"{word}s")


def is_gap(text: str) -> bool:
    """Tell whether what stands between two words leaves them in one term."""
    return _GAP.fullmatch(text) is not None


def is_hyphen(text: str) -> bool:
    """Tell whether what stands between two words is a hyphen, so that they may be one word (`roll-out`)."""
    return _HYPHEN.fullmatch(text) is not None


def is_link(text: str) -> bool:
    """Tell whether a text has no words but those that join the parts of a term (of, with)."""
    return all(word.lower() in _LINKS for word in _WORD.findall(text))


def is_loose(text: str, names: Iterable[str]) -> bool:
    """Tell whether a text says by chance what a term has a hyphen for: "in domains such as" is not in-domain."""
    first, gap, _ = text.partition(" ")
    return (
        bool(gap)
        and first.lower() in _LINKS
        and not any(name.lower().startswith(f"{first.lower()} ") for name in names)
    )
