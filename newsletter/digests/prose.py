"""Text that came from papers and readers, made safe to show: cleaned, cut at words, two sentences of it."""

import re
import unicodedata
from functools import lru_cache

_DROPPED = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls
    "\u202a-\u202e\u2066-\u2069"  # a direction override would turn round the text that follows
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # no characters: cannot be encoded, or not allowed in markup
    "]"
)
_BLANKS = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?])[)\"'”’]*\s+(?=[\"'“‘(]?[A-Z0-9])|(?<=[。！？])[”’」）]*\s*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Z]|e\.g|i\.e|cf|vs|al|etc|resp|approx|Fig|Figs|Eq|Eqs|Sec|Tab|No|Dr|Prof|St|Ref|Refs|w\.r\.t)\.)\Z"
)
_ELLIPSIS = "…"


def clean(text: str) -> str:
    """Return the text on one line, without control, direction-override and unencodable characters."""
    if text.isprintable() and "  " not in text:  # as most is; the only blank that can be printed is the space
        return text.strip(" ")
    return _BLANKS.sub(" ", _DROPPED.sub("", text)).strip()


def cut(text: str, length: int) -> str:
    """Return at most `length` characters, ended by an ellipsis where something is left off, at a word if one is near."""
    if len(text) <= length:
        return text
    head = text[: length - 1]
    space = text.rfind(" ", 0, length)
    if space > length * 2 // 3:
        head = head[:space]
    return head.rstrip(" ,;:·，；：、.") + _ELLIPSIS


def first_sentences(text: str, *, count: int, length: int) -> str:
    """Return the first `count` sentences of English or Chinese text, cut at `length` characters."""
    ends = [m.end() for m in _SENTENCE_END.finditer(text) if not _ABBREVIATION.search(text[: m.start()])]
    head = text[: ends[count - 1]].rstrip() if len(ends) >= count else text
    return cut(head, length)


def display_width(text: str) -> int:
    """Return how many terminal columns the text takes: wide East Asian characters two, marks that combine none."""
    return len(text) if text.isascii() else sum(map(_width, text))


@lru_cache(maxsize=4096)
def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
