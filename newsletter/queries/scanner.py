"""The scanner: a typed query, character by character, into the marks and words of the language."""

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum, auto

from newsletter.queries.query import Field
from newsletter.queries.words import UNSEEN
from newsletter.words import Words

OPERATORS = ("AND", "OR", "NOT", "ANDNOT")
CATEGORY_PREFIX = "cat"
PREFIXES = (*(field.value for field in Field if field.value), CATEGORY_PREFIX)

_QUOTES = dict.fromkeys(map(ord, "“”„‟«»「」『』〝〞"), '"')
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_APOSTROPHES = dict.fromkeys(map(ord, "‘’ʼ"), "'")
_LOOKALIKES = _QUOTES | _DASHES | _APOSTROPHES
_SPACE = re.compile(r"\s+|-+(?=\s|$)")  # a dash between spaces is no minus
_PREFIX = re.compile(r"([^\W\d_]+):")
_MINUS = re.compile(r"-+")
_GLUED_BRACKET = re.compile(r'\([^\s()"]*\)')
_PLAIN_WORD = re.compile(r"[A-Za-z0-9]+(?=\s|$)")  # nearly every word; the rest is for those that need a second look
_WORD_PIECE = re.compile(r'[^\s()"]+')
_RUN_END = re.compile(r'["()]|\s+(?:AND|OR|NOT|ANDNOT)(?=[\s("]|$)|$')
_MEANT = dict(zip(PREFIXES, PREFIXES, strict=True)) | {
    "abstract": "abs",
    "any": "all",
    "author": "au",
    "authors": "au",
    "category": "cat",
    "comment": "co",
    "comments": "co",
    "everywhere": "all",
    "subject": "cat",
    "title": "ti",
}


class Kind(Enum):
    """The kinds of token."""

    WORD = auto()
    QUOTED = auto()
    OPEN = auto()
    CLOSE = auto()
    PREFIX = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    ANDNOT = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the cleaned text, from `start` up to `end`; `text` is without quotes or colon."""

    kind: Kind
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the cleaned text, from `start` up to `end`."""

    whole: str
    start: int
    end: int

    @property
    def typed(self) -> str:
        """The part itself."""
        return self.whole[self.start : self.end]

    def replaced(self, new: str) -> str:
        """Return the whole with another text in this place."""
        return self.whole[: self.start] + new + self.whole[self.end :]


class UnreadableError(Exception):
    """The cleaned text cannot be read at `position`; `repairs` are texts to try instead, the best first."""

    def __init__(self, words: Words, *, position: int, repairs: tuple[str, ...] = ()) -> None:
        super().__init__(words.en)
        self.words = words
        self.position = position
        self.repairs = repairs


def clean(typed: str) -> tuple[str, list[int]]:
    """Make full-width forms, quotes, dashes and spaces plain (NFKC).

    Also returns each character's place in `typed`, and one more for the end.
    """
    if typed.isascii() and typed.isprintable():  # as nearly all are, and nothing in them is to be made plain
        return typed, [*range(len(typed) + 1)]
    pieces = [_clean_character(character) for character in typed]
    offsets = [index for index, piece in enumerate(pieces) for _ in piece]
    return "".join(pieces), [*offsets, len(typed)]


def _clean_character(character: str) -> str:
    if unicodedata.category(character) in UNSEEN:
        return ""
    plain = unicodedata.normalize("NFKC", character).translate(_LOOKALIKES)
    return "".join(" " if part.isspace() or unicodedata.category(part) == "Cc" else part for part in plain)


def scan(text: str) -> list[Token]:
    """Split the cleaned text into tokens; raises UnreadableError for a lone quote or an unknown prefix."""
    tokens: list[Token] = []
    place = 0
    while place < len(text):
        if space := _SPACE.match(text, place):
            place = space.end()
            continue
        token = _next_token(text, place)
        tokens.append(token)
        place = token.end
    return tokens


def _next_token(text: str, place: int) -> Token:
    character = text[place]
    if character in "()":
        return Token(Kind.OPEN if character == "(" else Kind.CLOSE, character, place, place + 1)
    if character == '"':
        return _quoted(text, place)
    if plain := _PLAIN_WORD.match(text, place):
        word = plain.group()
        return Token(Kind[word] if word in OPERATORS else Kind.WORD, word, place, plain.end())
    if minus := _MINUS.match(text, place):
        return Token(Kind.NOT, "-", place, minus.end())
    if prefix := _PREFIX.match(text, place):
        return _prefix(text, place, prefix.group(1))
    end = _word_end(text, place)
    word = text[place:end]
    return Token(Kind[word] if word in OPERATORS else Kind.WORD, word, place, end)


def _quoted(text: str, place: int) -> Token:
    end = text.find('"', place + 1)
    if end < 0:
        raise UnreadableError(
            Words(
                'This quotation mark is never closed; write "…" around the phrase.',
                '引号没有闭合，请用 "…" 括住短语。',
            ),
            position=place,
            repairs=(text + '"', text[:place] + " " + text[place + 1 :]),
        )
    return Token(Kind.QUOTED, text[place + 1 : end], place, end + 1)


def _prefix(text: str, place: int, name: str) -> Token:
    end = place + len(name) + 1
    if name.lower() in PREFIXES:
        return Token(Kind.PREFIX, name.lower(), place, end)
    likely = get_close_matches(name.lower(), _MEANT, n=1, cutoff=0.7)
    near = _MEANT[likely[0]] if likely else None
    hint = (
        Words(f"Did you mean {near}:?", f"您是不是要写 {near}:？")
        if near
        else Words("Put the words in quotes if the colon belongs to them.", "如果冒号是词语的一部分，请加上引号。")
    )
    known = ", ".join(f"{prefix}:" for prefix in PREFIXES)
    run_end = _RUN_END.search(text, place)
    stop = run_end.start() if run_end else len(text)
    quoted = f'{text[:place]}"{text[place:stop].rstrip()}"{text[stop:]}'
    repairs = (f"{text[:place]}{near}:{text[end:]}",) if near else ()
    raise UnreadableError(
        Words(f"There is no prefix {name}:; use {known}. ", f"没有前缀 {name}:，可用的有 {known}。") + hint,
        position=place,
        repairs=(*repairs, quoted, f"{text[:place]}{name} {text[end:]}"),
    )


def _word_end(text: str, place: int) -> int:
    """Find the end of a bare word; brackets without spaces inside belong to it, as in `SE(3)-equivariant`."""
    end = place
    while piece := _WORD_PIECE.match(text, end) or _glued(text, place, end):
        end = piece.end()
    return end


def _glued(text: str, place: int, end: int) -> re.Match[str] | None:
    return None if text[place:end] in OPERATORS else _GLUED_BRACKET.match(text, end)
