"""The command `newsletter translations`: corrections as a file, and renewal by the terms of today."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli.days import say_spent
from newsletter.cli.options import AnyDay
from newsletter.cli.output import CommandGroup, err, out, progress
from newsletter.errors import InputError, NotFoundError
from newsletter.operators.audit import COMMAND_LINE
from newsletter.runtime import open_runtime
from newsletter.translation.tmx import Unit

app = typer.Typer(cls=CommandGroup, help="Translations: corrections as a file, and renewal.", no_args_is_help=True)


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


@app.command("renew")
def renew(day: AnyDay = None) -> None:
    """Bring the terms of today into an edition's translations: only where a changed term occurs.

    What can be mended is, without asking anybody; the rest is translated anew.
    """
    runtime = open_runtime()
    edition_on = day or runtime.newest_edition()
    if edition_on is None:
        raise NotFoundError("There is no edition yet; run `newsletter collect`.")
    note = runtime.note_command("renew-translations", str(edition_on))
    with progress("Terms are brought in") as bar:
        found = runtime.renew_translations(edition_on, on_progress=bar.reach, note=note)
    out.print(
        f"{edition_on}: {found.touched} texts have terms that changed; {found.mended} mended, {found.anew} translated "
        f"anew, {found.left} stay as they are."
    )
    if found.report:
        say_spent(runtime, found.report)
