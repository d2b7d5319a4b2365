"""How commands speak: tables and sentences for people, JSON for programs, and exit statuses."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy.exc import OperationalError
from typer.core import TyperGroup

from newsletter.errors import ConflictError, InputError, NewsletterError, NotFoundError, QuerySyntaxError

FAILURE = 1
USAGE = 2

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class CommandGroup(TyperGroup):
    """Turns the product's own errors into one clear message and an exit status."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except NewsletterError as error:
            err.print(describe(error), style="red", markup=False)
            wrong_usage = isinstance(error, InputError | NotFoundError | ConflictError)
            raise typer.Exit(USAGE if wrong_usage else FAILURE) from error
        except OperationalError as error:
            # a full disk, a server that went away: nothing of the broken transaction is kept, so it can be done again
            err.print(
                f"The database cannot be used: {error.orig}. Is the disk full? Nothing was lost; mend it and repeat."
            )
            raise typer.Exit(FAILURE) from error


def describe(error: NewsletterError) -> str:
    """Return an error as people read it; a wrong keyword with a mark under the place and the mended query."""
    if not isinstance(error, QuerySyntaxError):
        return str(error)
    lines = [str(error), f"  {error.text}", "  " + " " * error.position + "^"]
    if error.suggestion:
        lines.append(f"Did you mean: {error.suggestion}")
    return "\n".join(lines)


def print_json(value: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print one JSON document on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a small table; numbers stand right."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for place, name in enumerate(header):
        is_number = bool(rows) and all(isinstance(row[place], int) for row in rows)
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    out.print(table)


@contextmanager
def progress(description: str, *, total: int | None = None, is_quiet: bool = False) -> Iterator["Bar"]:
    """Show a progress bar on standard error while the block runs."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=is_quiet or not err.is_terminal) as shown:
        yield Bar(shown, shown.add_task(description, total=total))


class Bar:
    """One bar; `advance` is handed down to whoever does the work."""

    def __init__(self, shown: Progress, task: Any) -> None:
        self._shown = shown
        self._task = task

    def advance(self, done: int) -> None:
        """Show that some more are done."""
        self._shown.advance(self._task, done)

    def reach(self, done: int, total: int | None = None) -> None:
        """Show how many are done so far, and of how many when that becomes known only now."""
        self._shown.update(self._task, completed=done, total=total)  # None leaves the total as it is

    def say(self, sentence: str) -> None:
        """Show what is being done."""
        self._shown.update(self._task, description=sentence)
