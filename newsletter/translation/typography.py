"""Typography: marks and spaces as the language sets them, whatever an engine wrote. Pure and idempotent.

Formulas, commands, addresses, code, identifiers, citations, figures and names are never touched, nor are the marks inside a
run of Latin words (`SGD, Adam`, `f(x, y)`, `1,000`). Languages without marks of their own stay as they are. Characters of
another variant of the script give way to the language's own.
"""

import re
from functools import cache

from newsletter.translation.language import Language
from newsletter.translation.protect import find_spans

_MASK, _MASKS = 0xF0000, 0xFFF0  # private characters that stand for spans while marks are set
_MASKED = f"{chr(_MASK)}-{chr(_MASK + _MASKS)}"
_LATIN = f"A-Za-z0-9À-ɏΑ-Ωα-ω{_MASKED}"
_WIDE = "，。；：？！、“”‘’（）《》〈〉【】「」『』…"
_OPENERS, _CLOSERS = "“‘（《〈【「『", "”’）》〉】」』"
_WIDE_ASCII = {
    code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF05)
}
_PASSES = 8
_SENTENCE = 60
_SPACE = r"[ \t\u00a0\u3000]"
_BRACKETS = re.compile(r"[()（）]")
_LATIN_BRACKETS = re.compile(r"\([^()（）]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_ABBREVIATION = re.compile(r"(?:\bal|\betc|\bvs|\be\.g|\bi\.e|(?<![A-Za-z0-9])[A-Z])$")
_LISTED = re.compile(r"(?:^|[。；：\n]\s*)\d{1,2}$")
_LATEX_QUOTES = re.compile(r"``([^`'\"]{1,200}?)(?:''|\")")
_SINGLE_QUOTES = re.compile(r"(?<![A-Za-z0-9])'([^'\n]{1,80})'(?![A-Za-z0-9])")
_TWICE = re.compile(r"([，。；：、])\1+")
_LINK = re.compile(r"\\href\s*\{[^{}]*\}\s*\{(.)")
_WHOLE_TITLE = re.compile(r"《([^《》]+)》")


def mend(text: str, language: Language) -> str:
    """Return the text with the marks and spaces that the language uses, without what an engine put before it."""
    if not language.punctuation.stop or any(_MASK <= ord(sign) <= _MASK + _MASKS for sign in text):
        return text
    text = _without_lead_in(text, language)
    for _ in range(_PASSES):
        mended = _mend_once(text, language)
        if mended == text:
            break
        text = mended
    return text


def mend_title(text: str, language: Language) -> str:
    """Return the title mended, on one line, without a full stop, and without title marks (《》) around the whole."""
    text = mend(" ".join(text.split()), language)
    while (found := _WHOLE_TITLE.fullmatch(text)) or text.endswith(language.punctuation.stop or "\n"):
        text = found[1].strip() if found else text.removesuffix(language.punctuation.stop).rstrip()
        text = mend(text, language)
    return text


def find_faults(text: str, language: Language) -> dict[str, int]:
    """Count what `mend` would change: marks under `punctuation`, spaces under `spacing`."""
    text = text.translate(language.variants)  # a matter of script, not of marks
    mended = mend(text, language)
    if mended == text:
        return {}
    marks = sum(1 for one, other in zip(_bare(text), _bare(mended), strict=False) if one != other)
    marks = marks if len(_bare(text)) == len(_bare(mended)) else max(1, abs(len(_bare(text)) - len(_bare(mended))))
    spaces = abs(text.count(" ") - mended.count(" "))
    return {name: count for name, count in (("punctuation", marks), ("spacing", spaces)) if count}


def _bare(text: str) -> str:
    return "".join(text.split())


def _without_lead_in(text: str, language: Language) -> str:
    while language.lead_ins and (found := language.lead_ins.match(text)) and found.end() < len(text):
        text = text[found.end() :].lstrip()
    return text


def _mend_once(text: str, language: Language) -> str:
    text = text.translate(_WIDE_ASCII)
    spans = find_spans(text)[:_MASKS]
    pieces, place = [], 0
    for number, span in enumerate(spans):
        pieces += [text[place : span.start], chr(_MASK + number)]
        place = span.end
    masked = "".join([*pieces, text[place:]])
    masked = masked.translate(language.variants)
    for step in (_set_quotes, _set_brackets, _set_marks, _set_stops, _set_spaces):
        masked = step(masked, language)
    own = "".join([chr(_MASK + number) for number, span in enumerate(spans) if _begins_own(span.text, language)])
    if own:
        masked = re.sub(rf"(?<={language.script.pattern}){_SPACE}+(?=[{own}])", "", masked)
    return re.sub(f"[{_MASKED}]", lambda found: spans[ord(found[0]) - _MASK].text, masked)


def _begins_own(span: str, language: Language) -> bool:
    """Tell whether a span is shown as a link whose words are of the language's own script."""
    link = _LINK.match(span)
    return link is not None and language.script.match(link[1]) is not None


def _is_own(language: Language, sign: str) -> bool:
    return sign != "" and (sign in _WIDE or language.script.match(sign) is not None)


def _before(text: str, place: int) -> str:
    return text[:place].rstrip(" \t")[-1:]


def _after(text: str, place: int) -> str:
    return text[place:].lstrip(" \t")[:1]


def _set_quotes(text: str, language: Language) -> str:
    if not language.punctuation.quotes or not language.script.search(text):
        return text
    opener, closer = language.punctuation.quotes
    text = _LATEX_QUOTES.sub(rf"{opener}\1{closer}", text)

    def quote(found: re.Match[str]) -> str:
        around = (_before(text, found.start()), _after(text, found.end()), *found[1])
        return f"{opener}{found[1]}{closer}" if any(_is_own(language, sign) for sign in around) else found[0]

    if "'" in text:
        text = _SINGLE_QUOTES.sub(quote, text)
    return re.sub(r"\"([^\"\n]+)\"", quote, text) if text.count('"') % 2 == 0 else text


def _set_brackets(text: str, language: Language) -> str:
    if not language.punctuation.brackets:
        return text
    signs, open_at = list(text), []
    for found in _BRACKETS.finditer(text):
        place = found.start()
        if found[0] in "(（":
            open_at.append(place)
        elif open_at and _is_wide_pair(text, start := open_at.pop(), place, language):
            signs[start], signs[place] = language.punctuation.brackets
    return "".join(signs)


def _is_wide_pair(text: str, start: int, end: int, language: Language) -> bool:
    if text[start] == "（" or text[end] == "）" or any(_is_own(language, sign) for sign in text[start + 1 : end]):
        return True
    if _is_own(language, _before(text, start)):
        return True
    is_call = start > 0 and re.match(f"[{_LATIN}]", text[start - 1]) is not None
    return not is_call and _is_own(language, _after(text, end + 1))


@cache
def _marks(language: Language) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(''.join(language.punctuation.marks))}]")


