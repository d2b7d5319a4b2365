"""The automaton: all phrases of all queries, found in one pass over a text.

The phrases share a trie of words, one for bare phrases (singular forms) and one for quoted ones (words as they are). An edge
is a joint with the word behind it, so that spaces and hyphens can be told apart where they count. Chinese phrases share a
trie of characters.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress, count, product
from operator import add

from newsletter.queries.plurals import unfold_plural
from newsletter.queries.query import Phrase
from newsletter.queries.words import Reading, Remembered, fold, is_letter, may_join, read_words

Occurrence = tuple[int, int, int]
"""The number of a phrase, the first word (or character) of its place, and the one behind its last."""

_FORMS = Remembered(unfold_plural)
_MOST_JOINED = 8  # longer phrases, or with more hyphens, are found as they are spaced


@dataclass(slots=True)
class _Node:
    """A place in a trie; `ends` are the phrases that are complete here, `wilds` those complete after a word's beginning."""

    edges: dict[str, "_Node"] = field(default_factory=dict)
    ends: tuple[int, ...] = ()
    wilds: dict[str, tuple[int, ...]] = field(default_factory=dict)
    sizes: tuple[int, ...] = ()

    def child(self, symbol: str) -> "_Node":
        found = self.edges.get(symbol)
        if found is None:
            self.edges[symbol] = found = _Node()
        return found

    def completed_by(self, joint: str, word: str) -> frozenset[int]:
        """Return the phrases that a word, or its singular, completes because it begins with their last letters."""
        symbols = (joint + word, joint + fold(word))
        return frozenset(
            number for symbol in symbols for size in self.sizes for number in self.wilds.get(symbol[:size], ())
        )

    def add_wild(self, prefix: str, phrase: int) -> None:
        self.wilds[prefix] = (*self.wilds.get(prefix, ()), phrase)
        self.sizes = tuple(sorted({*self.sizes, len(prefix)}))


class PhraseAutomaton:
    """Finds phrases, by their number in the sequence given, in readings. Chinese phrases and fields are passed over."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self._loose = _Node()
        self._exact = _Node()
        self._vocabulary: set[str] = set()
        self._beginnings: set[str] = set()
        self._started_by = Remembered(lambda word: self._loose.completed_by("", word))
        for number, phrase in enumerate(phrases):
            if not phrase.is_chinese:
                self._add(phrase, number)
        self._forms = {form for word in self._vocabulary for form in _FORMS[word]}
        self._heads = {word[:size] for word in self._beginnings for size in range(1, len(word))}

    def find(self, reading: Reading) -> set[Occurrence]:
        """Return every place of every phrase, also those within others."""
        found: set[Occurrence] = set()
        if self._loose.edges or self._loose.wilds:
            self._find_loose(reading, found)
        if self._exact.edges:
            self._find_exact(reading, found)
        return found

    def _add(self, phrase: Phrase, number: int) -> None:
        reading = read_words(phrase.text)
        if phrase.is_exact:
            for path in exact_paths(reading):
                node = self._exact
                for symbol in path:
                    node = node.child(symbol)
                node.ends += (number,)
            return
        for steps in loose_paths(reading):
            self._add_loose(steps, number, is_prefix=phrase.is_prefix)

    def _add_loose(self, steps: list[tuple[str, str]], number: int, *, is_prefix: bool) -> None:
        node = self._loose
        *first, last = steps if is_prefix else [*steps, ("", "")]
        for joint, word in first:
            self._vocabulary.add(fold(word))
            node = node.child(joint + fold(word))
        if is_prefix:
            self._beginnings.add(last[1])
            node.add_wild("".join(last), number)
        else:
            node.ends += (number,)

    def _find_loose(self, reading: Reading, found: set[Occurrence]) -> None:
        compounds = self._compounds(reading)
        self._follow_loose(reading, compounds, found)
        if self._loose.wilds:
            started_by, words = self._started_by, reading.words
            for place in compress(count(), map(started_by.__getitem__, words)):
                found.update((number, place, place + 1) for number in started_by[words[place]])
            for place, joined in compounds.items():
                more = started_by[joined] - started_by[words[place]]
                found.update((number, place, place + 2) for number in more)

    def _follow_loose(self, reading: Reading, compounds: Mapping[int, str], found: set[Occurrence]) -> None:
        edges, folded, joints = self._loose.edges, reading.folded, reading.loose_joints
        ways = [(edges[folded[place]], place, place + 1) for place in _places_in(edges, folded)]
        ways += [
            (edges[word], place, place + 2) for place, joined in compounds.items() if (word := fold(joined)) in edges
        ]
        while ways:
            node, start, place = ways.pop()
            for number in node.ends:
                found.add((number, start, place))
            if place == len(folded):
                continue
            joint = joints[place - 1]
            if (following := node.edges.get(joint + folded[place])) is not None:
                ways.append((following, start, place + 1))
            if place in compounds and (following := node.edges.get(joint + fold(compounds[place]))) is not None:
                ways.append((following, start, place + 2))
            if node.wilds:
                completed = node.completed_by(joint, reading.words[place])
                found.update((number, start, place + 1) for number in completed)
                if place in compounds:
                    more = node.completed_by(joint, compounds[place]) - completed
                    found.update((number, start, place + 2) for number in more)

    def _compounds(self, reading: Reading) -> dict[int, str]:
        """Find the pairs of words that, read as one, are a word of some phrase: *pre-training* for `pretraining`."""
        words = reading.words
        pairs = list(map(add, words, words[1:]))
        places = list(_places_in(self._forms, pairs))
        if self._heads:
            places += [place for place in _places_in(self._heads, words[:-1]) if self._is_begun_by(pairs[place])]
        return {place: pairs[place] for place in places if _is_joined(reading, place)}

    def _is_begun_by(self, word: str) -> bool:
        return any(word[:size] in self._beginnings for size in range(1, len(word) + 1))

    def _find_exact(self, reading: Reading, found: set[Occurrence]) -> None:
        edges, words, joints = self._exact.edges, reading.words, reading.exact_joints
        ways = [(edges[words[place]], place, place + 1) for place in _places_in(edges, words)]
        while ways:
            node, start, place = ways.pop()
            for number in node.ends:
                found.add((number, start, place))
            if place == len(words):
                continue
            joint, word = joints[place - 1], words[place]
            if (following := node.edges.get(joint + word)) is not None:
                ways.append((following, start, place + 1))
            # a hyphen that was asked for is met by a space too
            if joint == " " and (following := node.edges.get("-" + word)) is not None:
                ways.append((following, start, place + 1))


def _places_in(wanted: Container[str], words: Sequence[str]) -> Iterator[int]:
    """Yield the places of the words that are wanted, at the speed of C: hardly any word of a text is."""
    return compress(count(), map(wanted.__contains__, words))


class SubstringAutomaton:
    """Finds Chinese phrases, by their number, in squeezed text; Latin letters at a phrase's edge must be whole words."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self._root = _Node()
        for number, phrase in enumerate(phrases):
            if phrase.is_chinese:
                node = self._root
                for character in phrase.text:
                    node = node.child(character)
                node.ends += (number,)

    def find(self, squeezed: str) -> set[Occurrence]:
        """Return every place of every phrase, as character positions."""
        found: set[Occurrence] = set()
        edges = self._root.edges
        if not edges:
            return found
        for start, character in enumerate(squeezed):
            if character in edges and not _cuts_word(squeezed, start):
                found.update(self._follow(squeezed, start))
        return found

    def _follow(self, squeezed: str, start: int) -> Iterator[Occurrence]:
        node = self._root
        for place in range(start, len(squeezed)):
            following = node.edges.get(squeezed[place])
            if following is None:
                return
            node = following
            if node.ends and not _cuts_word(squeezed, place + 1):
                yield from ((number, start, place + 1) for number in node.ends)


