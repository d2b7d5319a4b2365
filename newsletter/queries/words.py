"""Words: how text and keywords are read before they are compared.

Text is normalised character by character (compatibility forms, letter case, accents), so that every normalised character
knows the character it came from. A *word* is a run of letters and digits of an alphabet, with the endings of `C++`, `C#` and
`A*`; Chinese characters are not words (see `squeeze`). Between two words stands a *joint*: what separates them.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from newsletter.queries.plurals import fold_plural

Value = TypeVar("Value")

_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f"
_HAN_CHARACTER = re.compile(f"[{_HAN}]")
_SPACES = re.compile(r"\s+")
_LETTER = rf"[^\W_{_HAN}]"
_OTHER = rf"[\W_{_HAN}]"
_WORD_AND_JOINT = re.compile(
    rf"({_LETTER}+(?:\+\+|\#|(?<!{_LETTER}{_LETTER})\*(?!{_LETTER}))?)((?:'s(?!{_LETTER}))?{_OTHER}*)"
)
_PLAIN_WORD = re.compile("([a-zA-Z0-9]+)")
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_APOSTROPHES = "'\u2018\u2019\u02bc\uff07"
_LETTERS_WITHOUT_PARTS = {"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ð": "d", "þ": "th"}
_OPEN_PUNCTUATION = re.compile(r"[\s()\[\]{}_/]+")
_SHORT_WORDS = """
    a an and are as at be but by can do for from has have he her his i if in into is it its me my no nor not of off on or our
    out over she so than that the their them then they this to under up us was we were when which with you
"""
FUNCTION_WORDS = frozenset(_SHORT_WORDS.split())
"""Words that are never half of another word when a space stands between them."""

UNSEEN = ("Cf", "Cn")
"""Unicode's categories of format characters and of codes that are no characters (yet)."""

_SHORTEST_COMPOUND = 5


class _Characters(dict[int, str]):
    """Each character's normalised form, found when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _normalised_character(chr(code))
        return found


class Remembered(dict[str, Value]):
    """A pure function of strings with its known answers, at the speed of a dictionary; emptied when it grows too large."""

    def __init__(self, answer: Callable[[str], Value], *, most: int = 200_000) -> None:
        super().__init__()
        self._answer = answer
        self._most = most

    def __missing__(self, text: str) -> Value:
        if len(self) >= self._most:
            self.clear()
        self[text] = found = self._answer(text)
        return found


def _normalised_character(character: str) -> str:
    if character in _DASHES:
        return "-"
    if character in _APOSTROPHES:
        return "'"
    if character == "™" or unicodedata.category(character) in UNSEEN:
        return ""  # a trade mark or an invisible hyphen is no part of the word it stands in
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    plain = "".join(_LETTERS_WITHOUT_PARTS.get(part, part) for part in parts if not "\u0300" <= part <= "\u036f")
    return plain if plain == character else "".join(map(_normalised_character, plain))


_CHARACTERS = _Characters()


def normalise(text: str) -> str:
    """Fold compatibility forms, letter case, accents, dashes and apostrophes."""
    return text.lower() if text.isascii() else text.translate(_CHARACTERS)


def normalise_with_offsets(text: str) -> tuple[str, list[int]]:
    """Normalise and tell for each normalised character the index of its source character."""
    pieces = [_CHARACTERS[ord(character)] for character in text]
    return "".join(pieces), [index for index, piece in enumerate(pieces) for _ in piece]


def has_han(text: str) -> bool:
    """Tell whether there is any Chinese character in the text."""
    return not text.isascii() and _HAN_CHARACTER.search(text) is not None


def is_letter(character: str) -> bool:
    """Tell whether a character can be part of a word: a letter or digit, but not a Chinese character."""
    return character.isalnum() and not has_han(character)


def is_plain_chinese(text: str) -> bool:
    """Tell whether the text is of letters, digits, Chinese characters and single spaces between them alone."""
    return all(part.isalnum() for part in text.split(" "))


def squeeze(normalised: str) -> str:
    """Take the white space around Chinese characters away, and shorten the rest of it to single spaces."""
    return squeeze_with_offsets(normalised)[0]


def squeeze_with_offsets(normalised: str) -> tuple[str, list[int]]:
    """Squeeze and tell for each character that is left its index before."""
    pieces: list[str] = []
    offsets: list[int] = []
    place = 0
    for space in _SPACES.finditer(normalised):
        pieces.append(normalised[place : space.start()])
        offsets.extend(range(place, space.start()))
        if not has_han(normalised[max(0, space.start() - 1) : space.end() + 1]):
            pieces.append(" ")
            offsets.append(space.start())
        place = space.end()
    return "".join([*pieces, normalised[place:]]), [*offsets, *range(place, len(normalised))]


def may_join(left: str, right: str) -> bool:
    """Tell whether two words with a space between them may be read as one, as in *pre training*.

    Never with a function word ("in painting" is not *inpainting*) nor to a very short word ("g an" is not *gan*).
    """
    return len(left) + len(right) >= _SHORTEST_COMPOUND and left not in FUNCTION_WORDS and right not in FUNCTION_WORDS


def _loose_joint(between: str) -> str:
    """To an unquoted keyword: spaces, a hyphen, slashes, brackets and possessives are a space; else the other marks."""
    marks = _OPEN_PUNCTUATION.sub("", between.removeprefix("'s"))
    is_clause_dash = marks and re.search(r"\s", between)
    if marks.strip("-") or is_clause_dash:
        return marks
    return " " if between else ""


def _exact_joint(between: str) -> str:
    """To a quoted phrase: white space is a space, a bare dash a hyphen, and anything else what stands there."""
    return "-" if between and not between.strip("-") else re.sub(r"\s+", " ", between)


_LOOSE_JOINTS = Remembered(_loose_joint)
_EXACT_JOINTS = Remembered(_exact_joint)
_FOLDS = Remembered(fold_plural)


def fold(word: str) -> str:
    """Return the word's singular."""
    return _FOLDS[word]


