"""The listener for reports: an SMTP or LMTP server that takes mail to our signed addresses, and answers when it is recorded."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP
from sqlalchemy.exc import SQLAlchemyError

from newsletter.embedded.smtp_server import Place, run_server, run_until_signal

SIZE_LIMIT_BYTES = 10 * 1024 * 1024
_RECORDING_THREADS = 4
_FINISH_SECONDS = 5.0
_LONGEST_LINE = 256 * 1024  # a report may quote lines that no mail should have; refusing it would lose it
_AGAIN = "451 4.3.0 The report was not recorded; send it again later"

log = structlog.get_logger(__name__)


class _Smtp(SMTP):
    line_length_limit = _LONGEST_LINE


class _Lmtp(LMTP):
    line_length_limit = _LONGEST_LINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """What the listener is there for: `record` keeps a mail to some address, and returns when that is committed."""

    is_ours: Callable[[str], bool]
    record: Callable[[bytes, str], None]


class _Handler:
    """What the SMTP server asks us; aiosmtpd finds the methods by their names."""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports
        self._threads = ThreadPoolExecutor(_RECORDING_THREADS, thread_name_prefix="reports")
        self._recording: set[asyncio.Future[None]] = set()

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if not self._reports.is_ours(address):
            return "550 5.1.1 There is no such address here"
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient at a time"  # so that one answer to DATA is enough, by LMTP too
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        loop = asyncio.get_running_loop()
        recording = loop.run_in_executor(self._threads, self._reports.record, envelope.content, envelope.rcpt_tos[0])
        self._recording.add(recording)
        recording.add_done_callback(self._recording.discard)
        try:
            await asyncio.shield(recording)  # a client that hangs up now must not undo half of it
        except SQLAlchemyError as error:
            log.warning("report_not_recorded", problem=type(error).__name__)
            return _AGAIN
        return "250 2.0.0 Recorded"

    async def handle_exception(self, error: Exception) -> str:
        """Answer for the request boundary: whatever went wrong here, the peer shall keep the mail."""
        log.error("report_not_recorded", problem=type(error).__name__)
        return _AGAIN

    async def finish(self) -> None:
        """Let what is being recorded be recorded and answered."""
        if self._recording:
            await asyncio.wait(self._recording, timeout=_FINISH_SECONDS)
        await asyncio.sleep(0)  # the answers are written now
        self._threads.shutdown(wait=False)


def serve_listener(
    reports: Reports, host: str, port: int, *, is_lmtp: bool, on_ready: Callable[[int], None] = lambda _port: None
) -> None:
    """Take reports until SIGTERM or SIGINT; `on_ready` gets the port.

    Raises ConflictError when the port is taken, SettingsError when the host is no address of this machine.
    """
    run_until_signal(lambda stop: run_listener(reports, host, port, is_lmtp=is_lmtp, stop=stop, on_ready=on_ready))


async def run_listener(
    reports: Reports,
    host: str,
    port: int,
    *,
    is_lmtp: bool,
    stop: asyncio.Event,
    on_ready: Callable[[int], None] = lambda _port: None,
) -> None:
    """Take reports until `stop` is set; see `serve_listener`."""
    handler = _Handler(reports)
    place = Place(host=host, port=port, name="The listener for reports", advice="Choose another one with --port")
    protocol = _Lmtp if is_lmtp else _Smtp

    def connection() -> Any:
        # the name is given, since aiosmtpd would ask the DNS for it at every connection
        return protocol(
            handler,
            hostname="localhost",
            ident="Chenbao reports",
            data_size_limit=SIZE_LIMIT_BYTES,
            enable_SMTPUTF8=True,
            loop=asyncio.get_running_loop(),
        )

    await run_server(connection, place, stop=stop, on_ready=on_ready, finish=handler.finish)
