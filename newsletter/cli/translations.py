"""The command `newsletter translations`: corrections as a file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli.output import CommandGroup, err, out
from newsletter.errors import InputError
from newsletter.operators.audit import COMMAND_LINE
from newsletter.runtime import open_runtime
from newsletter.translation.tmx import Unit

app = typer.Typer(cls=CommandGroup, help="Translations: corrections as a file.", no_args_is_help=True)


@app.command("export")
def export(
    tmx: Annotated[Path, typer.Option("--tmx", metavar="FILE", help="The TMX file to write.")],
    is_all: Annotated[bool, typer.Option("--all", help="What engines wrote as well: all that readers see.")] = False,
) -> None:
    """Write people's corrections, or all translations, as TMX 1.4b."""
    runtime = open_runtime()
    count = 0

    def counted(units: Iterator[Unit]) -> Iterator[Unit]:
        nonlocal count
        for unit in units:
            count += 1
            yield unit

    with tmx.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(runtime.write_units(counted(runtime.list_units(is_all=is_all))))
    out.print(f"{count} translations written to {tmx}.")
    lost = 0 if is_all else runtime.count_corrections() - count
    if lost:
        err.print(f"{lost} corrections are left out: their papers' texts have changed since, or are not stored.")


@app.command("import")
def import_file(tmx: Annotated[Path, typer.Option("--tmx", metavar="FILE", help="The TMX file to read.")]) -> None:
    """Let people's words in a TMX file stand from now on; what was corrected here later stays."""
    runtime = open_runtime()
    try:
        content = tmx.read_bytes()
    except OSError as error:
        raise InputError(f"{tmx} cannot be read: {error}") from error
    note = runtime.note_command("import-translations", tmx.name)
    found = runtime.import_tmx(content, by=COMMAND_LINE.who, note=note)
    out.print(f"{found.taken} corrections taken in.")
    for count, why in (
        (found.older, "ours are as new"),
        (found.engines, "an engine wrote them"),
        (found.useless, "they are no translations"),
    ):
        if count:
            out.print(f"{count} left out: {why}.")
