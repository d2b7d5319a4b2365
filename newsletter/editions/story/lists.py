"""Why a day has no digests, or none yet: told from its lists and its edition."""

from enum import StrEnum
from typing import assert_never

from newsletter.editions.agenda import is_edition_ready
from newsletter.editions.story.facts import DayFacts
from newsletter.editions.story.words import (
    LATE_AFTER,
    date_words,
    eastern_words,
    join_words,
    lists_words,
    paper_words,
    quote,
)
from newsletter.papers.calendar import eastern, is_holiday_hint
from newsletter.papers.deadlines import is_working_day
from newsletter.papers.ledger import Judgement, Source
from newsletter.papers.list_day import ListDay
from newsletter.words import NOTHING, Words


class Absence(StrEnum):
    """Why there are no digests of a day."""

    WEEKEND = "weekend"
    NOT_ANNOUNCED = "not-announced"
    NO_LIST = "no-list"
    NOT_COLLECTED = "not-collected"
    NO_ANSWER = "no-answer"
    ARCHIVED = "archived"
    OVERTAKEN = "overtaken"
    LISTS_LATE = "lists-late"
    TO_COMPOSE = "to-compose"


_SOURCES = {
    Source.LISTING: Words("listing", "列表页"),
    Source.RECENT: Words("recent days", "近日列表页"),
    Source.FEED: Words("feed", "订阅源"),
    Source.OAI: Words("OAI-PMH", "OAI-PMH"),
    Source.API: Words("API", "API"),
}
PENDING = frozenset({Absence.NOT_ANNOUNCED, Absence.LISTS_LATE, Absence.TO_COMPOSE})
"""Of these days digests may still come."""


def find_absence(day: DayFacts) -> Absence | None:
    """Return why there are no digests of the day; None when they are composed."""
    if day.composed_at:
        return None
    if not is_working_day(day.edition_on) and not day.edition:
        return Absence.WEEKEND
    if day.now < day.announced_at:
        return Absence.NOT_ANNOUNCED
    return _without_edition(day) if day.edition is None else _uncomposed(day)


def _uncomposed(day: DayFacts) -> Absence:
    if day.is_archived:
        return Absence.ARCHIVED
    if _is_overtaken(day):
        return Absence.OVERTAKEN
    return Absence.TO_COMPOSE if day.is_sample or _is_ready(day) else Absence.LISTS_LATE


def _without_edition(day: DayFacts) -> Absence:
    judgements = [_judgement(known) for known in day.lists]
    if all(judgement is Judgement.NONE for judgement in judgements):
        return Absence.NO_LIST
    if not _is_ready(day):
        return Absence.LISTS_LATE
    if not any(known.verdict for known in day.lists):
        return Absence.NOT_COLLECTED
    if not {Judgement.COMPLETE, Judgement.PARTIAL} & {*judgements}:
        return Absence.NO_ANSWER
    # a list that is here has its edition opened in a moment
    return Absence.OVERTAKEN if _is_overtaken(day) else Absence.TO_COMPOSE


def _is_overtaken(day: DayFacts) -> bool:
    """Tell whether there is a newer edition: only the newest is composed by itself."""
    return day.newest_on is not None and day.newest_on > day.edition_on


def _is_ready(day: DayFacts) -> bool:
    """Tell whether the day's edition waits no longer for its lists."""
    return is_edition_ready([_judgement(known) for known in day.lists], now=day.now, deadline=day.deadline)


def say_absence(day: DayFacts, absence: Absence) -> Words:
    """Return the clause that says why there are no digests of the day."""
    match absence:
        case Absence.WEEKEND:
            return Words("arXiv dates no list on a weekend", "arXiv 周末没有列表")
        case Absence.NOT_ANNOUNCED:
            return _say_not_announced(day)
        case Absence.NO_LIST:
            return _say_no_list(day)
        case Absence.NOT_COLLECTED:
            return _say_not_collected(day)
        case Absence.NO_ANSWER:
            return _say_no_answer(day)
        case Absence.ARCHIVED:
            return _say_archived(day)
        case Absence.OVERTAKEN:
            return _say_overtaken(day)
        case Absence.LISTS_LATE:
            return _say_lists_late(day)
        case Absence.TO_COMPOSE:
            return _say_to_compose(day)
        case _:
            assert_never(absence)


def say_counts(known: ListDay) -> list[Words]:
    """Return how many new and cross-listed papers each source showed of a list: listing 512, feed 510 of 512."""
    said = []
    for source, name in _SOURCES.items():
        if (count := known.counts.get(source)) is None:
            continue
        # the API is asked for single papers, not for the list
        is_whole = source is Source.API or known.total in (None, count)
        total = NOTHING if is_whole else Words(f" of {known.total}", f"/{known.total}")
        said.append(Words(f"{name.en} {count}{total.en}", f"{name.zh} {count}{total.zh}"))
    return said