def _cuts_word(text: str, place: int) -> bool:
    """Tell whether the place is between two Latin letters or digits."""
    return 0 < place < len(text) and is_letter(text[place - 1]) and is_letter(text[place])


def _is_joined(reading: Reading, place: int) -> bool:
    """Tell whether the word and the next one may be read as one."""
    joint = reading.exact_joint(place)
    return joint == "-" or (joint == " " and may_join(reading.words[place], reading.words[place + 1]))


def loose_paths(reading: Reading) -> Iterator[list[tuple[str, str]]]:
    """Yield the phrase's words with their joints, also with adjacent words read as one: *time series*, *timeseries*."""
    words = list(zip(["", *reading.loose_joints], reading.words, strict=False))
    if len(words) > _MOST_JOINED:
        yield words
        return
    following: list[list[tuple[str, str]]] = []  # spellings of what comes behind the word that is looked at
    beyond: list[list[tuple[str, str]]] = []  # and behind the next one
    for place in reversed(range(len(words))):
        joint, word = words[place]
        spellings = [[(joint, word), *rest] for rest in following or [[]]]
        if place + 1 < len(words) and _is_joined(reading, place):
            joined = (joint, word + words[place + 1][1])
            spellings += [[joined, *rest] for rest in beyond or [[]]]
        following, beyond = spellings, following
    yield from following


def exact_paths(reading: Reading) -> Iterator[list[str]]:
    """Yield the phrase's words with their joints, and with each hyphen taken away: *vision-language*, *visionlanguage*."""
    joints = [reading.exact_joint(place) for place in range(len(reading.words) - 1)]
    is_flexible = joints.count("-") <= _MOST_JOINED
    choices = [("-", None) if joint == "-" and is_flexible else (joint,) for joint in joints]
    for chosen in product(*choices):
        path = [reading.words[0]]
        for joint, word in zip(chosen, reading.words[1:], strict=True):
            if joint is None:
                path[-1] += word
            else:
                path.append(joint + word)
        yield path
