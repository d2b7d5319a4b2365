"""A day's way from arXiv to the readers, told in six steps: which are done and when, and what is awaited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsletter.deliveries.tally import Course as Dispatch
from newsletter.editions.story.facts import DayFacts
from newsletter.editions.story.lists import Absence, find_absence, say_absence
from newsletter.editions.story.words import lists_words, paper_words
from newsletter.translation.runs import TranslationRun
from newsletter.words import NOTHING, Words


class Progress(StrEnum):
    """How far a step is."""

    DONE = "done"
    NOW = "now"
    """What the day waits for."""
    AHEAD = "ahead"
    TROUBLED = "troubled"
    """Done, but not as it should be."""
    OMITTED = "omitted"
    """Not for this day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """One step: what it is called, how far it is, when it was done, and more about it in a few words."""

    name: Words
    progress: Progress
    at: datetime | None = None
    detail: Words = NOTHING


_NAMES = {
    "announced": Words("Announced by arXiv", "arXiv 公布"),
    "collected": Words("Collected", "收到列表"),
    "complete": Words("Complete", "列表齐全"),
    "translated": Words("Translated", "翻译"),
    "composed": Words("Composed", "汇编"),
    "dispatched": Words("Dispatched", "发出"),
}


def tell_timeline(
    day: DayFacts, *, runs: Sequence[TranslationRun], dispatch: Dispatch, has_engine: bool
) -> list[Milestone]:
    """Tell the six steps of a day; at most one of them is awaited.

    `runs` are the translation runs of the day, `has_engine` whether there is an engine at all.
    """
    steps = [
        _announced(day),
        _collected(day),
        _complete(day),
        _translated(day, runs, has_engine=has_engine),
        _composed(day),
        _dispatched(day, dispatch),
    ]
    ends_at = next((place for place, step in enumerate(steps) if step.progress is Progress.NOW), len(steps))
    return [
        step if place <= ends_at or step.progress is not Progress.NOW else _later(step)
        for place, step in enumerate(steps)
    ]


def _announced(day: DayFacts) -> Milestone:
    is_over = day.now >= day.announced_at
    return Milestone(name=_NAMES["announced"], progress=Progress.DONE if is_over else Progress.NOW, at=day.announced_at)


def _collected(day: DayFacts) -> Milestone:
    name = _NAMES["collected"]
    seen = [known.seen_at for known in day.lists if known.seen_at]
    if day.edition is not None:
        at = min(seen, default=day.edition.opened_at)
        return Milestone(name=name, progress=Progress.DONE, at=at, detail=paper_words(day.edition.paper_count))
    absence = find_absence(day)
    if absence in (Absence.LISTS_LATE, Absence.NOT_ANNOUNCED, Absence.TO_COMPOSE):
        detail = say_absence(day, absence) if absence is Absence.LISTS_LATE else NOTHING
        return Milestone(name=name, progress=Progress.NOW, detail=detail)
    return Milestone(name=name, progress=Progress.OMITTED, detail=say_absence(day, absence) if absence else NOTHING)


def _complete(day: DayFacts) -> Milestone:
    name = _NAMES["complete"]
    if day.edition is None:
        return _after(name, day)
    if day.is_sample:
        return Milestone(name=name, progress=Progress.DONE, at=day.edition.opened_at)
    missing = [known for known in day.lists if not known.is_settled]
    if not missing:
        changed = [known.changed_at for known in day.lists if known.changed_at]
        return Milestone(name=name, progress=Progress.DONE, at=max(changed, default=None))
    lists = lists_words([known.category for known in missing])
    detail = Words(f"the {lists.en} not whole", f"{lists.zh}不齐")
    is_over = day.composed_at is not None or day.now >= day.deadline
    return Milestone(name=name, progress=Progress.TROUBLED if is_over else Progress.NOW, detail=detail)


def _translated(day: DayFacts, runs: Sequence[TranslationRun], *, has_engine: bool) -> Milestone:
    name = _NAMES["translated"]
    if not has_engine and not runs:
        return Milestone(
            name=name, progress=Progress.OMITTED, detail=Words("no translation engine is set", "未设置翻译引擎")
        )
    if not runs:
        if day.composed_at is None:
            return _after(name, day)
        nothing = Words("nothing new to translate", "没有新的文本")
        return Milestone(name=name, progress=Progress.DONE, at=day.composed_at, detail=nothing)
    translated, failed = sum(run.translated for run in runs), runs[-1].failed
    detail = Words(f"{translated:,} {'text' if translated == 1 else 'texts'}", f"{translated:,} 段文字")
    if failed:
        detail += Words(f", {failed:,} failed", f"，{failed:,} 段失败")
    return Milestone(
        name=name, progress=Progress.TROUBLED if failed else Progress.DONE, at=runs[-1].ended_at, detail=detail
    )


def _composed(day: DayFacts) -> Milestone:
    name = _NAMES["composed"]
    if day.composed_at is not None:
        return Milestone(name=name, progress=Progress.DONE, at=day.composed_at)
    absence = find_absence(day)
    if absence is Absence.TO_COMPOSE:
        return Milestone(name=name, progress=Progress.NOW, detail=say_absence(day, absence))
    return _after(name, day)


def _dispatched(day: DayFacts, dispatch: Dispatch) -> Milestone:
    name = _NAMES["dispatched"]
    if day.composed_at is None:
        return _after(name, day)
    if dispatch.open_count:
        waiting = Words(f"{dispatch.open_count:,} on their way", f"{dispatch.open_count:,} 封待发")
        return Milestone(name=name, progress=Progress.NOW, at=dispatch.first_at, detail=waiting)
    if dispatch.last_at is None:
        nothing = Words("no mail was accepted", "没有邮件被接收")
        return Milestone(name=name, progress=Progress.DONE, detail=nothing)
    return Milestone(name=name, progress=Progress.DONE, at=dispatch.last_at)


def _after(name: Words, day: DayFacts) -> Milestone:
    """Return a step whose turn comes later, or never."""
    absence = find_absence(day)
    is_ahead = absence in (Absence.NOT_ANNOUNCED, Absence.LISTS_LATE, Absence.TO_COMPOSE)
    return Milestone(name=name, progress=Progress.AHEAD if is_ahead else Progress.OMITTED)


def _later(step: Milestone) -> Milestone:
    return Milestone(name=step.name, progress=Progress.AHEAD, at=step.at)
