"""The glossary: how the terms of a field are said in another language, and when each of them is meant.

Data lie in `languages/<code>/glossary/*.toml`; operators and readers add terms of their own (`Glossary.with_terms`).
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

from newsletter.translation.glossary_file import read_folder
from newsletter.translation.language import folder_of
from newsletter.translation.protect import Kind, find_spans
from newsletter.translation.surface import Word, is_exact, is_gap, is_hyphen, is_loose, is_said_by, read_words, spell
from newsletter.translation.term import Term

_KEY_LENGTH = 16
_MOST_WORDS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """A term where a text says it, from `start` to before `end`."""

    term: Term
    start: int
    end: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Glossary:
    """Terms of one pair of languages; where one has several readings, the first whose context fits counts."""

    terms: tuple[Term, ...] = ()

    def with_terms(self, terms: Iterable[Term]) -> "Glossary":
        """Return the glossary with more terms, which replace those of the same name."""
        added = tuple(terms)
        names = {name.casefold() for term in added for name in term.names}
        kept = (term for term in self.terms if term.source.casefold() not in names)
        return Glossary(terms=(*added, *kept))

    def find(self, text: str, categories: Iterable[str] = (), *, context: str | None = None) -> Sequence[Occurrence]:
        """Return the terms in the text in order, the longest first where several begin, none inside another or a name.

        `categories` are those of the paper; `context` is the whole text when `text` is a part of it.
        """
        setting = _Setting(text if context is None else context, frozenset(categories))
        found = self._find(text, setting)
        return _without_names(text, found) if found else found

    def find_inside(
        self, occurrence: Occurrence, categories: Iterable[str] = (), *, context: str
    ) -> Sequence[Occurrence]:
        """Return the shorter terms inside a longer one, where they stand in the text it was found in."""
        found = self._find(occurrence.text, _Setting(context, frozenset(categories)), is_part=True)
        start = occurrence.start
        return [replace(one, start=start + one.start, end=start + one.end) for one in found]

    def key(self, text: str, categories: Iterable[str] = (), *, context: str | None = None) -> str:
        """Return what names the terms that apply to a text: it changes when one of them does, and is empty for none."""
        terms = {repr(occurrence.term) for occurrence in self.find(text, categories, context=context)}
        return hashlib.sha256("\n".join(sorted(terms)).encode()).hexdigest()[:_KEY_LENGTH] if terms else ""

    def pairs(self, text: str, categories: Iterable[str] = (), *, context: str | None = None) -> list[tuple[str, str]]:
        """Return each term in the text, as its dictionary form, with its preferred form."""
        found = {occurrence.term: None for occurrence in self.find(text, categories, context=context)}
        return [(term.source, term.preferred) for term in found]

    def all_pairs(self) -> list[tuple[str, str]]:
        """Return the terms that mean the same everywhere, in every spelling, with their preferred forms.

        Left out are abbreviations that the form spells out: 强化学习 for RL would make "reinforcement learning (RL)" say
        it twice.
        """
        return [
            (name, term.preferred)
            for term in self.terms
            if term.is_free
            for name in term.names
            if not any(is_exact(word) and word not in term.preferred for word in name.split())
        ]

    @cached_property
    def version(self) -> str:
        """What names the terms all together."""
        return hashlib.sha256(repr(self.terms).encode()).hexdigest()[:_KEY_LENGTH]

    @cached_property
    def _tree(self) -> "_Node":
        root = _Node({}, [])
        for term in self.terms:
            for words in dict.fromkeys(words for name in term.names for words in spell(name)):
                root.add(words, term)
        return root

    def _find(self, text: str, setting: "_Setting", *, is_part: bool = False) -> list[Occurrence]:
        words = read_words(text)
        most = len(words) - 1 if is_part else _MOST_WORDS
        found, place = [], 0
        while place < len(words):
            best = self._longest(text, words, place, setting, most)
            if best is None:
                place += 1
                continue
            term, after = best
            start, end = words[place].start, words[after - 1].end
            if not is_loose(text[start:end], term.names):
                found.append(Occurrence(term=term, start=start, end=end, text=text[start:end]))
            place = after
        return found

    def _longest(
        self, text: str, words: list[Word], place: int, setting: "_Setting", most: int
    ) -> tuple[Term, int] | None:
        """Return the longest term, of so many words at most, that begins at `place`, and the place after it."""
        best: tuple[Term, int] | None = None
        ways = [(node, after, said) for node, after, said in _steps(self._tree, text, words, place, ())]
        while ways:
            node, after, said = ways.pop()
            if (best is None or after > best[1]) and after <= place + most:
                term = next((term for name, term in node.ends if _fits(name, said) and setting.has(term)), None)
                best = best if term is None else (term, after)
            if after < min(len(words), place + most) and is_gap(text[words[after - 1].end : words[after].start]):
                ways += _steps(node, text, words, after, said)
        return best


@dataclass(frozen=True, slots=True)
class _Node:
    """A place in the tree of terms, word by word: where each next word leads, and the terms that end here."""

    ways: dict[str, "_Node"]
    ends: list[tuple[tuple[str, ...], Term]]

    def add(self, words: tuple[str, ...], term: Term) -> None:
        node = self
        for word in words:
            node = node.ways.setdefault(_base(word), _Node({}, []))
        node.ends.append((words, term))


class _Setting:
    """The text and the categories that tell which reading of a term is meant."""

    def __init__(self, text: str, categories: frozenset[str]) -> None:
        self._text = text
        self._categories = categories
        self._known: dict[Term, bool] = {}

    def has(self, term: Term) -> bool:
        if term.is_free:
            return True
        if term not in self._known:
            self._known[term] = self._decide(term)
        return self._known[term]

    def _decide(self, term: Term) -> bool:
        if term.unless and _any_of(term.unless).search(self._text):
            return False
        if not term.categories and not term.near:
            return True
        in_field = any(_is_in(category, term.categories) for category in self._categories)
        is_near = bool(term.near) and _any_of(term.near).search(self._text) is not None
        return (in_field and is_near) if term.needs_both else (in_field or is_near)


@cache
def load_glossary(code: str, source: str = "en") -> Glossary:
    """Return the glossary from the source language into the one with the code; empty when there is no file.

    Raises InputError for a language there are no data of, and for a file that cannot be read.
    """
    return Glossary(terms=read_folder(folder_of(code) / "glossary", source))


def _steps(
    node: _Node, text: str, words: list[Word], place: int, said: tuple[str, ...]
) -> list[tuple[_Node, int, tuple[str, ...]]]:
    """Return where the word at `place` leads in the tree, also together with the next behind a hyphen."""
    word = words[place]
    found = [(node.ways[base], place + 1, (*said, word.text)) for base in word.bases if base in node.ways]
    if place + 1 < len(words) and is_hyphen(text[word.end : words[place + 1].start]):
        after = words[place + 1]
        for base in after.bases:
            joined = word.bases[0] + base
            if joined in node.ways:
                found.append((node.ways[joined], place + 2, (*said, word.text + after.text)))
    return found


def _fits(name: tuple[str, ...], said: tuple[str, ...]) -> bool:
    return all(is_said_by(word, text) for word, text in zip(name, said, strict=True))


def _base(word: str) -> str:
    return read_words(word)[0].bases[0]


def _is_in(category: str, wanted: Iterable[str]) -> bool:
    return any(category == one or category.startswith(f"{one}.") for one in wanted)


@cache
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds one of these words, also in the plural, with a hyphen for a space, and the other way round."""
    spelled = (re.sub(r"[\s-]+", r"[\\s-]", re.escape(word).replace("\\ ", " ").replace("\\-", "-")) for word in words)
    return re.compile(rf"\b(?:{'|'.join(spelled)})(?:e?s)?\b", re.IGNORECASE)


def _without_names(text: str, found: list[Occurrence]) -> list[Occurrence]:
    """Drop what stands inside a longer name, formula or address."""
    spans = [span for span in find_spans(text) if span.kind is not Kind.NUMBER]
    return [
        one
        for one in found
        if not any(
            span.start <= one.start and one.end <= span.end and span.end - span.start > one.end - one.start
            for span in spans
        )
    ]
