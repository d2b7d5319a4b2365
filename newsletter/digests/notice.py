"""The day on which arXiv announced nothing, as one reader is told of it."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from newsletter.digests.dates import short_date, write_date
from newsletter.digests.digest import DigestLinks
from newsletter.digests.speech import say
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
    day = short_date(notice.listed_on, code)
    if is_holiday_hint(notice.listed_on):
        why = say(code, "arXiv announced nothing dated {day}; it names a holiday.", day=day)
    else:
        why = say(code, "arXiv announced nothing dated {day}.", day=day)
    return say(code, "{why} {next}", why=why, next=_next_line(notice.next_at, notice.zone, code))


def _next_list(listed_on: date) -> date:
    """Return the date of the next list that arXiv's calendar does not leave out."""
    following = next_listing_on(announced_at(listed_on))
    return _next_list(following) if is_holiday_hint(following) else following


def _next_line(instant: datetime, zone: ZoneInfo, code: str) -> str:
    eastern, local = instant.astimezone(EASTERN), instant.astimezone(zone)
    values = {
        "weekday": write_date(eastern, "weekday", code),
        "weekday_short": write_date(eastern, "weekday_short", code),
        "time": f"{eastern:%H:%M}",
        "day": write_date(local, "weekday", code),
        "day_short": write_date(local, "weekday_short", code),
        "local": f"{local:%H:%M}",
    }
    if eastern.replace(tzinfo=None) == local.replace(tzinfo=None):
        return say(code, "The next list is due on {weekday} at {time} Eastern, your time.", **values)
    if local.date() == eastern.date():
        return say(code, "The next list is due on {weekday} at {time} Eastern ({local} your time).", **values)
    return say(code, "The next list is due on {weekday} at {time} Eastern ({day} {local} your time).", **values)
