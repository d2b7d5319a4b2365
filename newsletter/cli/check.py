"""The command check: looks at every part and says what to mend."""

from typing import Annotated

import typer

from newsletter.cli.options import Json
from newsletter.cli.output import FAILURE, out, print_json
from newsletter.inspection import Finding, Grade, inspect
from newsletter.settings import load_settings

_MARKS = {Grade.OK: ("✓", "green"), Grade.WARNING: ("!", "yellow"), Grade.PROBLEM: ("✗", "red")}


def check(
    offline: Annotated[
        bool, typer.Option("--offline", help="Leave out what would ask arXiv or the translation service.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look at settings, disk, database, broker, relay, arXiv and translator; number what is found, with hints."""
    findings = inspect(load_settings(), is_offline=offline)
    if as_json:
        print_json([_as_dict(number, finding) for number, finding in enumerate(findings, 1)])
    else:
        for number, finding in enumerate(findings, 1):
            _print(number, finding)
    if any(finding.grade is Grade.PROBLEM for finding in findings):
        raise typer.Exit(FAILURE)


def _print(number: int, finding: Finding) -> None:
    mark, colour = _MARKS[finding.grade]
    out.print(f"[{colour}]{number:2} {mark}[/] ", end="")
    out.print(f"{finding.part}: {finding.text}", markup=False)
    if finding.hint:
        out.print(f"     → {finding.hint}", markup=False)


def _as_dict(number: int, finding: Finding) -> dict[str, object]:
    return {"number": number, "part": finding.part, "grade": finding.grade, "text": finding.text, "hint": finding.hint}
