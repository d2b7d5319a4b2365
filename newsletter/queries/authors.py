"""Authors: whether a name that was asked for is the name on a paper."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from newsletter.queries.query import Phrase
from newsletter.queries.words import normalise, read_words


class AuthorIndex:
    """Finds author phrases, by their number, among names.

    The last word asked for must be one of the name's words, and the others come before it in the same order, whole or, when
    they are single letters, as initials. So `hinton`, `geoffrey hinton` and `g hinton` all find Geoffrey E. Hinton.
    """

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self._by_word: defaultdict[str, list[tuple[int, list[str]]]] = defaultdict(list)
        self._by_beginning: defaultdict[str, list[tuple[int, list[str]]]] = defaultdict(list)
        for number, phrase in enumerate(phrases):
            if not phrase.is_chinese:
                *given, last = phrase.text.split()
                (self._by_beginning if phrase.is_prefix else self._by_word)[last].append((number, given))

    def find(self, names: Iterable[str]) -> dict[int, int]:
        """Return the phrases found, with the number of names that each found."""
        found: dict[int, int] = {}
        if not self._by_word and not self._by_beginning:
            return found
        for name in names:
            for number in self._found_in(read_words(normalise(name)).words):
                found[number] = found.get(number, 0) + 1
        return found

    def _found_in(self, words: Sequence[str]) -> set[int]:
        found = set()
        for place, word in enumerate(words):
            for number, given in self._ending_in(word):
                if _come_in_order(given, words[:place]):
                    found.add(number)
        return found

    def _ending_in(self, word: str) -> list[tuple[int, list[str]]]:
        started = [
            phrase
            for beginning, phrases in self._by_beginning.items()
            if word.startswith(beginning)
            for phrase in phrases
        ]
        return self._by_word.get(word, []) + started


def _come_in_order(given: Sequence[str], words: Sequence[str]) -> bool:
    remaining = iter(words)
    return all(any(word == name or (len(name) == 1 and word[0] == name) for word in remaining) for name in given)
