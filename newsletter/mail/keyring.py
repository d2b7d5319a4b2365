"""The DKIM keys of this installation: in the settings, or as files in the home folder."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from newsletter.errors import ConflictError, SettingsError
from newsletter.mail.dkim.keys import TYPE_NAMES, check_selector, format_key, parse_key
from newsletter.mail.dkim.signer import Algorithm, Signer, SigningKey
from newsletter.mail.message import split_mailbox
from newsletter.settings import Settings

_SETTINGS = {Algorithm.RSA: "NEWSLETTER_DKIM_KEY", Algorithm.ED25519: "NEWSLETTER_DKIM_ED25519_KEY"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Where the key of one algorithm belongs: under which selector, in which file, or in which setting."""

    algorithm: Algorithm
    selector: str
    file: Path
    setting: str


def slots_of(selector: str, folder: Path) -> list[Slot]:
    """Return where the keys of a selector belong; Ed25519 has a selector of its own, as a name holds one key."""
    return [
        Slot(
            algorithm=algorithm,
            selector=selector if algorithm is Algorithm.RSA else f"{selector}-ed25519",
            file=folder / f"{selector}.{TYPE_NAMES[algorithm]}.pem",
            setting=_SETTINGS[algorithm],
        )
        for algorithm in Algorithm
    ]


def signing_domain(settings: Settings) -> str:
    """Return the domain whose signature our mail bears; in ASCII and small letters."""
    domain = settings.dkim_domain.strip().rstrip(".") or split_mailbox(settings.mail_from)[1].rpartition("@")[2]
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise SettingsError(f"NEWSLETTER_DKIM_DOMAIN: {domain!r} is not a domain name.") from error


def find_signer(settings: Settings) -> Signer | None:
    """Return what signs our mail; None without a selector. Raises SettingsError for a selector without a usable key."""
    given = {Algorithm.RSA: settings.dkim_key, Algorithm.ED25519: settings.dkim_ed25519_key}
    if not settings.dkim_selector:
        if any(given.values()):
            raise SettingsError(
                "A DKIM key is set, but not under which name it is published: set NEWSLETTER_DKIM_SELECTOR too."
            )
        return None
    check_selector(settings.dkim_selector)
    found = (_find_key(slot, given[slot.algorithm]) for slot in slots_of(settings.dkim_selector, settings.dkim_folder))
    keys = tuple(key for key in found if key is not None)
    if not keys:
        raise SettingsError(
            f"NEWSLETTER_DKIM_SELECTOR is {settings.dkim_selector}, but there is no key for it in {settings.dkim_folder}. "
            f"Make one with `newsletter dkim keygen --selector {settings.dkim_selector}`, or set NEWSLETTER_DKIM_KEY_FILE."
        )
    return Signer(domain=signing_domain(settings), keys=keys)


def store_key(key: SigningKey, path: Path, *, is_replacing: bool) -> None:
    """Write a private key, readable by its owner alone. Raises ConflictError when there is one, unless `is_replacing`.

    It is there whole or not at all; SettingsError when the folder takes no file.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # readable by us alone
    except OSError as error:
        raise SettingsError(f"Cannot write to {path.parent}: {error.strerror}.") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(format_key(key))
        put = os.rename if is_replacing else os.link
        put(draft, path)
    except FileExistsError as error:
        raise ConflictError(already_there(path)) from error
    except OSError as error:
        raise SettingsError(f"Cannot write {path}: {error.strerror}.") from error
    finally:
        Path(draft).unlink(missing_ok=True)


def already_there(path: Path) -> str:
    """Return what to tell somebody who would replace a key."""
    return f"{path} is there already. Use another --selector, so that mail on its way stays valid, or --force."


def _find_key(slot: Slot, pem: str) -> SigningKey | None:
    setting = slot.setting
    if not pem:
        try:
            pem, setting = slot.file.read_text("utf-8"), str(slot.file)
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"Cannot read the DKIM key {slot.file}; check who may read it.") from error
    return parse_key(pem, setting=setting, algorithm=slot.algorithm, selector=slot.selector)