@dataclass(frozen=True)
class Reading:
    """A text's words; `between[i]` is what stands after word i, as it is in the normalised text."""

    words: Sequence[str]
    between: Sequence[str]

    @cached_property
    def folded(self) -> list[str]:
        """The words in the singular."""
        return list(map(_FOLDS.__getitem__, self.words))

    @cached_property
    def loose_joints(self) -> list[str]:
        """What stands after each word, to an unquoted keyword."""
        return list(map(_LOOSE_JOINTS.__getitem__, self.between))

    @cached_property
    def exact_joints(self) -> list[str]:
        """What stands after each word, to a quoted phrase."""
        return list(map(_EXACT_JOINTS.__getitem__, self.between))

    def loose_joint(self, place: int) -> str:
        """What stands after a word, to an unquoted keyword."""
        return _LOOSE_JOINTS[self.between[place]]

    def exact_joint(self, place: int) -> str:
        """What stands after a word, to a quoted phrase."""
        return _EXACT_JOINTS[self.between[place]]


def read_words(normalised: str) -> Reading:
    """Split normalised text into words and joints; what stands before the first word is dropped."""
    if normalised.isascii() and not _has_marks(normalised):  # as most texts; this takes half the time
        parts = _PLAIN_WORD.split(normalised)
        return Reading(parts[1::2], parts[2::2])
    found = _WORD_AND_JOINT.findall(normalised)
    return Reading([word for word, _ in found], [joint for _, joint in found])


def _has_marks(text: str) -> bool:
    """Tell whether a word may be more, or end earlier, than the letters and digits that stand together."""
    return "+" in text or "#" in text or "*" in text or "'s" in text


def find_words(normalised: str) -> list[tuple[int, int]]:
    """Return where each word of `read_words` begins and ends."""
    return [match.span(1) for match in _WORD_AND_JOINT.finditer(normalised)]
