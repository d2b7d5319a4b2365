"""The commands uncertain and settle: mails of which nobody knows whether they arrived, and an operator's word on them."""

from datetime import date
from enum import StrEnum
from typing import Annotated

import typer

from newsletter.cli.options import AnyDay, Day, Json
from newsletter.cli.output import out, print_json, print_table
from newsletter.deliveries.messages import Message
from newsletter.deliveries.uncertain import Fate
from newsletter.runtime import open_runtime


class Known(StrEnum):
    """What an operator found out."""

    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not-accepted"


def uncertain(day: AnyDay = None, as_json: Json = False) -> None:
    """List the mails that may have arrived, of one day or of all; by default none is sent again by itself."""
    found = open_runtime().list_uncertain(day)
    if as_json:
        print_json(
            [
                {
                    "email": mail.email,
                    "edition_on": str(mail.edition_on) if mail.edition_on else None,
                    "message": mail.message,
                    "revision": mail.revision,
                    "since": mail.since.isoformat(),
                    "server": mail.server,
                    "reason": mail.reason,
                    "message_id": mail.message_id,
                }
                for mail in found
            ]
        )
        return
    rows = [
        (
            mail.email,
            str(mail.edition_on or ""),
            mail.message,
            mail.revision,
            f"{mail.since:%Y-%m-%d %H:%M} UTC",
            mail.reason,
        )
        for mail in found
    ]
    print_table("Uncertain", ("reader", "day", "mail", "revision", "since", "because"), rows)
    if found:
        out.print(
            "\nLook for them in the relay's log by their Message-ID (--json shows it), then: "
            "newsletter settle --day D --reader EMAIL --as accepted|not-accepted",
            markup=False,
        )


def settle(
    day: Day,
    reader: Annotated[str, typer.Option("--reader", metavar="EMAIL", help="Whose mail.")],
    known: Annotated[Known, typer.Option("--as", help="What you found out about it.")],
    trending: Annotated[bool, typer.Option("--trending", help="The mail of trending papers, not the digest.")] = False,
    as_json: Json = False,
) -> None:
    """Decide about an uncertain mail: accepted, or not accepted, which sends it under the same Message-ID."""
    fate = Fate.ARRIVED if known is Known.ACCEPTED else Fate.LOST
    message = Message.TRENDING if trending else Message.DIGEST
    runtime = open_runtime()
    note = runtime.note_command("settle", runtime.name_address(reader), day=str(day), fate=fate.value, mails=1)
    state = runtime.settle(reader, day, fate, message=message, note=note)
    if as_json:
        print_json({"email": reader, "edition_on": str(day), "message": message, "state": state})
        return
    out.print(_say(day, reader, fate), markup=False)


def _say(day: date, reader: str, fate: Fate) -> str:
    if fate is Fate.ARRIVED:
        return f"The mail of {day} to {reader} counts as accepted."
    return f"The mail of {day} to {reader} is queued again; the workers send it, or `newsletter send --day {day}`."
