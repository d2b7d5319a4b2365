"""Mending spans: putting back what an answer wrote in another way, where there can be no doubt what it stands for.

A formula without its dollars (`f-IRL` for `$f$-IRL`, `O（n）` for `$O(n)$`), a name in other capitals, and the name before the
colon of a title. Whatever else is lost stays lost, for `lost_spans` to tell.
"""

import re
from collections import Counter
from collections.abc import Iterator

from newsletter.papers.latex import to_unicode
from newsletter.translation.language import Language
from newsletter.translation.protect import Kind, find_spans, lost_spans

_WIDE = {"(": "[(（]", ")": "[)）]", ",": "[,，]", ":": "[:：]", "-": "[-−–]", "≤": "[≤⩽]", "≥": "[≥⩾]"}
_COLON = re.compile(r"\s*[:：]\s*")
_GAP = r"\s*"
_LONGEST_HEAD = 10


def mend_spans(source: str, answer: str, language: Language) -> str:
    """Return the answer with the spans of the source that it holds in another shape as they are in the source."""
    answer = _mend_head(source, answer, language)
    for name in dict.fromkeys(lost_spans(source, answer, {Kind.NAME})):
        pattern = re.compile(rf"(?i)(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])")
        if set(pattern.findall(source)) == {name}:  # a source that writes it in two ways leaves a doubt
            answer = pattern.sub(name, answer)
    written = {"".join(span.text.split()): span.text for span in find_spans(source) if span.kind is Kind.FORMULA}
    lost = Counter(lost_spans(source, answer, {Kind.FORMULA}))
    for formula, count in sorted(lost.items(), key=lambda item: -len(item[0])):  # $Y=f(X)$ before $Y$
        answer = _mend_formula(written[formula], count, answer)
    return answer


def _mend_head(source: str, answer: str, language: Language) -> str:
    """Put the name before a title's colon where it was: `棱镜：并行奖励` for `PRISM: Parallel Reward`."""
    spans = find_spans(source)
    if not spans or spans[0].start or spans[0].kind is not Kind.NAME or not _COLON.match(source, spans[0].end):
        return answer
    name = spans[0].text
    if name not in lost_spans(source, answer, {Kind.NAME}):
        return answer
    wide = language.punctuation.marks.get(":", ": ")
    said, rest = len(_COLON.findall(answer)), _COLON.split(answer, maxsplit=1)
    if said < len(_COLON.findall(source)):
        return f"{name}{wide}{answer}"
    if said == len(_COLON.findall(source)) and len(rest[0]) <= _LONGEST_HEAD:
        return f"{name}{wide}{rest[1]}"
    return answer


def _mend_formula(formula: str, count: int, answer: str) -> str:
    """Set the formula wherever the answer has it without its marks, if it has it just as often as it lost it."""
    taken = [(span.start, span.end) for span in find_spans(answer) if span.kind not in (Kind.NAME, Kind.ACRONYM)]
    for pattern in _shapes(formula):
        places = [
            found.span()
            for found in pattern.finditer(answer)
            if not any(
                start < found.end() and found.start() < end and answer[start:end] != found[0] for start, end in taken
            )
        ]
        if 0 < len(places) <= count:
            for start, end in reversed(places):
                answer = answer[:start] + formula + answer[end:]
            return answer
    return answer


def _shapes(formula: str) -> Iterator[re.Pattern[str]]:
    body = formula.strip("$").removeprefix("\\(").removesuffix("\\)").strip()
    for plain in dict.fromkeys((body, to_unicode(formula).strip())):
        signs = [_WIDE.get(sign, re.escape(sign)) for sign in plain if not sign.isspace()]
        if signs:
            yield re.compile(rf"(?<![A-Za-z0-9$\\_^{{]){_GAP.join(signs)}(?![A-Za-z0-9$\\_^}}])")
