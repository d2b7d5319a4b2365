"""SMTP peers on loopback: a real server that records and obeys a script, and a bare socket for what no server would do."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

DROP = "drop"
"""An answer that is none: the peer closes the connection."""

Answer = Callable[[str], str | None]
"""Given the address (for DATA the recipient): what to answer, DROP, or None for the usual 250."""


@dataclass(frozen=True)
class Received:
    """One message that the peer has accepted."""

    sender: str
    recipient: str
    content: bytes
    options: tuple[str, ...] = ()

    @property
    def parsed(self) -> EmailMessage:
        return BytesParser(policy=policy.default).parsebytes(self.content)

    @property
    def message_id(self) -> str:
        return str(self.parsed["Message-ID"])


@dataclass
class Peer:
    """A running server. Change `on` while it runs: what it answers to MAIL, RCPT and DATA."""

    port: int = 0
    accepted: list[Received] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    on: dict[str, Answer] = field(default_factory=dict)
    drop: Callable[[], None] = lambda: None
    """Closes every open connection."""

    def count(self, command: str) -> int:
        return self.commands.count(command)

    def url(self, scheme: str = "smtp", login: str = "") -> str:
        return f"{scheme}://{login}127.0.0.1:{self.port}"


def _consent(_address: str) -> str | None:
    return None


class _Handler:
    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def _answer(self, command: str, server: SMTP, address: str) -> str | None:
        self._peer.commands.append(command)
        answer = self._peer.on.get(command, _consent)(address)
        if answer == DROP:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return "421 gone"
        return answer

    async def handle_EHLO(  # noqa: N802  aiosmtpd names its hooks so
        self, server: SMTP, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self._peer.commands.append("EHLO")
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        answer = self._answer("MAIL", server, address)
        if answer is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        answer = self._answer("RCPT", server, address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_RSET(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        self._peer.commands.append("RSET")
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        recipient = envelope.rcpt_tos[0]
        answer = self._answer("DATA", server, recipient)
        if answer is None or answer.startswith("2"):
            self._peer.accepted.append(
                Received(envelope.mail_from, recipient, envelope.content, tuple(envelope.mail_options))
            )
        return answer or "250 2.0.0 queued"


@contextlib.contextmanager
def run_peer(
    *,
    implicit_tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    login: tuple[str, str] | None = None,
    has_smtputf8: bool = True,
) -> Iterator[Peer]:
    """Run a recording server on a free port of 127.0.0.1."""
    peer = Peer()
    loop = asyncio.new_event_loop()
    transports: list[asyncio.BaseTransport] = []

    class Server(SMTP):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            transports.append(transport)
            super().connection_made(transport)

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        said = (data.login.decode(), data.password.decode())
        peer.commands.append("AUTH")
        return AuthResult(success=said == login, handled=False)

    def make() -> SMTP:
        options: dict[str, Any] = {"authenticator": check, "auth_require_tls": False} if login else {}
        return Server(
            _Handler(peer), hostname="peer", loop=loop, enable_SMTPUTF8=has_smtputf8, tls_context=starttls, **options
        )

    server = loop.run_until_complete(loop.create_server(make, "127.0.0.1", 0, ssl=implicit_tls))
    peer.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def drop() -> None:
        for transport in transports:
            transport.close()

    async def stop() -> None:
        server.close()
        await server.wait_closed()
        await drop()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    peer.drop = lambda: asyncio.run_coroutine_threadsafe(drop(), loop).result(10)
    try:
        yield peer
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@contextlib.contextmanager
def run_script(script: Callable[[socket.socket], None]) -> Iterator[int]:
    """Run `script` with the first connection to a free port, then close it; yields the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(20)
                script(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
        thread.join(20)
