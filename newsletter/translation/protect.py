r"""Protection: what must come out of a translation as it went in.

Formulas, TeX commands, addresses, code, identifiers, citations, figures with a unit, and names stand behind placeholders
that engines keep. `lost_spans` compares source and answer also where no placeholder was used.
"""

import html
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from newsletter.papers.latex_dollars import Formula, find_formula
from newsletter.translation.names import Naming, find_explained, find_name
from newsletter.translation.span_patterns import (
    BRACKETS,
    PARTS,
    PLAIN_FIGURE,
    POINTING,
    PROSE,
    SPAN,
    STYLED,
    TRIFLE,
    VERBATIM,
)


class Kind(StrEnum):
    """What a protected span is."""

    FORMULA = "formula"
    COMMAND = "command"
    URL = "url"
    EMAIL = "email"
    CODE = "code"
    IDENTIFIER = "identifier"
    """An arXiv identifier or a DOI."""
    CITATION = "citation"
    NUMBER = "number"
    """A figure with a sign, range, unit or per cent; plain numbers are the engine's, and the number check's."""
    NAME = "name"
    ACRONYM = "acronym"
    """A name that languages may say in their own words (AI 人工智能)."""


MASKED = frozenset(Kind) - {Kind.ACRONYM}
"""What `protect` replaces unless told otherwise."""
KEPT = MASKED - {Kind.NUMBER}
"""What `lost_spans` looks for; numbers are compared by value (see numbers.py)."""
_REPEATED = frozenset({Kind.NAME, Kind.ACRONYM})  # said once they are said: prose may take up a name by a pronoun


class Style(StrEnum):
    """How placeholders are written."""

    BRACKETS = "brackets"
    """`[[1]]`, for chat models and LibreTranslate."""
    TAGS = "tags"
    """`<x id="1"/>` with `&`, `<` and `>` escaped around them, for services that read XML or HTML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of a text, from `start` to before `end`, that stays as it is."""

    kind: Kind
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """A text with placeholders; placeholder n stands for `spans[n - 1]`."""

    text: str
    spans: tuple[Span, ...]
    style: Style


_TAGS = re.compile(r"<\s*x\s+id\s*=\s*[\"'“”]?(\d+)[\"'“”]?\s*/?\s*>(?:\s*</\s*x\s*>)?", re.IGNORECASE)
_KINDS = {
    "url": Kind.URL, "email": Kind.EMAIL, "identifier": Kind.IDENTIFIER, "block": Kind.FORMULA, "code": Kind.CODE,
    "citation": Kind.CITATION, "call": Kind.FORMULA, "maths": Kind.FORMULA,
}  # fmt: skip
_TRAILING = ".,;:!?'\"*"


def find_spans(text: str) -> list[Span]:
    """Return the parts of the text that stay as they are in every language, in order, none inside another."""
    return list(_spans(text))


@lru_cache(maxsize=64)  # several checks ask for the spans of the same text
def _spans(text: str) -> tuple[Span, ...]:
    spans, place = [], 0
    is_shouted = sum(map(str.isupper, text)) > sum(map(str.islower, text))
    while found := SPAN.search(text, place):
        kind, start, end, place = _read(text, found, is_shouted=is_shouted)
        if kind is not None and end > start:
            spans.append(Span(kind=kind, start=start, end=end, text=text[start:end]))
    return tuple(spans)


def protect(text: str, style: Style, kinds: Collection[Kind] = MASKED) -> Protected:
    """Return the text with a placeholder, numbered from 1, for each span of these kinds."""
    spans = tuple(span for span in find_spans(text) if span.kind in kinds or _is_placeholder(span))
    pieces, place = [], 0
    for number, span in enumerate(spans, start=1):
        pieces += [_escaped(text[place : span.start], style), _placeholder(number, style)]
        place = span.end
    pieces.append(_escaped(text[place:], style))
    return Protected(text="".join(pieces), spans=spans, style=style)


def restore(answer: str, protected: Protected) -> str:
    """Put back the spans whose placeholders are there, and leave out placeholders that nobody gave; never raises.

    What was lost on the way is for `lost_spans` to find: the sentences around it may still be good.
    """
    pattern = _TAGS if protected.style is Style.TAGS else BRACKETS
    pieces, place = [], 0
    for found in pattern.finditer(answer):
        number = int(found[1])
        pieces.append(_unescaped(answer[place : found.start()], protected.style))
        pieces += [span.text for span in protected.spans[number - 1 : number] if number]
        place = found.end()
    pieces.append(_unescaped(answer[place:], protected.style))
    return "".join(pieces)


