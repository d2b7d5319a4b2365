"""The command check: looks at every part and says what to mend."""

from typing import Annotated

import typer

from newsletter.cli.options import Json
from newsletter.cli.output import FAILURE, err, out, print_json
from newsletter.errors import InputError
from newsletter.findings import Finding, Grade
from newsletter.inspection.parts import inspect
from newsletter.inspection.sender import inspect_sender, open_sender
from newsletter.inspection.trial import PATIENCE_SECONDS, try_mail
from newsletter.settings import Settings, load_settings

_MARKS = {Grade.OK: ("✓", "green"), Grade.WARNING: ("!", "yellow"), Grade.PROBLEM: ("✗", "red")}


def check(
    offline: Annotated[
        bool, typer.Option("--offline", help="Leave out what would ask arXiv or the translation service.")
    ] = False,
    mail: Annotated[
        bool,
        typer.Option("--mail", help="Look at the mail alone: the sender's DNS records, and a mail sent to yourself."),
    ] = False,
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="ADDRESS", help="With --mail: who gets that mail; NEWSLETTER_MAIL_FROM if left out."
        ),
    ] = "",
    relay_ip: Annotated[
        str, typer.Option("--relay-ip", metavar="IP", help="With --mail: the address that your relay sends from.")
    ] = "",
    wait: Annotated[
        float, typer.Option("--wait", metavar="SECONDS", min=0, help="With --mail: how long to wait for that mail.")
    ] = PATIENCE_SECONDS,
    as_json: Json = False,
) -> None:
    """Look at settings, disk, database, broker, relay, arXiv and translator; number what is found, with hints.

    With --mail: look at SPF, DKIM, DMARC, MX and PTR, send one mail, and verify what arrives.
    """
    if (to or relay_ip) and not mail:
        raise InputError("--to and --relay-ip go with --mail.")
    settings = load_settings()
    found = (
        _check_mail(settings, to=to, relay_ip=relay_ip, wait=wait) if mail else inspect(settings, is_offline=offline)
    )
    if as_json:
        print_json([_as_dict(number, finding) for number, finding in enumerate(found, 1)])
    else:
        for number, finding in enumerate(found, 1):
            _print(number, finding)
    if any(finding.grade is Grade.PROBLEM for finding in found):
        raise typer.Exit(FAILURE)


def _check_mail(settings: Settings, *, to: str, relay_ip: str, wait: float) -> list[Finding]:
    sender = open_sender(settings, relay_ip=relay_ip)
    findings = inspect_sender(sender)
    with err.status("Waiting for the mail …"):
        return findings + try_mail(sender, to=to, patience_seconds=wait)


def _print(number: int, finding: Finding) -> None:
    mark, colour = _MARKS[finding.grade]
    out.print(f"[{colour}]{number:2} {mark}[/] ", end="")
    out.print(f"{finding.part}: {finding.text}", markup=False)
    if finding.hint:
        out.print(f"     → {finding.hint}", markup=False)


def _as_dict(number: int, finding: Finding) -> dict[str, object]:
    return {"number": number, "part": finding.part, "grade": finding.grade, "text": finding.text, "hint": finding.hint}
