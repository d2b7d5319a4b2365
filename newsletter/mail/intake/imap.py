"""A mailbox on a mail host, read by IMAP (RFC 3501, and RFC 6851 for MOVE).

The standard library's client is enough for six commands; a mail that was recorded is moved to a folder beside the inbox.
"""

import imaplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from newsletter.errors import MailboxError, SettingsError
from newsletter.mail.intake.incoming import MAX_MAIL_BYTES
from newsletter.mail.server import Encryption
from newsletter.settings import is_loopback

_SCHEMES = {
    "imaps": (Encryption.IMPLICIT, 993),
    "imap+starttls": (Encryption.STARTTLS, 143),
    "imap": (Encryption.NONE, 143),
}
_FORM = "Write imaps://user:password@host/INBOX?done=Processed; percent-encode @ : / ? # % in user and password."
_TIMEOUT_SECONDS = 30.0
_MOVED_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapMailbox:
    """Where reports are read, and the folder they are moved to when they have been recorded."""

    host: str
    port: int
    encryption: Encryption
    user: str
    password: str = field(repr=False)
    folder: str
    done_folder: str


def parse_imap_url(url: str, *, setting: str = "NEWSLETTER_BOUNCE_IMAP_URL") -> ImapMailbox:
    """Read which mailbox a setting names. Raises SettingsError, which never repeats the password."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise SettingsError(f"{setting} cannot be read. {_FORM}") from None  # it may quote the password
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    folder = unquote(parts.path.strip("/")) or "INBOX"
    done_folder = parse_qs(parts.query).get("done", ["Processed"])[-1]
    if parts.scheme not in _SCHEMES or not (host and user and password) or port == 0 or folder == done_folder:
        raise SettingsError(f"{setting} is not scheme://user:password@host/folder. {_FORM}")
    if not f"{user}{password}{folder}{done_folder}".isascii() or {'"', "\\"} & set(folder + done_folder):
        raise SettingsError(f"{setting} holds letters that are not ASCII, or quotes. {_FORM}")
    encryption, usual_port = _SCHEMES[parts.scheme]
    if encryption is Encryption.NONE and not is_loopback(url):
        raise SettingsError(
            f"{setting} would send the password to {host} in plain text; use imaps:// (port 993) or "
            "imap+starttls:// (port 143)."
        )
    return ImapMailbox(
        host=host,
        port=port or usual_port,
        encryption=encryption,
        user=user,
        password=password,
        folder=folder,
        done_folder=done_folder,
    )


def collect_imap(mailbox: ImapMailbox, record: Callable[[bytes], None], *, limit: int) -> int:
    """Hand the mails of the folder to `record`, at most `limit`, the oldest first; returns how many.

    A mail is moved only after `record` has returned, so a death in between shows it once more. Raises MailboxError.
    """
    done = 0
    with _opened(mailbox) as client:
        (found,) = _ask(client, "SEARCH", "UNDELETED")
        waiting = (found or b"").decode("ascii").split()[:limit]
        for start in range(0, len(waiting), _MOVED_AT_ONCE):
            taken = [uid for uid in waiting[start : start + _MOVED_AT_ONCE] if _collect(client, uid, record)]
            if taken:
                _move(client, taken, mailbox.done_folder)
            done += len(taken)
    return done


def find_in_mailbox(mailbox: ImapMailbox, message_id: str) -> bytes | None:
    """Return the mail with this Message-ID, which stays where it is and unread, or None. Raises MailboxError."""
    with _opened(mailbox, readonly=True) as client:
        (found,) = _ask(client, "SEARCH", "HEADER", "Message-ID", f'"{message_id}"')
        uids = (found or b"").decode("ascii").split()
        return _fetch(client, uids[-1]) if uids else None


@contextmanager
def _opened(mailbox: ImapMailbox, *, readonly: bool = False) -> Iterator[imaplib.IMAP4]:
    """Yield a client that has the folder open; whatever goes wrong with it is a MailboxError."""
    where = f"The mailbox at {mailbox.host}:{mailbox.port}"
    try:
        with _connect(mailbox) as client:
            _log_in(client, mailbox)
            answer, _ = client.select(f'"{mailbox.folder}"', readonly=readonly)
            if answer != "OK":
                raise MailboxError(f"{where} has no folder {mailbox.folder}.", retryable=False)
            yield client
    except imaplib.IMAP4.abort as error:
        raise MailboxError(f"{where} broke off.", retryable=True) from error
    except imaplib.IMAP4.error as error:
        raise MailboxError(f"{where} answered what cannot be read: {error}", retryable=True) from error
    except OSError as error:
        raise MailboxError(f"{where} cannot be reached: {error.strerror or error}", retryable=True) from error


def _connect(mailbox: ImapMailbox) -> imaplib.IMAP4:
    if mailbox.encryption is Encryption.IMPLICIT:
        context = ssl.create_default_context()
        return imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=context, timeout=_TIMEOUT_SECONDS)
    client = imaplib.IMAP4(mailbox.host, mailbox.port, timeout=_TIMEOUT_SECONDS)
    if mailbox.encryption is Encryption.STARTTLS:
        client.starttls(ssl.create_default_context())
    return client


def _log_in(client: imaplib.IMAP4, mailbox: ImapMailbox) -> None:
    try:
        client.login(mailbox.user, mailbox.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise MailboxError(
            f"{mailbox.host} does not take the user and password of its setting.", retryable=False
        ) from error


def _collect(client: imaplib.IMAP4, uid: str, record: Callable[[bytes], None]) -> bool:
    raw = _fetch(client, uid)
    if raw is None:
        return False  # another process was faster
    record(raw)
    return True


def _fetch(client: imaplib.IMAP4, uid: str) -> bytes | None:
    parts = _ask(client, "FETCH", uid, f"(BODY.PEEK[]<0.{MAX_MAIL_BYTES}>)")
    return parts[0][1] if isinstance(parts[0], tuple) else None


def _move(client: imaplib.IMAP4, uids: Sequence[str], folder: str) -> None:
    """Move mails; where the folder is missing it is made, and where MOVE is missing they are copied, then deleted."""
    client.create(f'"{folder}"')  # says NO when it is there
    chosen, target = ",".join(uids), f'"{folder}"'
    (said,) = client.capability()[1]  # imaplib itself asked before the login, when servers tell only half
    abilities = said.decode("ascii", "replace").upper().split()
    if "MOVE" in abilities:
        _ask(client, "MOVE", chosen, target)
        return
    _ask(client, "COPY", chosen, target)
    _ask(client, "STORE", chosen, "+FLAGS.SILENT", r"(\Deleted)")
    if "UIDPLUS" in abilities:
        _ask(client, "EXPUNGE", chosen)
    else:
        client.expunge()  # of what somebody else deleted too; the mailbox is for reports alone


def _ask(client: imaplib.IMAP4, command: str, *arguments: str) -> list[Any]:
    answer, data = client.uid(command, *arguments)
    was_taken = "EXPUNGEISSUED" in str(data[0])  # RFC 5530: another process has moved it meanwhile
    if answer != "OK" and not was_taken:
        raise MailboxError(f"The mailbox refuses {command}: {data[0]!r}", retryable=True)
    return data
