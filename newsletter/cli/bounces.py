"""Commands about mail that comes back: classify."""

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from newsletter.cli.options import Json
from newsletter.cli.output import CommandGroup, print_table
from newsletter.errors import InputError
from newsletter.mail.bounces import BounceClass, BounceReport, read_bounce

app = typer.Typer(cls=CommandGroup, help="Mail that comes back: failure reports, complaints, automatic replies.")


@app.callback()
def bounces() -> None:
    """Mail that comes back: failure reports, complaints, automatic replies."""


@app.command()
def classify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of mails, one a file; or one such file.")],
    as_json: Json = False,
) -> None:
    """Say what each mail of a folder reports, and about whom; nothing is stored."""
    found = [(path.name, read_bounce(path.read_bytes())) for path in _list_mails(folder)]
    if as_json:
        for name, report in found:
            typer.echo(json.dumps(_as_dict(name, report), ensure_ascii=False))
        return
    counts = Counter(report.kind for _, report in found)
    print_table(f"{len(found)} mails", ("class", "mails"), [(kind, counts[kind]) for kind in BounceClass])


def _list_mails(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}; name one that holds mails, one a file.")
    found = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if not found:
        raise InputError(f"No mail lies directly in {folder}; name the folder that holds the mails, one a file.")
    return found


def _as_dict(name: str, report: BounceReport) -> dict[str, Any]:
    return {
        "file": name,
        "recipients": [recipient.address for recipient in report.recipients],
        "class": report.kind,
        "status": report.status,
    }