def say_source(name: str) -> Words:
    """Return the name of a source that the ledger knows."""
    return _SOURCES[Source(name)]


def _say_not_announced(day: DayFacts) -> Words:
    on, eve = date_words(day.edition_on), date_words(eastern(day.announced_at).date())
    return Words(
        f"arXiv announces the list of {on.en} on {eve.en} at 20:00 Eastern",
        f"{on.zh} 的列表将于美东时间 {eve.zh} 20:00 公布",
    )


def _say_no_list(day: DayFacts) -> Words:
    on = date_words(day.edition_on)
    reasons = dict.fromkeys(quote(known.verdict.reason) for known in day.lists if known.verdict)
    holiday = "，arXiv 放假" if is_holiday_hint(day.edition_on) else ""
    return Words(
        f"arXiv announced nothing dated {on.en} ({'; '.join(reasons)})",
        f"arXiv 没有公布 {on.zh} 的列表{holiday}",
    )


def _say_not_collected(day: DayFacts) -> Words:
    on = date_words(day.edition_on)
    return Words(
        f"nothing of {on.en} was collected, so it has no edition",
        f"{on.zh} 的列表未曾收集，当日没有晨报",
    )


def _say_no_answer(day: DayFacts) -> Words:
    missing = [known for known in day.lists if not known.is_settled]
    reasons = dict.fromkeys(
        quote(known.verdict.reason) if known.verdict else "nobody asked for it" for known in missing
    )
    lists = lists_words([known.category for known in missing])
    return Words(f"the {lists.en} could not be had ({'; '.join(reasons)})", f"未能取得 {lists.zh}")


def _say_archived(day: DayFacts) -> Words:
    on = date_words(day.edition_on)
    return Words(
        f"the lists of {on.en} were fetched for the archive afterwards, and past days are not mailed",
        f"{on.zh} 的列表是事后为存档补收的，过去的日期不再发信",
    )


def _say_overtaken(day: DayFacts) -> Words:
    on = date_words(day.edition_on)
    return Words(
        f"no digests were composed before the next edition opened, so the papers of {on.en} come as late ones in "
        "a later digest",
        f"下一期开始之前未能汇编，{on.zh} 的论文将作为迟到论文并入之后的晨报",
    )


def _say_lists_late(day: DayFacts) -> Words:
    until = eastern_words(day.deadline, day.edition_on)
    late = say_unsettled(day)
    return Words(f"{late.en}; we ask until {until.en}", f"{late.zh}；我们会询问到{until.zh}")


def _say_to_compose(day: DayFacts) -> Words:
    if not day.has_readers:
        return Words(
            "the edition is ready, but there is no confirmed reader",
            "本期已就绪，但没有已确认的读者",
        )
    if day.is_trending_awaited:
        return Words(
            "the edition waits for Hugging Face's list, half an hour at most",
            "本期在等 Hugging Face 的热门列表，至多半小时",
        )
    return Words("the edition is ready, and its digests are about to be composed", "本期已就绪，即将汇编")


def say_unsettled(day: DayFacts) -> Words:
    """Return what the day's lists still lack: the list of cs is late and 3 papers of stat are missing."""
    waiting = [known for known in day.lists if not known.is_settled]
    silent = [known.category for known in waiting if _judgement(known) is Judgement.ERROR]
    late = [known.category for known in waiting if _judgement(known) is Judgement.LATE]
    said = [_say_partial(known) for known in waiting if _judgement(known) is Judgement.PARTIAL]
    if silent:
        lists = lists_words(silent)
        said.append(Words(f"no source answers about the {lists.en}", f"没有来源答复 {lists.zh}"))
    if late:
        lists, be = lists_words(late), "is" if len(late) == 1 else "are"
        is_late = day.now - day.announced_at >= LATE_AFTER
        how = Words("late", "迟到") if is_late else Words("not here yet", "尚未出现")
        said.append(Words(f"the {lists.en} {be} {how.en}", f"{lists.zh}{how.zh}"))
    return join_words(said)


def _say_partial(known: ListDay) -> Words:
    missing = known.verdict.missing_count if known.verdict else None
    if missing is None:
        return Words(f"some papers of {known.category} may be missing", f"{known.category} 可能尚缺论文")
    papers = paper_words(missing)
    be = "is" if missing == 1 else "are"
    return Words(f"{papers.en} of {known.category} {be} missing", f"{known.category} 尚缺 {papers.zh}")


def _judgement(known: ListDay) -> Judgement:
    """Return the list's judgement; one that nobody has judged yet is waited for like one that is late."""
    return known.verdict.judgement if known.verdict else Judgement.LATE
