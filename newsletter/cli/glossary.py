"""The command `newsletter glossary`: the terms that operators added to the shipped ones."""

from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli.options import Json
from newsletter.cli.output import CommandGroup, out, print_json, print_table
from newsletter.errors import InputError, NotFoundError
from newsletter.operators.audit import COMMAND_LINE
from newsletter.runtime import open_runtime

app = typer.Typer(cls=CommandGroup, help="The glossary: how terms are translated, for everybody.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="TERM", help="The term as texts say it, in the singular.")]


@app.command("list")
def list_terms(
    shipped: Annotated[str, typer.Option("--shipped", help="Show the shipped terms with these words instead.")] = "",
    as_json: Json = False,
) -> None:
    """List the terms that operators added, or those of the shipped glossary that have some words."""
    runtime = open_runtime()
    if shipped:
        found = [(term.source, term.forms, term.forbidden, "shipped") for term in runtime.search_terms(shipped)]
    else:
        found = [(term.term, term.forms, term.forbidden, term.added_by) for term in runtime.list_terms()]
    if as_json:
        print_json([{"term": a, "forms": list(b), "forbidden": list(c), "added_by": d} for a, b, c, d in found])
        return
    rows = [(term, "、".join(forms), "、".join(forbidden), by) for term, forms, forbidden, by in found]
    print_table(f"{len(rows)} terms", ("term", "said as", "never", "added by"), rows)


@app.command("add")
def add(
    term: Name,
    say: Annotated[list[str], typer.Option("--say", help="How it is said; may be repeated, the preferred form first.")],
    never: Annotated[list[str] | None, typer.Option("--never", help="How it must not be; may be repeated.")] = None,
) -> None:
    """Add a term, or change it."""
    runtime = open_runtime()
    runtime.put_term(
        term,
        say,
        never or (),
        by=COMMAND_LINE.who,
        note=runtime.note_command("add-term", term, forms=say, forbidden=never or []),
    )
    out.print("Kept. `newsletter translations renew` brings it into what is translated already.")


@app.command("remove")
def remove(term: Name) -> None:
    """Remove a term that was added."""
    runtime = open_runtime()
    if not runtime.remove_term(term, note=runtime.note_command("remove-term", term)):
        raise NotFoundError(f"Nobody added a term {term!r}; shipped ones stay.")
    out.print("Removed.")


@app.command("import")
def import_file(file: Annotated[Path, typer.Argument(help="A file as `export` writes it.")]) -> None:
    """Add all terms of a TOML file, or none if one of them cannot be used."""
    runtime = open_runtime()
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}") from error
    note = runtime.note_command("import-terms", file.name)
    count = runtime.import_terms(text, name=file.name, by=COMMAND_LINE.who, note=note)
    out.print(f"{count} terms added or changed.")


@app.command("export")
def export(file: Annotated[Path | None, typer.Argument(help="Where to; standard output if left out.")] = None) -> None:
    """Write the terms that operators added as TOML, in the format of the shipped glossary."""
    text = open_runtime().export_terms()
    if file is None:
        typer.echo(text, nl=False)
        return
    file.write_text(text, "utf-8")
    out.print(f"Written to {file}.")
