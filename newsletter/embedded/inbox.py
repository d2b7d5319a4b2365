"""The embedded inbox: an SMTP server on this machine that keeps every message it accepts as a file.

The names that read those files are offered here too, since to the rest of the house they are the inbox.
"""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP

from newsletter.clock import Clock, system_clock
from newsletter.embedded.mailbox import (
    MessageStore,
    OpenedMessage,
    StoredMessage,
    find_by_message_id,
    list_messages,
    read_by_message_id,
    read_message,
)
from newsletter.embedded.smtp_server import Place, run_server, run_until_signal
from newsletter.errors import SettingsError
from newsletter.settings import load_settings

__all__ = [
    "OpenedMessage",
    "StoredMessage",
    "find_by_message_id",
    "list_messages",
    "read_by_message_id",
    "read_message",
    "run_inbox",
    "serve_inbox",
]

SIZE_LIMIT_BYTES = 25 * 1024 * 1024
_STORING_THREADS = 8  # the disk takes many fsyncs at once as one
_FINISH_SECONDS = 1.0
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

log = structlog.get_logger()


class _Handler:
    """What the SMTP server asks us; aiosmtpd finds the methods by their names."""

    def __init__(self, store: MessageStore, now: Clock) -> None:
        self._store = store
        self._now = now
        self._threads = ThreadPoolExecutor(_STORING_THREADS, thread_name_prefix="inbox")
        self._storing: set[asyncio.Future[str]] = set()

    async def handle_EHLO(  # noqa: N802
        self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        content = _trace(session, envelope, self._now()) + envelope.content
        storing = asyncio.get_running_loop().run_in_executor(self._threads, self._store.add, content)
        self._storing.add(storing)
        storing.add_done_callback(self._storing.discard)
        try:
            # shielded: a client that hangs up now must not undo half of it
            key = await asyncio.shield(storing)
        except OSError as error:
            log.warning("inbox_cannot_store", problem=error.strerror, size=len(content))
            return f"452 4.3.1 The inbox cannot store the message: {error.strerror}. Make room for it and send it again"
        return f"250 2.0.0 Stored as {key}"

    async def finish(self) -> None:
        """Let what is being stored be stored and answered."""
        if self._storing:
            await asyncio.wait(self._storing, timeout=_FINISH_SECONDS)
        await asyncio.sleep(0)  # the answers are written now
        self._threads.shutdown(wait=False)


def _trace(session: Any, envelope: Any, at: datetime) -> bytes:
    """Return the headers that a final delivery adds (RFC 5321 section 4.4)."""
    sender = _CONTROL.sub("", envelope.mail_from).strip("<>")
    kind = ("UTF8SMTP" if envelope.smtp_utf8 else "ESMTP") if session.extended_smtp else "SMTP"
    host = re.sub(r"[^A-Za-z0-9.:\[\]_-]", "?", session.host_name)
    lines = [
        f"Return-Path: <{sender}>",
        *(f"Delivered-To: {_CONTROL.sub('', recipient)}" for recipient in envelope.rcpt_tos),
        f"Received: from {host} ([{session.peer[0]}]) by localhost with {kind};\r\n\t{format_datetime(at)}",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape")


async def run_inbox(
    folder: Path,
    host: str,
    port: int,
    *,
    stop: asyncio.Event,
    on_ready: Callable[[int], None] = lambda _port: None,
    now: Clock = system_clock,
) -> None:
    """Accept mail into the folder until `stop` is set; `on_ready` gets the port, which matters when `port` is 0.

    Raises ConflictError when the port is taken, SettingsError when the host is no address of this machine.
    """
    store = MessageStore(folder, now)
    try:
        store.forget_unaccepted()
    except OSError as error:
        raise SettingsError(f"The inbox cannot write to {folder}: {error.strerror}.") from error
    handler = _Handler(store, now)
    place = Place(host=host, port=port, name="The inbox", advice="Set NEWSLETTER_INBOX_PORT to another one")
    await run_server(lambda: _connection(handler), place, stop=stop, on_ready=on_ready, finish=handler.finish)


def _connection(handler: _Handler) -> Any:
    # the name is given, since aiosmtpd would ask the DNS for it at every connection
    return SMTP(
        handler,
        hostname="localhost",
        ident="Chenbao inbox",
        data_size_limit=SIZE_LIMIT_BYTES,
        enable_SMTPUTF8=True,
        loop=asyncio.get_running_loop(),
    )


def serve_inbox(
    folder: Path,
    host: str,
    port: int,
    *,
    on_ready: Callable[[int], None] = lambda _port: None,
    now: Clock = system_clock,
) -> None:
    """Run the inbox until SIGTERM or SIGINT; then end within two seconds. Raises what `run_inbox` raises."""
    run_until_signal(lambda stop: run_inbox(folder, host, port, stop=stop, on_ready=on_ready, now=now))


def main() -> None:
    """Run the inbox of the settings: ``python -m newsletter.embedded.inbox``."""
    settings = load_settings()
    serve_inbox(settings.inbox_folder, "127.0.0.1", settings.inbox_port, now=settings.now)


if __name__ == "__main__":
    main()
