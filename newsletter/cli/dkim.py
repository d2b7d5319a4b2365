"""The commands dkim …: make the keys that sign our mail, and show the DNS records that publish them."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli.options import Json
from newsletter.cli.output import out, print_json
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.mail.dkim.keys import check_selector, format_record, generate_key, record_name, split_record
from newsletter.mail.dkim.signer import Algorithm, SigningKey
from newsletter.mail.keyring import Slot, already_there, find_signer, signing_domain, slots_of, store_key
from newsletter.settings import Settings, load_settings

app = typer.Typer(help="Make the keys that sign outgoing mail (DKIM), and show the DNS records for them.")


class Wanted(StrEnum):
    """Which keys to make."""

    BOTH = "both"
    RSA = "rsa"
    ED25519 = "ed25519"


@app.command("keygen")
def keygen(
    selector: Annotated[
        str, typer.Option("--selector", metavar="NAME", help="The keys' name in the DNS; a new one for each change.")
    ] = "chenbao",
    domain: Annotated[
        str, typer.Option("--domain", help="Whose signature it is; the domain of NEWSLETTER_MAIL_FROM if left out.")
    ] = "",
    folder: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where the keys go; `dkim` in the home folder if left out."),
    ] = None,
    algorithm: Annotated[Wanted, typer.Option("--algorithm", help="Which keys to make.")] = Wanted.BOTH,
    force: Annotated[bool, typer.Option("--force", help="Replace keys that are there.")] = False,
    as_json: Json = False,
) -> None:
    """Make private keys, and print the DNS records and the settings that put them to use.

    Nothing is signed before NEWSLETTER_DKIM_SELECTOR names them: publish the records first.
    """
    settings = load_settings()
    domain = _check_domain(settings, domain)
    target = (folder or settings.dkim_folder).expanduser().absolute()
    slots = [slot for slot in slots_of(check_selector(selector), target) if algorithm in (Wanted.BOTH, _short(slot))]
    if not force and (taken := [slot.file for slot in slots if slot.file.exists()]):
        raise ConflictError(already_there(taken[0]))
    keys = [generate_key(slot.algorithm, slot.selector) for slot in slots]
    for slot, key in zip(slots, keys, strict=True):
        store_key(key, slot.file, is_replacing=force)
    lines = _setting_lines(settings, selector, domain, slots, is_elsewhere=target != settings.dkim_folder)
    if as_json:
        records = _records_json(keys, domain)
        print_json({"files": [str(slot.file) for slot in slots], "records": records, "settings": lines})
        return
    out.print("Written, readable by you alone:", *(f"  {slot.file}" for slot in slots), sep="\n", markup=False)
    _print_records(keys, domain)
    out.print("\nWhen they are published, set and restart:", *(f"  {line}" for line in lines), sep="\n", markup=False)
    out.print("\nThen `newsletter check --mail` says whether receivers can verify your mail.", markup=False)


@app.command("show")
def show(as_json: Json = False) -> None:
    """Print the DNS records of the keys that sign our mail now."""
    signer = find_signer(load_settings())
    if signer is None:
        raise NotFoundError(
            "Mail is not signed: make keys with `newsletter dkim keygen`, then set NEWSLETTER_DKIM_SELECTOR."
        )
    if as_json:
        print_json({"records": _records_json(signer.keys, signer.domain)})
    else:
        _print_records(signer.keys, signer.domain)


def _check_domain(settings: Settings, domain: str) -> str:
    found = signing_domain(settings.model_copy(update={"dkim_domain": domain or settings.dkim_domain}))
    if "." not in found:
        raise InputError(f"{found} is no domain of yours; set NEWSLETTER_MAIL_FROM to your address, or give --domain.")
    return found


def _short(slot: Slot) -> Wanted:
    return Wanted.RSA if slot.algorithm is Algorithm.RSA else Wanted.ED25519


def _setting_lines(
    settings: Settings, selector: str, domain: str, slots: Sequence[Slot], *, is_elsewhere: bool
) -> list[str]:
    lines = [f"NEWSLETTER_DKIM_SELECTOR={selector}"]
    if domain != signing_domain(settings):
        lines.append(f"NEWSLETTER_DKIM_DOMAIN={domain}")
    return lines + [f"{slot.setting}_FILE={slot.file}" for slot in slots if is_elsewhere]


def _records_json(keys: Sequence[SigningKey], domain: str) -> list[dict[str, object]]:
    return [
        {
            "name": record_name(key.selector, domain),
            "type": "TXT",
            "value": format_record(key),
            "strings": split_record(format_record(key)),
        }
        for key in keys
    ]


def _print_records(keys: Sequence[SigningKey], domain: str) -> None:
    """Print the records twice: as a zone file has them, and in one piece for a provider's web form."""
    out.print("\nThe DNS records, as a zone file has them:", markup=False)
    for key in keys:
        strings = "\n    ".join(f'"{part}"' for part in split_record(format_record(key)))
        out.print(f"{record_name(key.selector, domain)}. IN TXT (\n    {strings} )", markup=False)
    out.print("\nThe same for a web form, each value in one piece:", markup=False)
    for key in keys:
        out.print(f"  name   {record_name(key.selector, domain)}\n  type   TXT", markup=False)
        out.print(f"  value  {format_record(key)}", markup=False)
