"""Who wrote the Chinese of a paper, in words."""

from newsletter.digests.dates import plain_date, plain_date_zh
from newsletter.papers.sources.sample import SAMPLE_CATEGORY
from newsletter.translation.corrections import StoredTranslation
from newsletter.words import Words

_NO_CHINESE = Words("There is no Chinese of this paper yet.", "本文暂无中文译文。")
_WHOLE = Words("Its Chinese", "中文")
_TITLE = Words("The Chinese title", "中文标题")
_ABSTRACT = Words("The Chinese abstract", "中文摘要")
_ENGINES = {"deepl": "DeepL", "libretranslate": "LibreTranslate"}


def say_origin(title: StoredTranslation | None, abstract: StoredTranslation | None) -> Words:
    """Say who wrote the Chinese that is shown of a title and an abstract; None is what is not translated."""
    if title is None and abstract is None:
        return _NO_CHINESE
    if title and abstract and _name(title) == _name(abstract):
        return _say(_WHOLE, abstract)
    parts = [_say(part, found) for part, found in ((_TITLE, title), (_ABSTRACT, abstract)) if found]
    if title and abstract:
        return parts[0] + Words(" ", "") + parts[1]
    missing = Words("title", "标题") if abstract else Words("abstract", "摘要")
    return parts[0] + Words(f" There is no Chinese {missing.en} yet.", f"暂无中文{missing.zh}。")


def _say(part: Words, found: StoredTranslation) -> Words:
    day = found.translated_at.date()
    if found.is_correction:
        return part + Words(f" was revised by a person on {plain_date(day)}.", f"于 {plain_date_zh(day)}经人工审订。")
    if found.engine == SAMPLE_CATEGORY:
        return part + Words(" was written for the sample edition.", "为样刊而写。")
    return part + Words(
        f" is a machine translation by {_name(found)} of {plain_date(day)}; nobody has checked it.",
        f"由 {_name(found)} 于 {plain_date_zh(day)}机器翻译，未经人工校对。",
    )


def _name(found: StoredTranslation) -> str:
    """Return what people call an engine: `openai:gpt-6-luna` is named by its model."""
    return found.engine if found.is_correction else _ENGINES.get(found.engine, found.engine.rpartition(":")[2])
