"""The operators' first page: how the morning went, in one sentence, and what needs a decision, each with its button."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from newsletter.deliveries.alarm_mails import say_kind
from newsletter.deliveries.alarms import Alarm, AlarmKind
from newsletter.deliveries.states import DeliveryState
from newsletter.editions.story.delays import say_fault
from newsletter.editions.story.lists import say_source
from newsletter.editions.story.timeline import Milestone, Progress
from newsletter.papers.list_day import ListDay, ListTrouble
from newsletter.runtime.today import CHART_DAYS, Concerns, Today
from newsletter.web.admin.chart import GROUPS, HEIGHT, WIDTH, draw
from newsletter.web.admin.session import Looking
from newsletter.web.marks import Mark, state_mark
from newsletter.web.site import CurrentSite
from newsletter.words import NOTHING, Words

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Something that needs a person: what it is, more about it, and where it is decided."""

    words: Words
    path: str
    button: Words
    detail: Words = NOTHING
    since: datetime | None = None


_STEPS = {
    Progress.DONE: Mark(shape="●", words=Words("done", "完成")),
    Progress.NOW: Mark(shape="◐", words=Words("awaited", "等待中")),
    Progress.AHEAD: Mark(shape="○", words=Words("to come", "未到")),
    Progress.TROUBLED: Mark(shape="▲", words=Words("not as it should be", "有异常"), is_bad=True),
    Progress.OMITTED: Mark(shape="–", words=Words("not today", "不适用")),
}
_RUNNING = Mark(shape="◐", words=Words("under way", "进行中"))
_PLACES = {
    AlarmKind.CHANNEL_PAUSED: ("/admin/channels", Words("Look at the ways out", "查看发信通道")),
    AlarmKind.RELAY_UNUSABLE: ("/admin/channels", Words("Look at the ways out", "查看发信通道")),
    AlarmKind.ACCOUNT_UNUSABLE: ("/admin/channels", Words("Look at the ways out", "查看发信通道")),
    AlarmKind.POLICY_BOUNCE: ("/admin/bounces", Words("See what came back", "查看退信")),
    AlarmKind.BOUNCE_TROUBLE: ("/admin/settings", Words("Look at the settings", "查看设置")),
    AlarmKind.COLLECTION_TROUBLE: ("/admin/days", Words("See the lists", "查看列表")),
    AlarmKind.UNCERTAIN_WAITING: ("/admin/uncertain", Words("Decide", "去处理")),
    AlarmKind.SIGN_UP_FLOOD: ("/admin/readers?consent=pending", Words("See who signed up", "查看新注册读者")),
}
_SEE_FAILED = Words("See who would get it again", "查看可重发的读者")


@router.get("")
def show_today(operator: Looking, site: CurrentSite) -> HTMLResponse:
    """Show the latest day."""
    today = site.runtime.today()
    concerns = site.runtime.concerns(today)
    until = max(today.on, site.runtime.clock().date())
    return site.page(
        "admin/today.html",
        operator=operator,
        today=today,
        now=site.runtime.clock(),
        steps=[(step, _mark(step, site.runtime.clock())) for step in today.timeline],
        decisions=list_decisions(today, concerns),
        troubles=_list_troubles(today),
        chart=draw(site.runtime.month(until), until=until, days=CHART_DAYS),
        groups=GROUPS,
        size=(WIDTH, HEIGHT),
        days=CHART_DAYS,
        marks={state: state_mark(state) for state in DeliveryState},
        say_fault=say_fault,
        say_source=say_source,
    )


def list_decisions(today: Today, concerns: Concerns) -> list[Decision]:
    """Return what needs a person, the oldest alarm first, each thing once."""
    kinds = {alarm.kind for alarm in concerns.alarms}
    decisions = [_of_alarm(alarm) for alarm in concerns.alarms]
    number = sum(concerns.uncertain.values())
    if number and AlarmKind.UNCERTAIN_WAITING not in kinds:
        words = Words(
            f"{number:,} {'mail' if number == 1 else 'mails'} may have arrived", f"{number:,} 封邮件可能已送达"
        )
        decisions.append(Decision(words=words, path="/admin/uncertain", button=Words("Decide", "去处理")))
    if concerns.failed:
        failed = concerns.failed
        words = Words(
            f"{failed:,} of the day's {'mails' if failed > 1 else 'mails has'} failed",
            f"当日 {failed:,} 封邮件发送失败",
        )
        decisions.append(Decision(words=words, path=_resend_failed(today.on), button=_SEE_FAILED))
    if not kinds & {AlarmKind.CHANNEL_PAUSED, AlarmKind.RELAY_UNUSABLE, AlarmKind.ACCOUNT_UNUSABLE}:
        decisions += _of_held(concerns)
    return decisions


def _mark(step: Milestone, now: datetime) -> Mark:
    is_running = step.progress is Progress.NOW and step.at is not None and step.at <= now
    return _RUNNING if is_running else _STEPS[step.progress]


def _of_alarm(alarm: Alarm) -> Decision:
    if alarm.kind is AlarmKind.DELIVERY_PARKED:
        on = _read_day(alarm.subject)
        path, button = (_resend_failed(on), _SEE_FAILED) if on else ("/admin/days", Words("See the days", "查看日历"))
    else:
        path, button = _PLACES[alarm.kind]
    title = say_kind(alarm.kind) + Words(f" ({alarm.subject})", f"（{alarm.subject}）")
    return Decision(words=title, path=path, button=button, detail=alarm.detail, since=alarm.raised_at)


def _of_held(concerns: Concerns) -> list[Decision]:
    path, button = _PLACES[AlarmKind.CHANNEL_PAUSED]
    return [
        Decision(
            words=Words(
                f"Nothing is sent {f'to {name}' if name else 'at all'} by {view.account.name} for now",
                f"{view.account.name} 暂停{f'向 {name} ' if name else ''}发信",
            ),
            path=path,
            button=button,
        )
        for view, names in concerns.held
        for name in names
    ]


def _list_troubles(today: Today) -> Sequence[tuple[ListDay, ListTrouble]]:
    """Return what was wrong with the sources of a day whose lists are not settled; what mended itself is history."""
    return [(known, trouble) for known in today.day.facts.lists if not known.is_settled for trouble in known.troubles]


def _resend_failed(on: date) -> str:
    return f"/admin/days/{on}/resend?audience=failed"


def _read_day(subject: str) -> date | None:
    try:
        return date.fromisoformat(subject)
    except ValueError:
        return None
