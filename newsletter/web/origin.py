"""Who wrote the Chinese of a paper, in words."""

from newsletter.digests.dates import plain_date, plain_date_zh
from newsletter.papers.sources.sample import SAMPLE_CATEGORY
from newsletter.translation.corrections import StoredTranslation
from newsletter.translation.drafts import MEMORY
from newsletter.translation.origin import Origin, name_engine, read_origin
from newsletter.words import NOTHING, Words

_NO_CHINESE = Words("There is no Chinese of this paper yet.", "本文暂无中文译文。")
_WHOLE = Words("Its Chinese", "中文")
_TITLE = Words("The Chinese title", "中文标题")
_ABSTRACT = Words("The Chinese abstract", "中文摘要")


def say_origin(title: StoredTranslation | None, abstract: StoredTranslation | None) -> Words:
    """Say who wrote the Chinese that is shown of a title and an abstract; None is what is not translated."""
    if title is None and abstract is None:
        return _NO_CHINESE
    if title and abstract and _read(title) == _read(abstract):
        return _say(_WHOLE, abstract)
    parts = [_say(part, found) for part, found in ((_TITLE, title), (_ABSTRACT, abstract)) if found]
    if title and abstract:
        return parts[0] + Words(" ", "") + parts[1]
    missing = Words("title", "标题") if abstract else Words("abstract", "摘要")
    return parts[0] + Words(f" There is no Chinese {missing.en} yet.", f"暂无中文{missing.zh}。")


def _say(part: Words, found: StoredTranslation) -> Words:
    day = found.translated_at.date()
    origin = _read(found)
    if origin.is_correction:
        return part + Words(f" was revised by a person on {plain_date(day)}.", f"于 {plain_date_zh(day)}经人工审订。")
    if found.engine == SAMPLE_CATEGORY:
        return part + Words(" was written for the sample edition.", "为样刊而写。")
    return part + _say_machine(origin, Words(plain_date(day), plain_date_zh(day))) + _say_left(origin)


def _say_machine(origin: Origin, day: Words) -> Words:
    if origin.engine == MEMORY:
        return Words(
            f" was put together on {day.en} from machine translations of the same sentences; nobody has checked it.",
            f"于 {day.zh}由相同句子的既有机器译文拼合而成，未经人工校对。",
        )
    names = [name_engine(engine) for engine in (origin.engine, *origin.also)]
    english, chinese = " and ".join(name.en for name in names), "、".join(name.zh for name in names)
    return Words(
        f" is a machine translation by {english} of {day.en}; nobody has checked it.",
        f"由 {chinese} 于 {day.zh}机器翻译，未经人工校对。",
    )


def _say_left(origin: Origin) -> Words:
    if not origin.left:
        return NOTHING
    english = "One sentence was" if origin.left == 1 else f"{origin.left} sentences were"
    return Words(
        f" {english} left in the original, for want of a good translation.",
        f"其中 {origin.left} 句因没有可靠的译文而保留原文。",
    )


def _read(found: StoredTranslation) -> Origin:
    return read_origin(found.engine, found.marks)
