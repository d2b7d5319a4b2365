"""Secrets that lie in files: those that a setting names, and the one that an installation makes for itself."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from newsletter.errors import SettingsError

_SECRETS = (
    "SECRET_KEY",
    "TRANSLATOR_KEY",
    "TRANSLATOR_2_KEY",
    "TRANSLATOR_3_KEY",
    "SMTP_URL",
    "BOUNCE_IMAP_URL",
    "BOUNCE_WEBHOOK_SECRET",
    "DKIM_KEY",
    "DKIM_ED25519_KEY",
    "CHECK_IMAP_URL",
    "METRICS_TOKEN",
)


def read_secret_files() -> dict[str, str]:
    """Return by field the secrets whose file is named by `NEWSLETTER_…_FILE`; a value that is set itself wins.

    Raises SettingsError for a file that cannot be read.
    """
    found = {}
    for name in _SECRETS:
        path = os.environ.get(f"NEWSLETTER_{name}_FILE")
        if not path or os.environ.get(f"NEWSLETTER_{name}"):
            continue
        try:
            found[name.lower()] = Path(path).read_text("utf-8").strip()
        except OSError as error:
            raise SettingsError(f"NEWSLETTER_{name}_FILE: cannot read {path}: {error.strerror}.") from error
    return found


def keep_secret(home: Path) -> str:
    """Return the secret kept in the home folder, making it once. Raises SettingsError when the folder cannot be used."""
    path = home / "secret_key"
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write_secret(path)
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise SettingsError(f"NEWSLETTER_HOME: cannot use the folder {home}: {error.strerror}.") from error


def _write_secret(path: Path) -> None:
    """Put a new secret at `path` in one step; of two processes that do so at once the first one's stays."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".secret-")  # readable by us alone
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
