"""What the checks found in a translation, and who wrote it, in words."""

from dataclasses import dataclass

from newsletter.translation.corrections import StoredTranslation
from newsletter.translation.finding import ALSO, LEFT, FindingKind
from newsletter.translation.origin import name_engine
from newsletter.words import Words

_LONGEST = 160
_KINDS = {
    FindingKind.MISSING_SENTENCE: Words("a sentence is missing", "漏译句子"),
    FindingKind.NUMBER: Words("a number is missing, changed or new", "数字缺失、有误或多出"),
    FindingKind.SPAN: Words("a formula, citation or address is not as it was", "公式、引文或网址有变"),
    FindingKind.NAME: Words("a name is missing", "专名缺失"),
    FindingKind.NEGATION: Words("the original denies something, this does not", "原文为否定，译文不是"),
    FindingKind.UNTRANSLATED: Words("not translated", "未翻译"),
    FindingKind.ADDED: Words("not in the original", "原文所无"),
    FindingKind.LENGTH: Words("much longer or shorter than usual", "长度明显异常"),
    FindingKind.SCRIPT: Words("a character of another script", "夹有其他文字或异体字"),
    FindingKind.FORBIDDEN_TERM: Words("a term said wrongly", "术语误译"),
    FindingKind.MISSING_TERM: Words("a term that no accepted form stands for", "术语未用规范译法"),
    FindingKind.PUNCTUATION: Words("punctuation", "标点"),
    FindingKind.SPACING: Words("spacing between Chinese and Latin letters", "中西文间距"),
    FindingKind.TITLE_STYLE: Words("not written as a title", "不合标题体例"),
}
_REMARKS = {
    LEFT: Words("left in the original", "保留原文"),
    ALSO: Words("some sentences are by", "部分句子译自"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing that is worth knowing about a translation: what it is, and the words it is about."""

    words: Words
    text: str


def list_remarks(found: StoredTranslation) -> list[Remark]:
    """Return all that was found, in the order in which it was."""
    return [_remark(finding["kind"], finding["detail"]) for finding in found.marks.findings]


def say_kind(kind: str) -> Words:
    """Return what a kind of finding means; one of a later version as it is written."""
    if kind in _REMARKS:
        return _REMARKS[kind]
    return _KINDS[FindingKind(kind)] if kind in set(FindingKind) else Words(kind, kind)


def _remark(kind: str, detail: str) -> Remark:
    text = name_engine(detail).en if kind == ALSO else detail
    return Remark(words=say_kind(kind), text=text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
