"""An SMTP server of our own, run until it is told to stop: what the inbox and the listener for reports have in common."""

import asyncio
import logging
import signal
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from newsletter.embedded.ports import is_listening
from newsletter.errors import ConflictError, SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a server listens; `name` and `advice` say to an operator which one it is, and what to do about a taken port."""

    host: str
    port: int
    name: str
    advice: str


class _Connections:
    """The connections that are open; each is an SMTP server of its own to aiosmtpd."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._open: weakref.WeakSet[Any] = weakref.WeakSet()

    def accept(self) -> Any:
        connection = self._make()
        self._open.add(connection)
        return connection

    def close(self) -> None:
        """Hang up everywhere, at once: a client that does not read cannot delay it."""
        for connection in list(self._open):
            if connection.transport is not None:  # aiosmtpd's sign that it is not closed yet
                connection.transport.abort()


async def run_server(
    make: Callable[[], Any],
    place: Place,
    *,
    stop: asyncio.Event,
    on_ready: Callable[[int], None],
    finish: Callable[[], Awaitable[None]],
) -> None:
    """Serve connections made by `make` until `stop` is set, then let `finish` end what is under way, and hang up.

    `on_ready` gets the port, which matters when `place.port` is 0. Raises ConflictError when the port is taken, SettingsError
    when the host is no address of this machine.
    """
    connections = _Connections(make)
    server = await _listen(connections, place)
    on_ready(server.sockets[0].getsockname()[1])
    await stop.wait()
    await _stop_listening(server)
    await finish()
    connections.close()


def run_until_signal(run: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run a server until SIGTERM or SIGINT."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd's, which names every address

    async def main() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await run(stop)

    asyncio.run(main())


async def _listen(connections: _Connections, place: Place) -> asyncio.Server:
    try:
        return await asyncio.get_running_loop().create_server(connections.accept, place.host, place.port)
    except OSError as error:
        if is_listening(place.port, place.host):
            raise ConflictError(
                f"Port {place.port} on {place.host} is taken. {place.advice}, or stop the program that uses it."
            ) from error
        raise SettingsError(
            f"{place.name} cannot listen on {place.host}, port {place.port}: {error.strerror}."
        ) from error


async def _stop_listening(server: asyncio.Server) -> None:
    """Close the server after the connections it has just accepted are made: asyncio drops those with their sockets open."""
    for listener in server.sockets:
        asyncio.get_running_loop().remove_reader(listener.fileno())
    await asyncio.sleep(0)
    server.close()
