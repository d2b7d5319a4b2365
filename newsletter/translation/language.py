"""Languages: what is special to each is data in `languages/<code>/language.toml`, and no code names one."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from newsletter.errors import InputError

_FOLDER = Path(__file__).resolve().parent / "languages"
_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Punctuation:
    """How a language sets its marks. Empty where it uses the ASCII ones, as English does."""

    gap: str = ""
    """What stands between its script and Latin letters or figures."""
    stop: str = ""
    brackets: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    ellipsis: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)
    """The ASCII marks and its own in their place."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Language:
    """A language that papers are written in or translated into; there is one object for each.

    `code` is what settings and stored translations say (`zh`), `tag` the BCP 47 tag of a page (`zh-Hans`); `name` is
    English, `own_name` its own. `width` says for how many English characters one of its own stands, in the mean.
    """

    code: str
    tag: str
    name: str
    short_name: str
    """What it is called where it cannot be mistaken: `Chinese`."""
    own_name: str
    short_own_name: str
    is_spaced: bool
    """Whether spaces stand between words and between sentences."""
    width: float
    is_complete: bool
    """Whether its catalogues say everything; pages of every installation are offered in it then."""
    script: re.Pattern[str]
    """One character of its own script."""
    engine_codes: Mapping[str, str]
    sentence_ends: str
    """Marks that end a sentence wherever they stand, such as 。; the ASCII marks `.!?` end one by rule."""
    abbreviations: frozenset[str]
    """Never the last word of a sentence, in small letters, without the last full stop; two more kinds follow."""
    numbered_abbreviations: frozenset[str]
    doubtful_abbreviations: frozenset[str]
    punctuation: Punctuation
    excerpt: int
    lead: int
    """How many characters of an abstract stand in a compact mail, and on a page above its unfolding."""
    dates: Mapping[str, str]
    """Its forms of dates, as CLDR patterns; a field in brackets is written in its own numerals."""
    numerals: str
    """Zero to ten."""
    lead_ins: re.Pattern[str] | None
    """What engines put before a translation."""
    remarks: tuple[str, ...]
    """What a refusal or a remark of a chat model begins with."""
    digits: Mapping[str, int]
    tens: Mapping[str, int]
    scales: Mapping[str, int]
    encoding: str
    """A character set that holds its script, such as `gb2312`; what is only in `other_encoding` belongs to another."""
    other_encoding: str
    variants: Mapping[int, str]
    """Characters of another variant of the script, and its own in their place (`variants.toml`), for `str.translate`."""
    negations: tuple[str, ...]
    free_negations: tuple[str, ...]
    """Phrases that hold a negation which other languages may say without one (`not only`)."""

    def code_for(self, engine: str) -> str:
        """Return what an engine (`deepl`, `google`, `libretranslate`, `argos`, `opus`) calls the language, else its code."""
        return self.engine_codes.get(engine, self.code)

    def is_foreign(self, sign: str) -> bool:
        """Tell whether the character belongs to a variant of the script (traditional Chinese) that it does not use."""
        return bool(self.encoding) and not _is_in(sign, self.encoding) and _is_in(sign, self.other_encoding)

    def size(self, text: str) -> float:
        """Return the length of the text in English characters, so that texts of two languages can be compared."""
        own = 0 if self.width == 1 else len(self.script.findall(text))
        return len(text) + own * (self.width - 1)


@cache
def list_codes() -> tuple[str, ...]:
    """Return the codes of all languages there are data of."""
    return tuple(sorted(folder.parent.name for folder in _FOLDER.glob("*/language.toml")))


def folder_of(code: str) -> Path:
    """Return the folder with the language's data (`language.toml`, `glossary.toml`); raises InputError."""
    if not _CODE.fullmatch(code) or not (_FOLDER / code / "language.toml").is_file():
        raise InputError(f"There is no language {code!r}; there are {', '.join(list_codes())}.")
    return _FOLDER / code


def find_language(code: str) -> Language | None:
    """Return the language with the code, or of its first part (`zh` for `zh-Hans`), or None if there are no data of it."""
    known = next((one for one in (code, code.partition("-")[0]) if one in list_codes()), None)
    return None if known is None else load_language(known)


def tag_of(code: str) -> str:
    """Return the BCP 47 tag of a language (`zh-Hans` for `zh`); raises InputError for one there are no data of."""
    return load_language(code).tag


@cache
def _is_in(sign: str, encoding: str) -> bool:
    try:
        sign.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


@cache
def load_language(code: str) -> Language:
    """Return the language with the code, always the same object; raises InputError for one there are no data of."""
    data = tomllib.loads((folder_of(code) / "language.toml").read_text("utf-8"))
    names = ("sentences", "numbers", "negation", "additions")
    sentences, numbers, negation, additions = (_table(data, name) for name in names)
    return Language(
        code=code,
        tag=data["tag"],
        name=data["name"],
        short_name=data.get("short_name", data["name"]),
        own_name=data["own_name"],
        short_own_name=data.get("short_own_name", data["own_name"]),
        is_spaced=data["is_spaced"],
        width=data["width"],
        is_complete=data.get("is_complete", False),
        script=re.compile(f"[{data['script']}]"),
        engine_codes=_frozen(_table(data, "engine_codes")),
        sentence_ends=sentences.get("ends", ""),
        abbreviations=frozenset(sentences.get("abbreviations", ())),
        numbered_abbreviations=frozenset(sentences.get("numbered_abbreviations", ())),
        doubtful_abbreviations=frozenset(sentences.get("doubtful_abbreviations", ())),
        excerpt=data["excerpt"],
        lead=data["lead"],
        punctuation=_punctuation(_table(data, "punctuation")),
        dates=_frozen({name: text for name, text in _table(data, "dates").items() if name != "numerals"}),
        numerals=_table(data, "dates").get("numerals", ""),
        lead_ins=re.compile("|".join(f"(?:{one})" for one in additions["lead_ins"])) if additions else None,
        remarks=tuple(additions.get("remarks", ())),
        digits=_frozen(_table(numbers, "digits")),
        tens=_frozen(_table(numbers, "tens")),
        scales=_frozen(_table(numbers, "scales")),
        encoding=data.get("encoding", ""),
        other_encoding=data.get("other_encoding", ""),
        variants=_variants(code),
        negations=tuple(negation.get("words", ())),
        free_negations=tuple(negation.get("free", ())),
    )


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = data.get(name, {})
    return found


def _variants(code: str) -> Mapping[int, str]:
    file = folder_of(code) / "variants.toml"
    pairs = tomllib.loads(file.read_text("utf-8"))["pairs"] if file.is_file() else []
    return MappingProxyType(
        {ord(one): other for pair in pairs for one, other in zip(pair["from"], pair["to"], strict=True)}
    )


def _punctuation(table: Mapping[str, Any]) -> Punctuation:
    return Punctuation(
        gap=table.get("gap", ""),
        stop=table.get("stop", ""),
        brackets=tuple(table.get("brackets", ())),
        quotes=tuple(table.get("quotes", ())),
        ellipsis=table.get("ellipsis", ""),
        marks=_frozen(_table(table, "marks")),
    )


def _frozen(table: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(table))
