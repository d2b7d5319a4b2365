"""The mails of the service itself, as plain values and words: welcome, a fresh link, goodbye, alarms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from newsletter.papers.calendar import announced_at, next_listing_on
from newsletter.subscribers.subscriber import WEEKDAYS, Preferences

_WORKING_DAYS = frozenset(WEEKDAYS[:5])
_DAYS = dict(zip(WEEKDAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True))
_DAYS_ZH = dict(zip(WEEKDAYS, "一二三四五六日", strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """What a reader who has just agreed is told; `at` is when."""

    keywords: Sequence[str]
    preferences: Preferences
    manage_url: str
    unsubscribe_url: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmNote:
    """One alarm in an operator's mail: its kind in words, which one, what to do; `cleared_at` is None while it is open."""

    title_en: str
    title_zh: str
    subject: str
    detail_en: str
    detail_zh: str
    raised_at: datetime
    cleared_at: datetime | None


def say_what_comes(welcome: Welcome, code: str) -> str:
    """Return in a few sentences what comes, when, and what happens on a day without papers."""
    preferences = welcome.preferences
    if code == "zh":
        empty = "来信告知" if preferences.wants_empty_mail else "不会打扰您"
        what = f"{_days_zh(preferences)}一封信，带来与您的关键词相关的 arXiv 新论文，{_when_zh(welcome)}。"
        return f"{what}{'若一周没有相关论文，则' if preferences.weekly_on else '没有相关论文的日子'}{empty}。"
    empty = "a short mail says so" if preferences.wants_empty_mail else "nothing comes"
    return (
        f"{_days(preferences)} one mail brings the new arXiv papers on your keywords, {_when(welcome)}. "
        f"When there is none for you, {empty}."
    )


def head_alarms(notes: Sequence[AlarmNote], code: str) -> str:
    """Return the heading of an alarm mail: whether somebody has to look."""
    is_solved = all(note.cleared_at is not None for note in notes)
    if code == "zh":
        return "已恢复正常" if is_solved else "请留意"
    return "All is well again" if is_solved else "Something needs a look"


def say_alarms(notes: Sequence[AlarmNote], code: str) -> str:
    """Return the subject of an alarm mail: the alarm, that it is solved, or how many there are."""
    solved = sum(note.cleared_at is not None for note in notes)
    is_zh = code == "zh"
    if len(notes) == 1:
        [note] = notes
        title = note.title_zh if is_zh else note.title_en
        mark = ("已解决：" if is_zh else "Solved: ") if solved else ""
        return f"{mark}{title}"
    if is_zh:
        return f"{len(notes)} 条警报" + (f"，其中 {solved} 条已解决" if solved else "")
    return f"{len(notes)} alarms" + (f", {solved} of them solved" if solved else "")


def _days(preferences: Preferences) -> str:
    if preferences.weekly_on is not None:
        return f"Once a week, with {_DAYS[preferences.weekly_on]}'s list,"
    if set(preferences.weekdays) >= _WORKING_DAYS:
        return "Each day that arXiv announces,"
    *head, last = [day.capitalize() for day in preferences.weekdays]
    return f"On {', '.join(head)} and {last}" if head else f"On {last}"


def _days_zh(preferences: Preferences) -> str:
    if preferences.weekly_on is not None:
        return f"每周{_DAYS_ZH[preferences.weekly_on]}列表发布后"
    if set(preferences.weekdays) >= _WORKING_DAYS:
        return "arXiv 每次更新后"
    return "每周" + "、".join(_DAYS_ZH[day] for day in preferences.weekdays)


def _when(welcome: Welcome) -> str:
    preferences = welcome.preferences
    if preferences.hour is not None:
        return f"at {preferences.hour:02}:00 your time ({_place(preferences)})"
    local = announced_at(next_listing_on(welcome.at)).astimezone(preferences.zone)
    return f"as soon as the list is out: from 20:00 Eastern, {local:%H:%M} your time ({_place(preferences)})"


def _when_zh(welcome: Welcome) -> str:
    preferences = welcome.preferences
    if preferences.hour is not None:
        return f"于您当地时间 {preferences.hour:02}:00（{_place(preferences)}）送到"
    local = announced_at(next_listing_on(welcome.at)).astimezone(preferences.zone)
    return f"列表一发布即送：美东时间 20:00 起，您当地 {local:%H:%M}（{_place(preferences)}）"


def _place(preferences: Preferences) -> str:
    return preferences.timezone.rpartition("/")[2].replace("_", " ")
