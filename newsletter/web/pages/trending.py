"""What trends at Hugging Face, day by day."""

from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from newsletter.db.engine import reading
from newsletter.papers.history_store import list_first_listed
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.trending_day import Asked
from newsletter.papers.trending_store import find_days_around, find_last_asked, find_newest_day, list_trending
from newsletter.runtime import Runtime
from newsletter.web.days import Neighbours, with_translations
from newsletter.web.pages.day import FIRST_YEAR, LAST_YEAR
from newsletter.web.shown import NumberedPaper
from newsletter.web.site import PUBLIC, CurrentSite, Site
from newsletter.words import Words

_SATURDAY = 5
_NEVER = Words(
    "Hugging Face's papers of the day will be here once the first list is collected.",
    "收到第一份 Hugging Face 每日论文之后，就会列在这里。",
)
_UNREADABLE = Words(
    "This is not a date; choose one in the field, or write it like 2026-03-20.",
    "日期无法识别，请在下方选择，或写成 2026-03-20。",
)
_TO_COME = Words("This day's list is not out yet.", "这一天的榜单尚未公布。")
_WEEKEND = Words(
    "Hugging Face has no list on Saturdays and Sundays.",
    "Hugging Face 周六、周日没有榜单。",
)
_EMPTY = Words("Hugging Face's list of this day was empty.", "Hugging Face 这一天的榜单是空的。")
_SILENT = Words(
    "Hugging Face was asked for this day's list and has not given it.",
    "已向 Hugging Face 询问这一天的榜单，尚未取得。",
)
_NOT_ASKED = Words("This day's list was not collected here.", "这一天的榜单没有收录。")

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trends:
    """A day's list as it is shown; `reason` says why there is nothing."""

    on: date | None
    papers: tuple[NumberedPaper, ...] = ()
    neighbours: Neighbours
    reason: Words | None = None


@router.api_route("/trending", methods=["GET", "HEAD"])
def show_trending(site: CurrentSite, date: str = "") -> HTMLResponse:
    """Show a day's list, the newest one unless a day is asked for."""
    asked = date.strip()
    on = _read_date(asked)
    if asked and on is None:
        return _page(site, Trends(on=None, neighbours=_nowhere(), reason=_UNREADABLE), status=400)
    trends = _load(site.runtime, on)
    return _page(site, trends, status=404 if asked and trends.reason else 200, is_newest=not asked)


def _page(site: Site, trends: Trends, *, status: int, is_newest: bool = False) -> HTMLResponse:
    return site.page("archive/trending.html", status=status, headers=PUBLIC, trends=trends, is_newest=is_newest)


def _load(runtime: Runtime, asked: date | None) -> Trends:
    with reading(runtime.database) as session:
        day = asked or find_newest_day(session)
        if day is None:
            return Trends(on=None, neighbours=_nowhere(), reason=_NEVER)
        before, after = find_days_around(session, day)
        found = list_trending(session, day)
        last = find_last_asked(session, day)
        listed = list_first_listed(session, [item.paper.arxiv_id for item in found])
    shown = with_translations(runtime, [item.paper for item in found])
    papers = tuple(
        NumberedPaper(
            number=number,
            paper=shown.paper(item.paper.arxiv_id, AnnouncementKind.NEW, day, facts=item.facts),
            listed_on=listed.get(item.paper.arxiv_id),
        )
        for number, item in enumerate(found, start=1)
    )
    reason = None if papers else say_missing(day, last, today=runtime.clock().date())
    return Trends(on=day, papers=papers, neighbours=Neighbours(previous_on=before, next_on=after), reason=reason)


def say_missing(day: date, last: Asked | None, *, today: date) -> Words:
    """Say why nothing is known of a day's list; days there begin at 00:00 UTC."""
    if last is not None:
        return _EMPTY if last.is_seen else _SILENT
    if day.weekday() >= _SATURDAY:
        return _WEEKEND
    return _TO_COME if day >= today else _NOT_ASKED


def _read_date(written: str) -> date | None:
    try:
        found = date.fromisoformat(written)
    except ValueError:
        return None
    return found if str(found) == written and FIRST_YEAR <= found.year <= LAST_YEAR else None


def _nowhere() -> Neighbours:
    return Neighbours(previous_on=None, next_on=None)
