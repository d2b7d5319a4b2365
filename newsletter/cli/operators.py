"""Commands about the people who run the service: operator add, list, role, disable, enable, reset; admin-link, audit."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Any

import typer

from newsletter.cli.options import Json, parse_day
from newsletter.cli.output import CommandGroup, out, print_json, print_table
from newsletter.operators.account import Operator
from newsletter.operators.roles import Role
from newsletter.operators.subjects import split_subjects
from newsletter.runtime import open_runtime
from newsletter.runtime.operators import Invited

MOST_ENTRIES = 1000

app = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="The people who run the service, and what each may do.")
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="Their e-mail address.")]


@app.command("add")
def add(
    email: Email,
    role: Annotated[
        Role, typer.Option(help="owner: all; operator: all but these accounts; viewer: only looks.")
    ] = Role.OPERATOR,
) -> None:
    """Add somebody and print the link by which they choose a password and join their phone."""
    print_invitation(open_runtime().add_operator(email, role))


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List those who run the service or did so."""
    found = open_runtime().list_operators()
    if as_json:
        print_json([_as_dict(operator) for operator in found])
        return
    rows = [
        (operator.email, operator.role, operator.state, _minute(operator.last_signed_in_at) or "never")
        for operator in found
    ]
    print_table(f"{len(found)} operators", ("address", "role", "state", "last signed in"), rows)


@app.command("role")
def change_role(email: Email, role: Annotated[Role, typer.Argument(help="owner, operator or viewer.")]) -> None:
    """Change what somebody may do."""
    open_runtime().set_operator_role(email, role)
    out.print(f"{email} is {role} now.", markup=False)


@app.command("disable")
def disable(email: Email) -> None:
    """Shut somebody out at once; what they did stays in the audit log."""
    open_runtime().disable_operator(email)
    out.print(f"{email} is shut out, and every session of theirs has ended.", markup=False)


@app.command("enable")
def enable(email: Email) -> None:
    """Let somebody in again who was shut out."""
    open_runtime().enable_operator(email)
    out.print(f"{email} can sign in again.", markup=False)


@app.command("reset")
def reset(email: Email) -> None:
    """Forget somebody's password, phone and sessions, and print a new enrolment link."""
    print_invitation(open_runtime().reset_operator(email))


def admin_link() -> None:
    """Print where operators sign in; while no owner has enrolled, an owner's enrolment link."""
    runtime = open_runtime()
    invited = runtime.first_invitation()
    if invited is None:
        out.print(runtime.sign_in_url, markup=False)
    else:
        print_invitation(invited)


def audit(
    since: Annotated[
        date | None,
        typer.Option("--since", parser=parse_day, metavar="YYYY-MM-DD", help="Only from this day on (UTC)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show who did what, the newest first."""
    begin = None if since is None else datetime.combine(since, time(), tzinfo=UTC)
    runtime = open_runtime()
    found = runtime.list_audit(since=begin, limit=MOST_ENTRIES)
    if as_json:
        shown = [
            {
                "at": entry.at.isoformat(),
                "who": entry.who,
                "role": entry.role,
                "action": entry.action,
                "what": entry.what,
                "detail": entry.detail,
                "network": entry.network,
            }
            for entry in found
        ]
        print_json(shown)
        return
    readers = runtime.name_readers(found)
    rows = [
        (
            _minute(entry.at),
            entry.who,
            entry.action,
            ", ".join(readers.get(part.reader_id or 0, part.text) for part in split_subjects(entry.what)),
            format_detail(entry.detail),
            entry.network,
        )
        for entry in found
    ]
    print_table(f"{len(found)} entries", ("at", "who", "action", "what", "detail", "from"), rows)


def format_detail(detail: Any) -> str:
    """Return an entry's detail in one line."""
    return ", ".join(f"{name}: {value}" for name, value in detail.items())


def print_invitation(invited: Invited) -> None:
    """Print an enrolment link alone, for whoever passes it on, with what it is for on the line before."""
    role = invited.operator.role
    out.print(f"{invited.operator.email} enrols as {role} here, once, within 24 hours:", markup=False)
    out.print(invited.link, markup=False)


def _as_dict(operator: Operator) -> dict[str, Any]:
    signed_in_at = operator.last_signed_in_at
    return {
        "email": operator.email,
        "role": operator.role,
        "state": operator.state,
        "last_signed_in_at": signed_in_at.isoformat() if signed_in_at else None,
    }


def _minute(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else ""
