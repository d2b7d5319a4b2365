"""Commands about tokens for programs: token create, token list, token revoke."""

from datetime import datetime
from typing import Annotated

import typer

from newsletter.api_tokens.token import DEFAULT_DAYS, ApiToken
from newsletter.cli.options import Json
from newsletter.cli.output import CommandGroup, err, out, print_json, print_table
from newsletter.errors import InputError
from newsletter.runtime import open_runtime

app = typer.Typer(cls=CommandGroup, help="Make, list and withdraw the tokens of programs that use the API.")

Reader = Annotated[str | None, typer.Option("--reader", metavar="ADDRESS", help="The reader in whose name it speaks.")]
Operator = Annotated[str | None, typer.Option("--operator", metavar="ADDRESS", help="Or the operator.")]
Scopes = Annotated[list[str], typer.Option("--scope", help="What it may do; once for each, e.g. papers:read.")]
Days = Annotated[int, typer.Option("--days", min=0, help="How long it is good, in days; 0 for ever.")]
Name = Annotated[str, typer.Option("--name", help="What it is for, in a few words.")]
Prefix = Annotated[str, typer.Argument(metavar="NAME", help="Its name, as listed: chenbao_k7qd2mza.")]


@app.command("create")
def create(
    scope: Scopes,
    reader: Reader = None,
    operator: Operator = None,
    days: Days = DEFAULT_DAYS,
    name: Name = "",
    as_json: Json = False,
) -> None:
    """Make a token and show it, this once: only a hash of it is kept."""
    if (reader is None) == (operator is None):
        raise InputError("Say whose token it is: either --reader or --operator.")
    runtime = open_runtime()
    good_for = days or None
    if reader is not None:
        written, token = runtime.create_reader_token(reader, scope, days=good_for, name=name)
    else:
        written, token = runtime.create_operator_token(operator or "", scope, days=good_for, name=name)
    if as_json:
        print_json({"token": written, **_shown(token)})
        return
    out.print(written, markup=False)
    err.print("Keep it like a password; it is shown this once.")


@app.command("list")
def list_(reader: Reader = None, operator: Operator = None, as_json: Json = False) -> None:
    """List the tokens of a reader, of an operator, or all: names and scopes, never the secrets."""
    runtime = open_runtime()
    found = runtime.list_api_tokens(reader=reader, operator=operator)
    if as_json:
        print_json([_shown(token) for token in found])
        return
    now = runtime.clock()
    rows = [
        (
            f"chenbao_{token.prefix}",
            token.name,
            _owner(token),
            " ".join(sorted(token.scopes)),
            "good" if token.is_good(now) else "withdrawn" if token.revoked_at else "over",
            _minute(token.expires_at) or "never",
            _minute(token.last_used_at) or "never",
        )
        for token in found
    ]
    print_table(f"{len(found)} tokens", ("token", "name", "of", "scopes", "state", "ends", "last used"), rows)


@app.command("revoke")
def revoke(name: Prefix) -> None:
    """Withdraw a token: it is worth nothing from now on."""
    open_runtime().revoke_api_token(name)
    out.print("Withdrawn.")


def _shown(token: ApiToken) -> dict[str, object]:
    return {
        "name": f"chenbao_{token.prefix}",
        "description": token.name,
        "owner": _owner(token),
        "scopes": sorted(token.scopes),
        "created_at": token.created_at.isoformat(),
        "expires_at": token.expires_at and token.expires_at.isoformat(),
        "last_used_at": token.last_used_at and token.last_used_at.isoformat(),
        "revoked_at": token.revoked_at and token.revoked_at.isoformat(),
    }


def _owner(token: ApiToken) -> str:
    owner = token.owner
    return f"reader {owner.subscriber_id}" if owner.operator_id is None else f"operator {owner.operator_id}"


def _minute(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else ""
