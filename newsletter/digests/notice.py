"""The day on which arXiv announced nothing, as one reader is told of it."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from newsletter.digests.dates import long_day, short_date, short_date_zh, short_day_zh
from newsletter.digests.digest import DigestLinks
from newsletter.papers.calendar import EASTERN, announced_at, is_holiday_hint, next_listing_on
from newsletter.subscribers.subscriber import Languages


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A working day without a list, for one reader; times are shown in Eastern time and in `timezone` (IANA)."""

    listed_on: date
    timezone: str
    languages: Languages
    links: DigestLinks

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def next_at(self) -> datetime:
        """When the next list is due (UTC), which does not depend on when the mail is written."""
        return announced_at(_next_list(self.listed_on))


def say_why(notice: Notice, code: str) -> str:
    """Return the one line: what did not come, that arXiv names a holiday where it does, and when the next list is due."""
    listed_on, is_holiday = notice.listed_on, is_holiday_hint(notice.listed_on)
    if code == "zh":
        why = f"arXiv 没有发布日期为 {short_date_zh(listed_on)} 的列表{'；其日历标有假日' if is_holiday else ''}。"
        return why + _next_line_zh(notice.next_at, notice.zone)
    why = f"arXiv announced nothing dated {short_date(listed_on)}{'; it names a holiday' if is_holiday else ''}."
    return f"{why} {_next_line(notice.next_at, notice.zone)}"


def _next_list(listed_on: date) -> date:
    """Return the date of the next list that arXiv's calendar does not leave out."""
    following = next_listing_on(announced_at(listed_on))
    return _next_list(following) if is_holiday_hint(following) else following


def _next_line(instant: datetime, zone: ZoneInfo) -> str:
    eastern, local = instant.astimezone(EASTERN), instant.astimezone(zone)
    start = f"The next list is due on {long_day(eastern)} at {eastern:%H:%M} Eastern"
    if eastern.replace(tzinfo=None) == local.replace(tzinfo=None):
        return f"{start}, your time."
    day = "" if local.date() == eastern.date() else f"{long_day(local)} "
    return f"{start} ({day}{local:%H:%M} your time)."


def _next_line_zh(instant: datetime, zone: ZoneInfo) -> str:
    eastern, local = instant.astimezone(EASTERN), instant.astimezone(zone)
    start = f"下一份列表预计于美东时间{short_day_zh(eastern)} {eastern:%H:%M} 发布"
    if eastern.replace(tzinfo=None) == local.replace(tzinfo=None):
        return f"{start}，与您当地时间相同。"
    day = "" if local.date() == eastern.date() else short_day_zh(local)
    return f"{start}（您当地{day} {local:%H:%M}）。"
