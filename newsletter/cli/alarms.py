"""The command alarms: what is open now."""

from collections.abc import Sequence
from typing import Any

from newsletter.cli.options import Json
from newsletter.cli.output import out, print_json
from newsletter.deliveries.alarm_mails import say_kind
from newsletter.deliveries.alarms import Alarm
from newsletter.runtime import open_runtime


def alarms(as_json: Json = False) -> None:
    """List the open alarms, the oldest first."""
    found = open_runtime().list_alarms()
    if as_json:
        print_json([alarm_json(alarm) for alarm in found])
        return
    if not found:
        out.print("No alarm is open.")
        return
    print_alarms(found)


def print_alarms(found: Sequence[Alarm]) -> None:
    """Print open alarms, each with what to do."""
    for alarm in found:
        title = f"▲ {say_kind(alarm.kind).en}: {alarm.subject}, since {alarm.raised_at:%Y-%m-%d %H:%M} UTC."
        out.print(title, style="bold", markup=False)
        out.print(f"  {alarm.detail.en}", markup=False)


def alarm_json(alarm: Alarm) -> dict[str, Any]:
    """Return an alarm as JSON values."""
    return {
        "kind": alarm.kind,
        "subject": alarm.subject,
        "detail": alarm.detail.en,
        "raised_at": alarm.raised_at.isoformat(timespec="seconds"),
    }
