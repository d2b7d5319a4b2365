"""Numbers: which of a text's are missing from its translation, and which the translation made up.

Numbers are compared by value, so that `10 million` may become 1000万, `1,500` 1500 and `3-stage` 三阶段. Numbers that a source
writes in words are free, and so are list markers, the digits in names, formulas, addresses and identifiers.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from newsletter.translation.language import Language
from newsletter.translation.protect import Kind, Span, find_spans

_DIGITS = r"\d+(?:[,，]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|(?<!\d)\.\d+"
_SUFFIXES = {"K": 10**3, "k": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
_SUFFIX = r"(?P<suffix>[KMBTk](?![A-Za-z]))?"
_AFTER = re.compile(  # what may stand right behind a number that is not part of a name
    r"(?:st|nd|rd|th|['’]?s|x|X|ms|s|h|Hz|[kMG]Hz|[KMGT]B|kB|fps|FPS|dB|km|cm|mm|nm|m|kg|g|W|kW|kWh|pp|fold)?(?![A-Za-z])"
)
_MARKER = re.compile(r"\(\s*\d{1,2}\s*\)|(?:^|[.:;,]\s)\s*\d{1,2}[.)](?=\s)|(?<![\w(.])\d{1,2}\)(?=\s?[A-Za-z])")
_TEX = re.compile(r"(?<=\d)(?:\{,\}|\\[,;!])(?=\d)")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，％", "0123456789.,%")
_FREE = frozenset(Kind) - {Kind.NUMBER}
_PLURAL = re.compile(r"['’]?s\b")
_RANGE = re.compile(r"\s?(?:[-–—~]|to|and)\s?(?=\d)")
_DIGIT = 9
_A_DECADE = 1000
_SMALL = 12  # a translator may write a small number that the source has in words, or that grammar asks for


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number in a text: its place, what is written there, and the values a translation may give it."""

    start: int
    end: int
    text: str
    values: frozenset[float]


def find_numbers(text: str, language: Language, spans: Sequence[Span] | None = None) -> list[Number]:
    """Return the numbers that stand in the text for themselves, in digits; `spans` are its spans if they are known."""
    taken = [span for span in (find_spans(text) if spans is None else spans) if span.kind in _FREE]
    places = [(span.start, span.end) for span in taken] + [found.span() for found in _MARKER.finditer(text)]
    numbers = []
    for found in _digits(language).finditer(text):
        start, end = found.span()
        if any(first < end and start < last for first, last in places) or not _stands_alone(text, start, end):
            continue
        numbers.append(Number(start=start, end=end, text=found[0].strip(), values=_meant(found, text[end:], language)))
    return numbers


def said_values(text: str, language: Language) -> set[float]:
    """Return every value that the text might be read to say, in digits or in words, in whatever scale."""
    plain = _TEX.sub("", text.translate(_FULL_WIDTH))
    values: set[float] = set()
    for found in _digits(language).finditer(plain):
        base = _value(found["digits"])
        values |= {_key(base), _key(base * _factor(found, language))}
    values.update(_key(value) for value in _sums(plain, language))
    values.update(_key(value) for value in _worded(plain, language))
    return values


def lost_numbers(
    source: str, answer: str, source_language: Language, language: Language, spans: Sequence[Span] | None = None
) -> list[str]:
    """Return the numbers of the source, as they stand there, whose value the answer never says."""
    said = said_values(answer, language)
    return [number.text for number in find_numbers(source, source_language, spans) if not number.values & said]


def added_numbers(source: str, answer: str, source_language: Language, language: Language) -> list[str]:
    """Return the numbers in digits of the answer, above twelve, that the source says nowhere."""
    said = said_values(source, source_language)
    return [
        number.text
        for number in find_numbers(answer, language)
        if max(number.values) > _SMALL and not number.values & said and not _is_in(number, source)
    ]


def _is_in(number: Number, source: str) -> bool:
    return re.search(rf"(?<!\d){re.escape(number.text)}(?!\d)", source) is not None


@cache
def _digits(language: Language) -> re.Pattern[str]:
    scales = "|".join(map(re.escape, sorted(language.scales, key=len, reverse=True)))
    if language.is_spaced:
        scale = rf"(?:[\s-]+(?P<scale>(?i:{scales}))\b)?"
    else:
        scale = rf"(?:\s?(?:(?!{scales}){language.script.pattern})?(?P<scale>{scales}))?"
    return re.compile(rf"(?P<digits>{_DIGITS}){_SUFFIX}{scale if scales else '(?P<scale>$^)?'}")


def _factor(found: re.Match[str], language: Language) -> int:
    if found["suffix"]:
        return _SUFFIXES[found["suffix"]]
    return language.scales[found["scale"].lower()] if found["scale"] else 1


def _meant(found: re.Match[str], after: str, language: Language) -> frozenset[float]:
    value = _value(found["digits"])
    if value >= _A_DECADE and _PLURAL.match(after):
        return frozenset((_key(value), _key(value % 100)))  # 1990s: 90年代
    factor = _factor(found, language)
    values = {_key(value * factor)}
    if factor == 1 and (range_ := _RANGE.match(after)) and (other := _digits(language).match(after, range_.end())):
        values.add(_key(value * _factor(other, language)))  # 7 to 70 billion
    return frozenset(values)


def _stands_alone(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 1) : start]
    return not (before.isascii() and (before.isalnum() or before == "_")) and _AFTER.match(text, end) is not None


def _value(digits: str) -> float:
    return float(digits.replace(",", "").replace("，", ""))


def _key(value: float) -> float:
    return float(f"{value:.10g}")


def _sums(text: str, language: Language) -> Iterator[float]:
    """Yield what several parts make together: 1亿2000万."""
    total, end = 0.0, -1
    for found in _digits(language).finditer(text):
        if not found["scale"]:
            end = -1
            continue
        part = _value(found["digits"]) * _factor(found, language)
        if found.start() == end:
            yield total + part
        total, end = (total + part if found.start() == end else part), found.end()


@cache
def _words(language: Language) -> tuple[re.Pattern[str], re.Pattern[str]]:
    known = sorted({**language.digits, **language.tens, **language.scales}, key=len, reverse=True)
    word = "|".join(map(re.escape, known)) or "$^"
    if language.is_spaced:
        return re.compile(rf"\b(?:{word})(?:(?:[\s-]+|\s+and\s+)(?:{word}))*\b", re.IGNORECASE), re.compile(
            word, re.IGNORECASE
        )
    return re.compile(rf"(?:{word})+"), re.compile(word)


def _worded(text: str, language: Language) -> Iterator[float]:
    run, word = _words(language)
    for found in run.finditer(text):
        words = word.findall(found[0].lower())
        yield _read(words, language)
        yield from (language.digits[one] for one in words if language.digits.get(one, 0) > _DIGIT)  # 一半, two dozen


def _read(words: Sequence[str], language: Language) -> float:
    """Read 一百二十三万, 二〇二三 or `two hundred thousand`."""
    total, section, current = 0.0, 0.0, 0.0
    is_digit_before = False
    for word in words:
        if word in language.digits:
            digit = language.digits[word]
            current = current * 10 + digit if is_digit_before and not language.is_spaced else current + digit
            is_digit_before = True
            continue
        is_digit_before = False
        if word in language.tens:
            section, current = section + (current or 1) * language.tens[word], 0.0
        else:
            total, section, current = total + (section + current or 1) * language.scales[word], 0.0, 0.0
    return total + section + current
