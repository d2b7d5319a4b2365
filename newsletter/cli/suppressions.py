"""Commands about addresses that get no mail, and about forgetting one: suppressions, suppress, unsuppress, erase."""

from typing import Annotated

import typer

from newsletter.cli.options import Json
from newsletter.cli.output import out, print_json, print_table
from newsletter.runtime import open_runtime

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The e-mail address.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a few words; kept with the decision.")]


def suppressions(as_json: Json = False) -> None:
    """List the addresses that get no mail, and why."""
    found = open_runtime().list_suppressions()
    shown = [
        {
            "address": None if item.is_erased else item.address_key,
            "reason": item.reason,
            "detail": item.detail,
            "suppressed_at": item.suppressed_at.isoformat(),
        }
        for item in found
    ]
    if as_json:
        print_json(shown)
        return
    rows = [
        (item["address"] or "(erased)", item["reason"], f"{stopped.suppressed_at:%Y-%m-%d %H:%M} UTC", item["detail"])
        for item, stopped in zip(shown, found, strict=True)
    ]
    print_table(f"{len(found)} stopped addresses", ("address", "reason", "since", "said"), rows)


def suppress(address: Address, reason: Reason) -> None:
    """Stop all mail to an address, also mail that is queued."""
    runtime = open_runtime()
    note = runtime.note_command("suppress", runtime.name_address(address), reason=reason)
    is_new = runtime.suppress(address, reason=reason, note=note)
    out.print("The address gets no more mail." if is_new else "The address was stopped before; nothing changed.")


def unsuppress(address: Address, reason: Reason) -> None:
    """Let a stopped address get mail again; what counted against it is forgiven."""
    runtime = open_runtime()
    note = runtime.note_command("unsuppress", runtime.name_address(address), reason=reason)
    runtime.unsuppress(address, reason=reason, note=note)
    out.print("The address may get mail again, if its reader agrees to it.")


def erase(address: Address) -> None:
    """Forget whose an address is: name, address and keywords go, the ledger's counts stay. It cannot be undone."""
    runtime = open_runtime()
    runtime.erase(address, note=runtime.note_command("erase-reader", runtime.name_address(address)))
    out.print("Erased. If the address was stopped it stays so, by a hash that only the address itself leads to.")
