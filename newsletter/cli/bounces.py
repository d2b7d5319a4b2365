"""Commands about mail that comes back: classify, collect, listen, list."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from newsletter.cli.options import Json, parse_day
from newsletter.cli.output import FAILURE, CommandGroup, err, out, print_json, print_table
from newsletter.deliveries.feedback.store import Feedback
from newsletter.embedded.listener import serve_listener
from newsletter.errors import InputError
from newsletter.mail.bounces import BounceClass, BounceReport, read_bounce
from newsletter.mail.intake.listen import DEFAULT_URL, parse_listen_url
from newsletter.runtime import open_runtime

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


@app.command()
def collect(as_json: Json = False) -> None:
    """Read what waits in the mailboxes that the settings name; workers do it every minute by themselves."""
    runtime = open_runtime()
    if not runtime.has_feedback_source:
        raise InputError("No mailbox is set: name one in NEWSLETTER_BOUNCE_IMAP_URL or NEWSLETTER_BOUNCE_MAILDIR.")
    found = runtime.collect_feedback()
    if as_json:
        print_json({"mails": found.mails, "effects": dict(found.effects), "problems": list(found.problems)})
    else:
        effects = ", ".join(f"{number} {effect}" for effect, number in sorted(found.effects.items()))
        out.print(f"{found.mails} mails read: {effects or 'nothing new'}.")
    for problem in found.problems:
        err.print(problem, style="red", markup=False)
    if found.problems:
        raise typer.Exit(FAILURE)


@app.command()
def listen(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Where to listen.")] = None,
    host: Annotated[str | None, typer.Option(help="On which address.")] = None,
    lmtp: Annotated[bool, typer.Option("--lmtp", help="Speak LMTP, not SMTP.")] = False,
) -> None:
    """Take reports by SMTP or LMTP: mail to our signed addresses, answered when it is recorded.

    Without options where NEWSLETTER_BOUNCE_LISTEN says, or by SMTP on port 2526 of this machine.
    """
    runtime = open_runtime()
    place = parse_listen_url(runtime.settings.bounce_listen or DEFAULT_URL)
    serve_listener(
        runtime.reports(),
        place.host if host is None else host,
        place.port if port is None else port,
        is_lmtp=lmtp or place.is_lmtp,
        on_ready=lambda found: out.print(f"Listening on port {found}."),
    )


@app.command("list")
def list_reports(
    day: Annotated[
        date | None,
        typer.Option("--day", parser=parse_day, metavar="YYYY-MM-DD", help="About the mails of this edition alone."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what came back, what followed, and why: of an edition, or of the last two weeks."""
    found = open_runtime().list_feedback(day)
    if as_json:
        print_json([_shown(item) for item in found])
        return
    rows = [
        (
            f"{item.received_at:%Y-%m-%d %H:%M}",
            item.kind,
            item.recipient,
            " ".join(filter(None, [item.status, item.diagnostic])),
            f"{item.effect}: {item.reason}",
        )
        for item in found
    ]
    print_table(f"{len(found)} reports", ("at (UTC)", "class", "about", "said", "effect"), rows)


def _shown(item: Feedback) -> dict[str, Any]:
    return {
        "received_at": item.received_at.isoformat(),
        "class": item.kind,
        "recipient": item.recipient,
        "status": item.status,
        "diagnostic": item.diagnostic,
        "delivery_id": item.delivery_id,
        "matched_by": item.matched_by,
        "source": item.source,
        "effect": item.effect,
        "reason": item.reason,
    }


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
