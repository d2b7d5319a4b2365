"""A folder of messages: how the embedded inbox keeps them, and how they are read.

::

    <folder>/20260320T120000-123456.eml          a message; the name is the instant it came (UTC, microseconds)
    <folder>/by-message-id/<SHA-256 of the id>   a symbolic link to the first message with that Message-ID
    <folder>/incoming/                           messages that are not accepted yet

A message is accepted by one rename, after its bytes are on disk and its link is laid: whatever dies when, a message is
there whole and found by its Message-ID, or neither.
"""

import email
import hashlib
import heapq
import os
import re
import tempfile
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.message import Message
from email.policy import EmailPolicy
from pathlib import Path

from newsletter.clock import Clock
from newsletter.errors import NotFoundError

_HEADER_BYTES = 65536
_KEY = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9]{6}", re.ASCII)
_KEY_FORMAT = "%Y%m%dT%H%M%S-%f"
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>]*>|\S+)", re.IGNORECASE | re.MULTILINE)
# Every header is read as plain text: the strict parsers for addresses and dates stumble over what real mail contains.
_POLICY = EmailPolicy(header_factory=HeaderRegistry(default_class=UnstructuredHeader, use_default_map=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A message as a list shows it; `recipient` is who the envelope named, `sender` who the From header names."""

    key: str
    received_at: datetime
    subject: str
    sender: str
    recipient: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedMessage:
    """A message as it is read; `headers` are decoded, in order. The HTML is somebody else's: show it in a sandbox."""

    html: str | None
    text: str | None
    headers: tuple[tuple[str, str], ...]
    raw: bytes


def list_messages(folder: Path, limit: int) -> list[StoredMessage]:
    """Return the newest messages, newest first; none when there is no inbox yet."""
    if not folder.is_dir():
        return []
    keys = (name.removesuffix(".eml") for name in os.listdir(folder) if name.endswith(".eml"))  # noqa: PTH208  no paths
    newest = heapq.nlargest(limit, filter(_KEY.fullmatch, keys))
    return [found for key in newest if (found := _find_message(folder, key)) is not None]


def read_message(folder: Path, key: str) -> OpenedMessage:
    """Open one message. Raises NotFoundError when there is none of that key."""
    try:
        raw = _path(folder, key).read_bytes()
    except OSError as error:
        raise NotFoundError(f"There is no message {key} in the inbox.") from error
    message = email.message_from_bytes(raw, policy=_POLICY)
    return OpenedMessage(
        html=_first_part(message, "text/html"),
        text=_first_part(message, "text/plain"),
        headers=tuple((name, str(value)) for name, value in message.items()),
        raw=raw,
    )


def find_by_message_id(folder: Path, message_id: str) -> bool:
    """Tell whether a message with this Message-ID, with or without angle brackets, was accepted; one look at the disk."""
    return (folder / "by-message-id" / _index_name(message_id)).exists()


def read_by_message_id(folder: Path, message_id: str) -> bytes | None:
    """Return the first message with this Message-ID as it was stored, or None."""
    try:
        return (folder / "by-message-id" / _index_name(message_id)).read_bytes()
    except FileNotFoundError:
        return None


def _path(folder: Path, key: str) -> Path:
    if not _KEY.fullmatch(key):
        raise NotFoundError("That is not the key of a message in the inbox.")
    return folder / f"{key}.eml"


def _find_message(folder: Path, key: str) -> StoredMessage | None:
    try:
        with _path(folder, key).open("rb") as file:
            head, size = file.read(_HEADER_BYTES), os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        return None  # somebody tidied up meanwhile
    message = email.message_from_bytes(_header_block(head), policy=_POLICY)
    return StoredMessage(
        key=key,
        received_at=datetime.strptime(key, _KEY_FORMAT).replace(tzinfo=UTC),
        subject=str(message.get("Subject", "")),
        sender=str(message.get("From", "")),
        recipient=", ".join(str(value) for value in message.get_all("Delivered-To", [])),
        size=size,
    )


def _first_part(message: Message, content_type: str) -> str | None:
    for part in message.walk():
        if part.get_content_type() == content_type and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            return _decode(payload, part.get_content_charset("utf-8")) if isinstance(payload, bytes) else None
    return None


def _decode(payload: bytes, charset: str) -> str:
    try:
        return payload.decode(charset, "replace")
    except LookupError:  # an unknown charset
        return payload.decode("utf-8", "replace")


def _header_block(content: bytes) -> bytes:
    return content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def _index_name(message_id: str) -> str:
    return hashlib.sha256(message_id.strip().strip("<>").encode("utf-8", "surrogateescape")).hexdigest()


class MessageStore:
    """The writing side of the folder; one for each folder, used by many threads."""

    def __init__(self, folder: Path, now: Clock) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        self._index = folder / "by-message-id"
        self._now = now
        self._accepting = threading.Lock()
        self._newest = datetime.min.replace(tzinfo=UTC)

    def forget_unaccepted(self) -> None:
        """Remove what a killed run had not accepted."""
        for left in self._incoming.glob("*.eml"):
            left.unlink()

    def add(self, content: bytes) -> str:
        """Store a message durably and return its key. Raises OSError, and keeps nothing, when the disk does not take it."""
        for folder in (self._incoming, self._index):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # the operator may have emptied the inbox
        descriptor, name = tempfile.mkstemp(dir=self._incoming, suffix=".eml")
        path = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            path = self._accept(path, _MESSAGE_ID.search(_header_block(content)))
            for folder in (self._index, self._folder):
                _sync_folder(folder)
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return path.stem

    def _accept(self, path: Path, message_id: re.Match[bytes] | None) -> Path:
        with self._accepting:
            accepted = self._next_path()
            if message_id:
                self._lay_link(self._index / _index_name(message_id[1].decode("utf-8", "surrogateescape")), accepted)
            return path.rename(accepted)

    def _lay_link(self, link: Path, accepted: Path) -> None:
        if link.exists():
            return
        link.unlink(missing_ok=True)  # it led to a message that was never accepted, or has been removed
        link.symlink_to(Path("..") / accepted.name)

    def _next_path(self) -> Path:
        """Return a name that is later than all before it, and not there: a rehearsal's clock may come to an instant again."""
        instant = self._now()
        while True:
            self._newest = max(instant, self._newest + timedelta(microseconds=1))
            path = self._folder / f"{self._newest.strftime(_KEY_FORMAT)}.eml"
            if not path.exists():
                return path


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
