"""Commands about the database itself: copy."""

from contextlib import nullcontext
from typing import Annotated

import typer

from newsletter.cli.output import Bar, CommandGroup, out, print_table, progress
from newsletter.embedded.lock import hold_home
from newsletter.errors import InputError
from newsletter.runtime.transfer import copy_installation
from newsletter.settings import load_settings

app = typer.Typer(cls=CommandGroup, help="The database itself.")


@app.callback()
def database() -> None:
    """The database itself."""


@app.command()
def copy(
    to: Annotated[str | None, typer.Option("--to", metavar="URL", help="Into this one, which must be empty.")] = None,
    source: Annotated[
        str | None, typer.Option("--from", metavar="URL", help="Out of this one, which is only read.")
    ] = None,
    while_running: Annotated[
        bool, typer.Option("--while-running", help="Though the newsletter runs: what it stores meanwhile stays behind.")
    ] = False,
) -> None:
    """Copy everything into another database, from SQLite to PostgreSQL or back; what is left out is DATABASE_URL.

    All or nothing: when it is killed the target stays empty, and the same command begins anew.
    """
    if to is None and source is None:
        raise InputError("Say where to: newsletter db copy --to postgresql://user:password@host/name")
    settings = load_settings()
    with nullcontext() if while_running else hold_home(settings.home), progress("Rows") as bar:
        copied = copy_installation(
            source or settings.database,
            to or settings.database,
            now=settings.now,
            while_running=while_running,
            expect=lambda total: bar.reach(0, total),
            tell=lambda name, more: _show(bar, name, more),
        )
    rows = [(table.name, table.rows, table.checksum) for table in copied if table.rows]
    print_table("Copied, read again there, and found the same", ("table", "rows", "checksum"), rows)
    out.print(f"{len(copied) - len(rows)} more tables are empty.")
    out.print("Now set DATABASE_URL to the target for every process, and start them. The source is as it was.")


def _show(bar: Bar, name: str, more: int) -> None:
    bar.say(name)
    bar.advance(more)
