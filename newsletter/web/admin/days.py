"""The operator's calendar: what became of every day, and of any reader's mail. It changes nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse

from newsletter.deliveries.alarm_mails import say_kind
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState
from newsletter.editions.story.chronicle import CalendarDay, ReaderStory
from newsletter.editions.story.delays import say_fault
from newsletter.editions.story.lists import say_counts, say_source
from newsletter.editions.story.mails import say_word
from newsletter.editions.story.tell import EditionState
from newsletter.errors import NotFoundError
from newsletter.papers.calendar import latest_listing_on
from newsletter.papers.deadlines import list_working_days
from newsletter.papers.ledger import Judgement
from newsletter.papers.list_day import ListDay, ListTrouble
from newsletter.web.admin.session import Looking
from newsletter.web.forms import FieldError
from newsletter.web.marks import Mark, state_mark
from newsletter.web.pages.day import read_date
from newsletter.web.site import CurrentSite, Site
from newsletter.words import Words

router = APIRouter()

_FIRST_YEAR = 1991  # arXiv's own
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}\Z")
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownList:
    """One category's list as the pages show it."""

    known: ListDay
    mark: Mark
    counts: Sequence[Words]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDay:
    """One day as the pages show it."""

    day: CalendarDay
    mark: Mark
    lists: Sequence[ShownList]

    @property
    def is_known(self) -> bool:
        """Whether anything is known of its lists."""
        return any(shown.known.verdict or shown.known.seen_at for shown in self.lists)

    @property
    def is_bad(self) -> bool:
        """Whether somebody may want to look at one of its lists."""
        return any(shown.mark.is_bad for shown in self.lists)

    @property
    def on(self) -> date:
        return self.day.facts.edition_on

    @property
    def troubles(self) -> list[tuple[ListDay, ListTrouble]]:
        return [(shown.known, trouble) for shown in self.lists for trouble in shown.known.troubles]


_EDITIONS = {
    EditionState.NONE: Mark(shape="–", words=Words("no edition", "无")),
    EditionState.WAITING: Mark(shape="○", words=Words("waiting", "等待列表")),
    EditionState.OPEN: Mark(shape="◐", words=Words("open", "未汇编")),
    EditionState.COMPOSED: Mark(shape="●", words=Words("composed", "已汇编")),
    EditionState.ARCHIVED: Mark(shape="□", words=Words("archived", "仅存档")),
}
_LISTS = {
    Judgement.COMPLETE: Mark(shape="●", words=Words("complete", "齐全")),
    Judgement.PARTIAL: Mark(shape="◐", words=Words("partial", "不齐"), is_bad=True),
    Judgement.LATE: Mark(shape="○", words=Words("late", "迟到"), is_bad=True),
    Judgement.NONE: Mark(shape="–", words=Words("no list", "无列表")),
    Judgement.ERROR: Mark(shape="▲", words=Words("error", "出错"), is_bad=True),
}
_UNKNOWN = Mark(shape="?", words=Words("unknown", "未知"))
_MESSAGES = {
    Message.DIGEST: Words("Digests", "晨报"),
    Message.TRENDING: Words("Mails of trending papers", "热门论文邮件"),
    Message.NOTICE: Words("Notices of a day without a list", "无列表通知"),
}


@router.get("/days")
def show_days(operator: Looking, site: CurrentSite, month: str = "") -> HTMLResponse:
    """Show a month of the calendar, the newest day first."""
    newest_on = latest_listing_on(site.runtime.clock())
    first = _read_month(month, newest_on)
    following = _next_month(first)
    working = list_working_days(first, min(following - _ONE_DAY, newest_on))
    found = site.runtime.chronicle.calendar(working[0], working[-1]) if working else []
    days = [_shown(day) for day in found]
    return site.page(
        "admin/days.html",
        operator=operator,
        first=first,
        weeks=_weeks(first, days),
        days=days[::-1],
        alarms=[(say_kind(alarm.kind), alarm) for alarm in site.runtime.list_alarms()],
        marks=list(_EDITIONS.values()),
        previous_month=f"{first - _ONE_DAY:%Y-%m}" if first.year > _FIRST_YEAR else None,
        next_month=f"{following:%Y-%m}" if following <= newest_on else None,
        say_fault=say_fault,
        say_source=say_source,
    )


@router.get("/days/{written}")
def show_day(operator: Looking, written: str, site: CurrentSite, reader: str = "") -> HTMLResponse:
    """Show one day, and what became of one reader's mail if their address is given."""
    edition_on, email = read_date(written), reader.strip()
    if not _FIRST_YEAR <= edition_on.year < date.max.year:
        raise HTTPException(404)
    story, errors = _find_story(site, email, edition_on) if email else (None, [])
    deliveries = [
        (words, found)
        for message, words in _MESSAGES.items()
        if (found := site.runtime.chronicle.deliveries(edition_on, message)).states or message is Message.DIGEST
    ]
    return site.page(
        "admin/day.html",
        status=422 if errors else 200,
        operator=operator,
        shown=_shown(site.runtime.chronicle.day(edition_on)),
        deliveries=deliveries,
        previous_on=_working_day(edition_on, -_ONE_DAY),
        next_on=_working_day(edition_on, _ONE_DAY),
        reader=email,
        story=story,
        errors=errors,
        say_fault=say_fault,
        say_source=say_source,
        say_word=say_word,
        marks={state: state_mark(state) for state in DeliveryState},
    )


def _find_story(site: Site, email: str, edition_on: date) -> tuple[ReaderStory | None, list[FieldError]]:
    try:
        return site.runtime.chronicle.story(email, edition_on), []
    except NotFoundError:
        unknown = FieldError(field="reader", words=Words("No reader has this address.", "没有读者使用这个地址。"))
        return None, [unknown]


def _shown(day: CalendarDay) -> ShownDay:
    lists = [
        ShownList(
            known=known,
            mark=_LISTS[known.verdict.judgement] if known.verdict else _UNKNOWN,
            counts=say_counts(known),
        )
        for known in day.facts.lists
    ]
    return ShownDay(day=day, mark=_EDITIONS[day.state], lists=lists)


def _weeks(first: date, days: Sequence[ShownDay]) -> list[list[ShownDay | date | None]]:
    """Return the month by weeks of five days: days that are shown, those to come by their date, None outside of it."""
    known = {shown.on: shown for shown in days}
    last = _next_month(first) - _ONE_DAY
    monday = first - timedelta(days=first.weekday())
    working = list_working_days(monday, last + timedelta(days=6 - last.weekday()))
    weeks = [list(week) for _, week in groupby(working, key=lambda day: day.isocalendar()[:2])]
    cells = [[known.get(day, day) if day.month == first.month else None for day in week] for week in weeks]
    return [week for week in cells if any(week)]


def _read_month(written: str, newest_on: date) -> date:
    """Return the first day of the month an address names, or of the newest list's month; any other is no page of ours."""
    if not written:
        return newest_on.replace(day=1)
    if not _MONTH.match(written) or not 1 <= int(written[5:]) <= 12:
        raise HTTPException(404)
    year, month = int(written[:4]), int(written[5:])
    if year < _FIRST_YEAR or (year, month) > (newest_on.year, newest_on.month):
        raise HTTPException(404)
    return date(year, month, 1)


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _working_day(day: date, step: timedelta) -> date:
    day += step
    return day if list_working_days(day, day) else _working_day(day, step)
