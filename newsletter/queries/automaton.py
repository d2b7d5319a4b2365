"""The automaton: all phrases of all queries, found in one pass over a text.

The phrases share a trie of words, one for bare phrases (singular forms) and one for quoted ones (words as they are). An edge
is a joint with the word behind it, so that spaces and hyphens can be told apart where they count. Chinese phrases share a
trie of characters.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from newsletter.queries.query import Phrase
from newsletter.queries.words import FUNCTION_WORDS, Reading, Remembered, fold, is_letter, may_join, read_words

Occurrence = tuple[int, int, int]
"""The number of a phrase, the first word (or character) of its place, and the one behind its last."""

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

    def completed_by(self, joint: str, word: str) -> Iterator[int]:
        """Yield the phrases that a word, or its singular, completes because it begins with their last letters."""
        for symbol in {joint + word, joint + fold(word)}:
            for size in self.sizes:
                yield from self.wilds.get(symbol[:size], ())

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
        self._is_known = Remembered(self._is_asked_for)
        self._started_by = Remembered(lambda word: tuple(self._loose.completed_by("", word)))
        for number, phrase in enumerate(phrases):
            if not phrase.is_chinese:
                self._add(phrase, number)
        self._beginning_sizes = sorted({len(word) for word in self._beginnings})
        self._heads = {word[:size] for word in self._vocabulary | self._beginnings for size in range(1, len(word))}
        self._spaced_heads = self._heads - FUNCTION_WORDS

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
        edges = self._loose.edges
        starts = [(place, place + 1, word) for place, word in enumerate(reading.folded) if word in edges]
        compounds = self._compounds(reading)
        starts += [(place, place + 2, fold(joined)) for place, joined in compounds.items() if fold(joined) in edges]
        for place, behind, word in starts:
            self._follow_loose(edges[word], place, behind, reading, compounds, found)
        if self._loose.wilds:
            forms = [(place, place + 1, word) for place, word in enumerate(reading.words)]
            forms += [(place, place + 2, joined) for place, joined in compounds.items()]
            found.update((phrase, place, behind) for place, behind, word in forms for phrase in self._started_by[word])

    def _follow_loose(
        self,
        node: _Node,
        start: int,
        place: int,
        reading: Reading,
        compounds: dict[int, str],
        found: set[Occurrence],
    ) -> None:
        folded = reading.folded
        while True:
            for number in node.ends:
                found.add((number, start, place))
            if place >= len(folded):
                return
            joint, word = reading.loose_joint(place - 1), folded[place]
            if node.wilds:
                found.update((phrase, start, place + 1) for phrase in node.completed_by(joint, reading.words[place]))
            if place in compounds:
                joined = compounds[place]
                further = node.edges.get(joint + fold(joined))
                if further is not None:
                    self._follow_loose(further, start, place + 2, reading, compounds, found)
                found.update((phrase, start, place + 2) for phrase in node.completed_by(joint, joined))
            following = node.edges.get(joint + word)
            if following is None:
                return
            node = following
            place += 1

    def _compounds(self, reading: Reading) -> dict[int, str]:
        """Find the pairs of words that, read as one, are a word of some phrase: *pre-training* for `pretraining`."""
        words, between, is_known = reading.words, reading.between, self._is_known
        pairs = [
            (place, word + words[place + 1])
            for place, word in enumerate(words[:-1])
            if word in self._spaced_heads or (word in self._heads and between[place].startswith("-"))
        ]
        return {place: joined for place, joined in pairs if is_known[joined] and _is_joined(reading, place)}

    def _is_asked_for(self, word: str) -> bool:
        return fold(word) in self._vocabulary or any(word[:size] in self._beginnings for size in self._beginning_sizes)

    def _find_exact(self, reading: Reading, found: set[Occurrence]) -> None:
        edges = self._exact.edges
        for start, word in enumerate(reading.words):
            node = edges.get(word)
            if node is not None:
                self._follow_exact(node, start, start + 1, reading, found)

    def _follow_exact(self, node: _Node, start: int, place: int, reading: Reading, found: set[Occurrence]) -> None:
        for number in node.ends:
            found.add((number, start, place))
        if not node.edges or place >= len(reading.words):
            return
        joint, word = reading.exact_joint(place - 1), reading.words[place]
        for wanted in (" ", "-") if joint == " " else (joint,):  # a hyphen that was asked for is met by a space too
            following = node.edges.get(wanted + word)
            if following is not None:
                self._follow_exact(following, start, place + 1, reading, found)


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
    words = list(zip(["", *map(reading.loose_joint, range(len(reading.words) - 1))], reading.words, strict=True))
    if len(words) > _MOST_JOINED:
        yield words
        return
    yield from _spellings(reading, words, 0)


def _spellings(reading: Reading, words: list[tuple[str, str]], place: int) -> Iterator[list[tuple[str, str]]]:
    if place == len(words):
        yield []
        return
    for rest in _spellings(reading, words, place + 1):
        yield [words[place], *rest]
    if place + 1 < len(words) and _is_joined(reading, place):
        joint, word = words[place]
        for rest in _spellings(reading, words, place + 2):
            yield [(joint, word + words[place + 1][1]), *rest]


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
