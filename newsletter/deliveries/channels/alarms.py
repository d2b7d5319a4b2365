"""What the operators are told about channels."""

from datetime import datetime

from sqlmodel import Session

from newsletter.deliveries.alarms import AlarmKind, clear_alarm, raise_alarm
from newsletter.deliveries.channels.store import WHOLE
from newsletter.deliveries.pacing import Pace
from newsletter.words import Words

_KINDS = (AlarmKind.CHANNEL_PAUSED, AlarmKind.ACCOUNT_UNUSABLE, AlarmKind.RELAY_UNUSABLE)


def name_channel(account: str, destination: str) -> str:
    """Return a channel's name, as alarms and commands show it."""
    return account if destination == WHOLE else f"{account} to {destination}"


def raise_paused(session: Session, account: str, destination: str, pace: Pace, *, is_only: bool, at: datetime) -> bool:
    """Open an alarm about a held channel; `is_only`: there is no other account to fail over to."""
    name = name_channel(account, destination)
    if destination != WHOLE:
        kind = AlarmKind.CHANNEL_PAUSED
    else:
        kind = AlarmKind.RELAY_UNUSABLE if is_only else AlarmKind.ACCOUNT_UNUSABLE
    until = Words("", "")
    if pace.held_until is not None:
        instant = f"{pace.held_until:%Y-%m-%d %H:%M} UTC"
        until = Words(f" until {instant}, then one message is tried", f"至 {instant}，届时试发一封")
    detail = Words(
        f"Nothing goes out through {name}{until.en}: {pace.reason} `newsletter channels` shows it.",
        f"{name} 暂停发信{until.zh}。原因：{pace.reason} 详见 `newsletter channels`。",
    )
    return raise_alarm(session, kind, name, at=at, detail=detail)


def lower_alarms(session: Session, account: str, destination: str, *, at: datetime) -> None:
    """Clear the alarms about a channel that is open again."""
    for kind in _KINDS:
        clear_alarm(session, kind, name_channel(account, destination), at=at)
