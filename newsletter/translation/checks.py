"""What counts as a translation: pure judgements on one text and one answer."""

import re
import unicodedata
from enum import StrEnum

_UNTRANSLATED = re.compile(r"\$[^$]*\$|https?://\S+")  # formulas and addresses stay as they are in every language
_PLAIN = re.compile(r"[^\W\d_][^\W\d_A-Z]+")  # deep, Deep, 研究; not K, BERT, GPT2, Mi:dm
_MARKS = ".,:;!?()[]'\"’“”"
_WORD = re.compile(r"[^\W\d_]{2,}")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_UNSTORABLE = ("Cc", "Cs")  # PostgreSQL refuses NUL, and no database takes half a surrogate pair
_WORDS_OF_PROSE = 4  # a shorter title, such as "Llama 2", may stay as it is; a sentence may not


class Verdict(StrEnum):
    """What an answer is worth."""

    GOOD = "good"
    UNCHANGED = "unchanged"
    """A short text with words came back as it is. That may be right, but it is not kept as a translation."""
    BAD = "bad"


def fold(text: str) -> str:
    """Return the text in NFC with every run of whitespace as one space: what is hashed and what is sent."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def clean(answer: str) -> str:
    """Return the answer without surrounding whitespace and without characters that a database cannot store."""
    return "".join(char for char in answer if char in "\n\t" or unicodedata.category(char) not in _UNSTORABLE).strip()


def has_words(text: str) -> bool:
    """Tell whether there are ordinary words to translate, beside formulas, addresses, numbers and names.

    `BERT` and `Mi:dm K 2.5 Pro` have none; `Deep Learning` has, and so has any text of four words.
    """
    words = _UNTRANSLATED.sub(" ", text).replace("-", " ").split()
    plain = sum(_PLAIN.fullmatch(word.strip(_MARKS)) is not None for word in words)
    return 3 * plain > len(words) or _is_prose(text)


def is_same(text: str, answer: str) -> bool:
    """Tell whether the answer is the text itself, whatever its case and spacing."""
    return fold(text).casefold() == fold(answer).casefold()


def is_storable(text: str, answer: str) -> bool:
    """Tell whether the memory may keep the answer: it is not blank, and not the text itself unless that has no words."""
    return bool(answer.strip()) and not (has_words(text) and is_same(text, answer))


def judge(text: str, answer: str, *, target: str) -> Verdict:
    """Judge a cleaned answer to a text in another language.

    Bad are: nothing, a sentence that came back as it was, a Chinese translation of a sentence without a Chinese
    character (a refusal, an apology), and an answer far longer than its source (Chinese takes about half the room).
    """
    if not answer or len(answer) > 2 * len(text) + 200:
        return Verdict.BAD
    if not has_words(text):
        return Verdict.GOOD
    if is_same(text, answer):
        return Verdict.BAD if _is_prose(text) else Verdict.UNCHANGED
    if _is_prose(text) and target.startswith("zh") and not _HAN.search(answer):
        return Verdict.BAD
    return Verdict.GOOD


def _is_prose(text: str) -> bool:
    return len(_WORD.findall(_UNTRANSLATED.sub(" ", text))) >= _WORDS_OF_PROSE
