"""The mails of the service itself, as plain values and words: welcome, a fresh link, goodbye, alarms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from newsletter.digests.dates import write_date
from newsletter.digests.speech import say, say_in, say_words
from newsletter.papers.calendar import announced_at, next_listing_on
from newsletter.subscribers.subscriber import WEEKDAYS, Preferences
from newsletter.words import Words

_WORKING_DAYS = frozenset(WEEKDAYS[:5])
_DAYS = {name: date(2024, 1, 1 + place) for place, name in enumerate(WEEKDAYS)}
"""A day of each name: 1 January 2024 was a Monday."""


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

    title: Words
    subject: str
    detail: Words
    raised_at: datetime
    cleared_at: datetime | None


def say_what_comes(welcome: Welcome, code: str) -> str:
    """Return in a few sentences what comes, when, and what happens on a day without papers."""
    preferences = welcome.preferences
    what = say(
        code,
        "{days} one mail brings the new arXiv papers on your keywords, {when}.",
        days=_days(preferences, code),
        when=_when(welcome, code),
    )
    return say(code, "{what} {empty}", what=what, empty=_say_empty(preferences, code))


def head_alarms(notes: Sequence[AlarmNote], code: str) -> str:
    """Return the heading of an alarm mail: whether somebody has to look."""
    is_solved = all(note.cleared_at is not None for note in notes)
    return say(code, "All is well again") if is_solved else say(code, "Something needs a look")


def say_alarms(notes: Sequence[AlarmNote], code: str) -> str:
    """Return the subject of an alarm mail: the alarm, that it is solved, or how many there are."""
    solved = sum(note.cleared_at is not None for note in notes)
    if len(notes) == 1:
        title = say_words(code, notes[0].title)
        return say(code, "Solved: {title}", title=title) if solved else title
    if solved:
        return say(code, "{n} alarms, {solved} of them solved", n=len(notes), solved=solved)
    return say(code, "{n} alarms", n=len(notes))


def _say_empty(preferences: Preferences, code: str) -> str:
    if preferences.weekly_on:
        if preferences.wants_empty_mail:
            return say_in(code, "week", "When there is none for you, a short mail says so.")
        return say_in(code, "week", "When there is none for you, nothing comes.")
    if preferences.wants_empty_mail:
        return say_in(code, "day", "When there is none for you, a short mail says so.")
    return say_in(code, "day", "When there is none for you, nothing comes.")


def _days(preferences: Preferences, code: str) -> str:
    if preferences.weekly_on is not None:
        day = _DAYS[preferences.weekly_on]
        names = {name: write_date(day, name, code) for name in ("weekday", "weekday_narrow")}
        return say(code, "Once a week, with {weekday}'s list,", **names)
    if set(preferences.weekdays) >= _WORKING_DAYS:
        return say(code, "Each day that arXiv announces,")
    *head, last = [write_date(_DAYS[day], "listed", code) for day in preferences.weekdays]
    if not head:
        return say(code, "On {days}", days=last)
    first = say_in(code, "days", ", ").join(head)
    return say(code, "On {days}", days=say(code, "{days} and {last}", days=first, last=last))


def _when(welcome: Welcome, code: str) -> str:
    preferences = welcome.preferences
    place = _place(preferences)
    if preferences.hour is not None:
        return say(code, "at {time} your time ({place})", time=f"{preferences.hour:02}:00", place=place)
    local = announced_at(next_listing_on(welcome.at)).astimezone(preferences.zone)
    return say(
        code,
        "as soon as the list is out: from 20:00 Eastern, {local} your time ({place})",
        local=f"{local:%H:%M}",
        place=place,
    )


def _place(preferences: Preferences) -> str:
    return preferences.timezone.rpartition("/")[2].replace("_", " ")
