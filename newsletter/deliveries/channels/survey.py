"""How the channels stand, for an operator's eyes, and an operator's word that a hold is over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from newsletter.deliveries.caps import Usage, daily_cap, warmup_day
from newsletter.deliveries.channels import store
from newsletter.deliveries.channels.alarms import lower_alarms
from newsletter.deliveries.channels.store import WHOLE, StoredChannel
from newsletter.deliveries.pacing import UNLIMITED, Hold, Pace, released
from newsletter.errors import NotFoundError
from newsletter.mail.server import SmtpAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """One channel: its destination, its pace, how many connections are in use, and whether it is held now."""

    destination: str
    pace: Pace
    in_use: int
    is_held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """One account: as a whole and by destination, what it carried and may carry, and which day of its warm-up it has."""

    account: SmtpAccount
    whole: ChannelView
    channels: Sequence[ChannelView]
    usage: Usage
    daily_cap: int | None
    warmup_day: int | None


def survey(session: Session, accounts: Sequence[SmtpAccount], *, at: datetime) -> list[AccountView]:
    """Return how the accounts and their channels stand, the preferred account first; channels by name."""
    return [_view(session, account, at) for account in accounts]


def resume(
    session: Session, accounts: Sequence[SmtpAccount], name: str, destination: str | None, *, at: datetime
) -> list[str]:
    """End the holds of an account, or of one of its channels, and return the destinations that were held.

    The pace stays as low as it was made; it grows with what is accepted. Raises NotFoundError for an unknown account or
    channel.
    """
    if name not in [account.name for account in accounts]:
        known = ", ".join(account.name for account in accounts)
        raise NotFoundError(f"There is no account {name}; there is {known}.")
    stored = store.list_channels(session, name, None if destination is None else [destination], for_update=True)
    if destination is not None and destination not in stored:
        raise NotFoundError(f"{name} knows no destination {destination}; `newsletter channels --all` lists them.")
    held = {place: channel for place, channel in stored.items() if channel.pace.hold is not None}
    freed = {
        place: StoredChannel(pace=released(channel.pace), free_at=channel.free_at) for place, channel in held.items()
    }
    store.save_channels(session, name, freed, at=at)
    for place in held:
        lower_alarms(session, name, place, at=at)
    return sorted(held)


def try_again_now(session: Session, accounts: Sequence[SmtpAccount], *, at: datetime) -> None:
    """Let accounts that were out of reach be tried at once: whoever sends by hand does not wait for our own pause.

    What a server asked for, and a refusal of us, is left alone.
    """
    for account in accounts:
        found = store.list_channels(session, account.name, [WHOLE], for_update=True)
        stopped = {place: channel for place, channel in found.items() if channel.pace.hold is Hold.TROUBLE}
        tried = {
            place: StoredChannel(pace=replace(channel.pace, held_until=at), free_at=channel.free_at)
            for place, channel in stopped.items()
        }
        store.save_channels(session, account.name, tried, at=at)


def _view(session: Session, account: SmtpAccount, at: datetime) -> AccountView:
    stored = {WHOLE: StoredChannel(pace=UNLIMITED)} | store.list_channels(session, account.name)
    slots = store.list_slots(session, account.name, stored, at=at)
    views = {
        name: ChannelView(
            destination=name,
            pace=channel.pace,
            in_use=sum(slots.get(name, {}).values()),
            is_held=channel.pace.is_held(at),
        )
        for name, channel in sorted(stored.items())
    }
    return AccountView(
        account=account,
        whole=views.pop(WHOLE),
        channels=list(views.values()),
        usage=store.measure_usage(session, account.name, at=at),
        daily_cap=daily_cap(account.caps, at.date()),
        warmup_day=warmup_day(account.caps, at.date()),
    )