def _set_marks(text: str, language: Language) -> str:
    """Set commas, colons and the like where one side is the language's own, or where no space makes them Latin."""
    latin = [found.span() for found in _LATIN_BRACKETS.finditer(text) if not language.script.search(found[0])]
    has_own = language.script.search(text) is not None

    def mark(found: re.Match[str]) -> str:
        place = found.start()
        if any(first < place < last for first, last in latin):
            return found[0]
        is_own = _is_own(language, _before(text, place)) or _is_own(language, _after(text, place + 1))
        if not is_own and found[0] in ",;" and has_own:
            left, right = text[max(0, place - 2) : place], text[place + 1 : place + 3]
            is_own = _ends_word(left) and _begins_word(right)
        return language.punctuation.marks[found[0]] if is_own else found[0]

    return _marks(language).sub(mark, text)


def _ends_word(text: str) -> bool:
    return re.fullmatch(rf".?[%{_MASKED}]|[A-Za-z0-9][A-Za-z]", text) is not None


def _begins_word(text: str) -> bool:
    return re.match(rf"[{_MASKED}]|[A-Za-z]{{2}}", text) is not None


def _set_stops(text: str, language: Language) -> str:
    stop, script = language.punctuation.stop, language.script.pattern
    text = re.sub(
        rf"(?<={script})(?:\.{{3,}}|。{{3,}})|(?:\.{{3,}}|。{{3,}})(?={script})", language.punctuation.ellipsis, text
    )

    def set_stop(found: re.Match[str]) -> str:
        before, after = text[: found.start()], text[found.end() :]
        is_last = not after.strip() and language.script.search(before[-_SENTENCE:]) is not None
        if not (is_last or _is_own(language, _after(text, found.end())) or _is_own(language, before[-1:])):
            return found[0]
        is_free = not before or before[-1] in " .\t" or _ABBREVIATION.search(before) or _LISTED.search(before)
        return found[0] if is_free or (after[:1].isascii() and after[:1].isalnum()) else stop

    return _TWICE.sub(r"\1", re.sub(r"\.(?!\.)", set_stop, text))


def _set_spaces(text: str, language: Language) -> str:
    script, gap = language.script.pattern, language.punctuation.gap
    text = re.sub(rf"{_SPACE}*([{_WIDE}]){_SPACE}*", r"\1", text)
    text = re.sub(rf"(?<={script}){_SPACE}+(?={script})", "", text)
    scales = "".join(scale for scale in language.scales if len(scale) == 1)
    text = re.sub(rf"(?<={script}){_SPACE}*(?=[{_LATIN}])", gap, text)
    return re.sub(rf"(?<=[{_LATIN}%℃°)\]]){_SPACE}*(?={script})(?!(?<=[0-9])[{scales}])", gap, text)