def lost_spans(source: str, answer: str, kinds: Collection[Kind] = KEPT) -> list[str]:
    """Return the spans of the source, of these kinds, that the answer does not hold as often, byte by byte.

    A name has to come once, and not at all where the source explains it (`find_explained`); a TeX style around a span
    (`\\textsc{Foo}`) and white space inside a formula do not matter.
    """
    wanted = [span for span in find_spans(source) if span.kind in kinds]
    if not wanted:
        return []
    explained = find_explained(source) if any(span.kind is Kind.NAME for span in wanted) else set()
    compact = "".join(answer.split())
    lost = []
    for (essence, kind), count in Counter((_essence(span), span.kind) for span in wanted).items():
        if kind in _REPEATED and essence.removesuffix("s") in explained:
            continue
        needed = 1 if kind in _REPEATED else count
        lost += [essence] * max(0, needed - _count(essence, kind, compact, answer))
    return lost


def _read(text: str, found: re.Match[str], *, is_shouted: bool) -> tuple[Kind | None, int, int, int]:
    """Return what was found, where it begins and ends, and where to go on; no kind for what is ordinary."""
    start, end = found.span()
    match found.lastgroup if found.lastgroup not in PARTS else _outer(found):
        case "dollar":
            formula = find_formula(text, start)
            if formula is None:
                return None, start, end, end
            return _read_formula(start, formula)
        case "command":
            return _read_command(found)
        case "figure":
            return (None if found[0].replace(",", "").replace(".", "").isdigit() else Kind.NUMBER), start, end, end
        case "token":
            return _read_token(found, is_shouted=is_shouted)
        case "skipped":
            return None, start, end, end
        case str() as group:
            shown = start + len(found[0].rstrip(_TRAILING)) if group in ("url", "maths") else end
            if group == "url" and found[0].rstrip(_TRAILING).endswith(")") and "(" not in found[0]:
                shown -= 1
            return _KINDS[group], start, shown, end
    return None, start, end, end


def _outer(found: re.Match[str]) -> str:
    return next(name for name in ("block", "command", "figure") if found[name] is not None)


def _read_formula(start: int, formula: Formula) -> tuple[Kind | None, int, int, int]:
    if TRIFLE.fullmatch(formula.body):
        return None, start, formula.end, formula.end
    if PLAIN_FIGURE.fullmatch(formula.body):
        return Kind.NUMBER, start, formula.end, formula.end
    if (styled := STYLED.fullmatch(formula.body)) and styled["inside"]:  # words in a formula's italics
        is_name = find_name(styled["inside"]) and " " not in styled["inside"]
        return (Kind.COMMAND if is_name else None), start, formula.end, formula.end
    return Kind.FORMULA, start, formula.end, formula.end


def _read_command(found: re.Match[str]) -> tuple[Kind | None, int, int, int]:
    start, end = found.span()
    styled = STYLED.fullmatch(found[0])
    is_prose = styled is not None or (PROSE.search(found["arguments"]) and not POINTING.match(found[0]))
    if VERBATIM.match(found[0]) or not is_prose:
        return Kind.COMMAND, start, end, end
    inside = styled["inside"] if styled else found["arguments"]
    if inside and " " not in inside and (name := find_name(inside)) and name[:2] == (0, len(inside)):
        return Kind.COMMAND, start, end, end
    after = found.start("arguments") + 1 if inside else end
    return None, start, after, after


def _read_token(found: re.Match[str], *, is_shouted: bool) -> tuple[Kind | None, int, int, int]:
    start, end = found.span()
    name = find_name(found[0])
    if name is None or (is_shouted and found[0].isalpha()):
        return None, start, end, end
    first, last, naming = name
    return (Kind.NAME if naming is Naming.NAME else Kind.ACRONYM), start + first, start + last, end


def _essence(span: Span) -> str:
    """Return what must be found again."""
    match span.kind:
        case Kind.FORMULA:
            return "".join(span.text.split())
        case Kind.COMMAND if (styled := STYLED.fullmatch(span.text.strip("$"))) and styled["inside"]:
            return styled["inside"]
        case Kind.COMMAND if VERBATIM.match(span.text) and "{" in span.text:
            return span.text[span.text.index("{") + 1 :].split("}")[0]
        case Kind.IDENTIFIER:
            return span.text.partition(":")[2].strip() or span.text
        case _:
            return span.text


def _count(essence: str, kind: Kind, compact: str, answer: str) -> int:
    if kind is Kind.FORMULA:
        return compact.count(essence)
    if kind not in (Kind.NAME, Kind.ACRONYM):
        return answer.count(essence)
    plain = re.escape(essence.removesuffix("s"))
    return len(re.findall(rf"(?<![A-Za-z0-9]){plain}s?(?![a-zA-Z0-9])", answer))


def _is_placeholder(span: Span) -> bool:
    return span.kind is Kind.CODE and not span.text.startswith("`")


def _placeholder(number: int, style: Style) -> str:
    return f'<x id="{number}"/>' if style is Style.TAGS else f"[[{number}]]"


def _escaped(text: str, style: Style) -> str:
    return html.escape(text, quote=False) if style is Style.TAGS else text


def _unescaped(text: str, style: Style) -> str:
    return html.unescape(text) if style is Style.TAGS else text
