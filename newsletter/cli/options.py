"""Options that several commands share."""

from datetime import date
from typing import Annotated

import typer

from newsletter.errors import InputError


def parse_day(text: str | date) -> date:
    """Read a date such as 2026-03-20; raises InputError."""
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{text!r} is not a day; write one like 2026-03-20.") from error


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table.")]
Day = Annotated[
    date, typer.Option("--day", parser=parse_day, metavar="YYYY-MM-DD", help="The edition, by listing date.")
]
AnyDay = Annotated[
    date | None,
    typer.Option(
        "--day", parser=parse_day, metavar="YYYY-MM-DD", help="The edition, by listing date; the newest if left out."
    ),
]
