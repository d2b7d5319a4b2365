"""The command channels: each account and destination, how fast mail may go there, and ending a hold."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from newsletter.cli.options import Json
from newsletter.cli.output import CommandGroup, out, print_json, print_table
from newsletter.deliveries.channels.store import WHOLE
from newsletter.deliveries.channels.survey import AccountView, ChannelView
from newsletter.runtime import open_runtime

app = typer.Typer(cls=CommandGroup, invoke_without_command=True, subcommand_metavar="[resume]")


@app.callback()
def channels(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also destinations that were never in trouble.")] = False,
    as_json: Json = False,
) -> None:
    """Show each account, what it carried against its caps, and the destinations where mail goes slower or is held."""
    if context.invoked_subcommand is not None:
        return
    found = open_runtime().survey_channels()
    if as_json:
        print_json([account_json(view) for view in found])
        return
    for view in found:
        print_account(view, everything=everything)


@app.command()
def resume(
    account: Annotated[str, typer.Argument(help="The account's name, as `newsletter channels` shows it.")],
    destination: Annotated[str | None, typer.Argument(help="One destination; left out: the account and all.")] = None,
) -> None:
    """End a hold before its time: the cause is mended. Mail begins slowly and grows with what is accepted."""
    runtime = open_runtime()
    note = runtime.note_command("resume-channel", f"{account} {destination or ''}".strip())
    freed = runtime.resume_channels(account, destination, note=note)
    if not freed:
        out.print("Nothing was held.")
    for name in freed:
        out.print(f"{account} is open again." if name == WHOLE else f"{account} to {name} is open again.", markup=False)


def print_account(view: AccountView, *, everything: bool) -> None:
    """Print one account and, unless everything is asked for, those of its channels that an answer has slowed."""
    out.print(f"{view.account.name}: {_say_usage(view)}", style="bold", markup=False)
    if view.whole.pace.hold is not None:
        out.print(f"  {_say_hold(view.whole)}", markup=False)
    shown = [channel for channel in view.channels if everything or channel.pace.was_slowed or channel.pace.hold]
    if shown:
        rows = [(item.destination, *_say_limits(item), _say_hold(item)) for item in shown]
        print_table("", ("destination", "connections", "a second", "hold"), rows)


def _say_usage(view: AccountView) -> str:
    caps = view.account.caps
    parts = [
        f"{view.usage.hour}{_of(caps.per_hour)} mails in the last hour",
        f"{view.usage.day}{_of(view.daily_cap)} in 24 hours",
    ]
    if view.warmup_day is not None:
        parts.append(f"day {view.warmup_day} of its warm-up" if view.warmup_day > 0 else "its warm-up has not begun")
    if caps.connections is not None:
        parts.append(f"{view.whole.in_use} of {caps.connections} connections in use")
    return ", ".join(parts)


def _of(cap: int | None) -> str:
    return "" if cap is None else f" of {cap}"


def _say_limits(view: ChannelView) -> Iterator[str]:
    limit, rate = view.pace.connections(), view.pace.rate()
    yield "any number" if limit is None else f"{view.in_use} of {limit}"
    yield "any number" if rate is None else f"{rate:g}"


def _say_hold(view: ChannelView) -> str:
    pace = view.pace
    if pace.hold is None:
        return ""
    if view.is_held:
        return f"{pace.hold} until {pace.held_until:%Y-%m-%d %H:%M} UTC: {pace.reason}"
    return f"{pace.hold}, over; the next message tells: {pace.reason}"


def account_json(view: AccountView) -> dict[str, Any]:
    """Return an account as JSON values."""
    caps = view.account.caps
    return {
        "account": view.account.name,
        "hour": {"carried": view.usage.hour, "cap": caps.per_hour},
        "day": {"carried": view.usage.day, "cap": view.daily_cap},
        "per_second": caps.per_second,
        "warmup_day": view.warmup_day,
        **_channel_json(view.whole, connections=view.whole.pace.connections(caps.connections)),
        "destinations": _destinations_json(view.channels),
    }


def _destinations_json(views: Sequence[ChannelView]) -> list[dict[str, Any]]:
    return [
        {"destination": view.destination}
        | _channel_json(view, connections=view.pace.connections())
        | {"rate_per_second": view.pace.rate()}
        for view in views
    ]


def _channel_json(view: ChannelView, *, connections: int | None) -> dict[str, Any]:
    until = view.pace.held_until
    return {
        "connections": {"in_use": view.in_use, "limit": connections},
        "hold": view.pace.hold,
        "is_held": view.is_held,
        "held_until": None if until is None else until.isoformat(timespec="seconds"),
        "reason": view.pace.reason,
    }
