"""One polite gate for all arXiv requests of this host: one request at a time, an interval between them, whole bodies.

Every process that asks arXiv for something goes through one lock file (`fcntl.flock`, so POSIX hosts only). Whoever holds
the lock waits out the interval, sends its request over a connection of its own and reads the whole body. The file remembers in
real time when the last request ended and who asked us to hold back. The terms: https://info.arxiv.org/help/api/tou.html
Hugging Face is not arXiv and has a gate of its own: neither waits for the other, or is silenced by the other's refusals.
"""

import fcntl
import io
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.utils import parseaddr
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote, urlsplit

import requests
import structlog
import urllib3
from requests.adapters import HTTPAdapter

from newsletter import __version__
from newsletter.errors import Fault, NoConnectionError, SettingsError, SourceError
from newsletter.papers.sources.holding import EVERYTHING, GateMemory, parse_retry_after
from newsletter.settings import Settings

DAILY_PAPERS_PATH = "/api/daily_papers"
MAX_WAIT_SECONDS = 60.0  # whoever must wait longer is told so instead of blocking a worker and the gate
TOTAL_FACTOR = 4  # a whole request may take this many times the time-out of one silence
MAX_BODY_BYTES = 64 * 1024 * 1024
ACCEPT = "application/atom+xml, text/html;q=0.9, */*;q=0.5"  # without it arXiv has answered 406
_CHUNK_BYTES = 64 * 1024
_CONNECT_SECONDS = 10.0
_MAX_REDIRECTS = 5
_HUGGINGFACE_INTERVAL_SECONDS = 1.0  # nobody asks for one; the waiting after failures grows from it
_TOO_LATE = (TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError)
_NOT_CONNECTED = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)

_log = structlog.get_logger(__name__)


def polite_session(
    *,
    folder: Path,
    interval_seconds: float,
    timeout_seconds: float,
    contact: str,
    sleep: Callable[[float], None] = time.sleep,
    wall_clock: Callable[[], float] = time.time,
) -> requests.Session:
    """Return a session whose every request passes this host's gate, kept in `folder`.

    `timeout_seconds` is for connecting (at most 10) and for every silence; a whole request may take four times as long.
    The clock is the real one, never the program's: it is the real arXiv that counts our requests.
    Its requests raise SourceError when arXiv cannot be reached, breaks off, or has asked us to hold back for long.
    Raises SettingsError when the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"NEWSLETTER_HOME: cannot make the folder {folder}: {error.strerror}.") from error
    gate = Gate(path=folder / "arxiv-gate.json", interval_seconds=interval_seconds, sleep=sleep, wall_clock=wall_clock)
    agent = f"Chenbao/{__version__} (+mailto:{quote(contact, safe='@.+-_')})"
    adapter = PoliteAdapter(gate, timeout_seconds, agent)
    session = requests.Session()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers["Accept"] = ACCEPT
    session.headers["User-Agent"] = agent
    session.max_redirects = _MAX_REDIRECTS
    return session


def open_session(settings: Settings) -> requests.Session:
    """Return the polite session of this installation, with a gate for arXiv and one for Hugging Face's daily papers."""
    session = polite_session(
        folder=settings.home,
        interval_seconds=settings.arxiv_interval_seconds,
        timeout_seconds=settings.arxiv_timeout_seconds,
        contact=settings.contact or parseaddr(settings.mail_from)[1],
    )
    gate = Gate(
        path=settings.home / "huggingface-gate.json",
        interval_seconds=min(settings.arxiv_interval_seconds, _HUGGINGFACE_INTERVAL_SECONDS),
        sleep=time.sleep,
        wall_clock=time.time,
    )
    adapter = PoliteAdapter(gate, settings.arxiv_timeout_seconds, str(session.headers["User-Agent"]))
    # by path, not by host: in a rehearsal one host plays both
    session.mount(f"{settings.huggingface_url}{DAILY_PAPERS_PATH}", adapter)
    return session


@dataclass(slots=True, kw_only=True)
class Turn:
    """One process's turn at the gate; `memory` is written back when the turn ends."""

    memory: GateMemory
    retry_after_seconds: float | None = None
    hold: str | None = None
    """What must be left alone for a while: a service, or everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The lock file, and the rule that says when the next request may go."""

    path: Path
    interval_seconds: float
    sleep: Callable[[float], None]
    wall_clock: Callable[[], float]

    @contextmanager
    def turn(self, service: str) -> Iterator[Turn]:
        """Hold the gate for one request to `service`, after waiting for its time.

        Raises SourceError at once when the service asked us to stay away for longer than MAX_WAIT_SECONDS.
        """
        with self.path.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # the kernel frees it should we die
            try:
                yield from self._take(file, service)
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)  # a child forked meanwhile shares the lock and would keep it

    def _take(self, file: TextIO, service: str) -> Iterator[Turn]:
        memory = self._read(file)
        wait = memory.wait_seconds(service, now=self.wall_clock(), interval=self.interval_seconds)
        if wait > MAX_WAIT_SECONDS:
            raise SourceError(
                f"{service} asked us to come back in {wait:.0f} seconds; nothing was requested.",
                retryable=True,
                retry_after_seconds=wait,
                fault=Fault.RATE_LIMITED,
            )
        if wait > 0:
            self.sleep(wait)
        # written before the request too: whoever dies in the middle of one still leaves its time behind
        _write(file, replace(memory, last_at=self.wall_clock()))
        turn = Turn(memory=memory)
        try:
            yield turn
        finally:
            _write(file, self._after(turn, service))

    def _after(self, turn: Turn, service: str) -> GateMemory:
        ended = replace(turn.memory, last_at=self.wall_clock())
        if turn.hold is None:
            return ended.released(service)
        return ended.held(turn.hold, turn.retry_after_seconds, interval=self.interval_seconds)

    def _read(self, file: TextIO) -> GateMemory:
        file.seek(0)
        text = file.read()
        try:
            return GateMemory.from_json(text)
        except ValueError:
            _log.warning("gate_memory_unreadable", length=len(text))
            return GateMemory(last_at=self.wall_clock())  # somebody may just have asked: keep the interval


def _write(file: TextIO, memory: GateMemory) -> None:
    file.seek(0)
    file.truncate()
    file.write(memory.to_json())
    file.flush()


class PoliteAdapter(HTTPAdapter):
    """A transport that sends one request per turn at the gate and reads its whole body within the turn."""

    def __init__(self, gate: Gate, timeout_seconds: float, agent: str) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)
        self._gate = gate
        self._timeout_seconds = timeout_seconds
        self._agent = agent

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Send the request when its time has come; the time-outs are the gate's, whatever the caller says."""
        service = service_of(request.url or "")
        with self._gate.turn(service) as turn:
            turn.hold = service  # until an answer says otherwise
            started_at = time.monotonic()
            try:
                response = super().send(
                    request,
                    stream=True,
                    timeout=(min(self._timeout_seconds, _CONNECT_SECONDS), self._timeout_seconds),
                    verify=verify,
                    cert=cert,
                    proxies=proxies,
                )
                whole = self._read_whole(request, response, until=started_at + self._timeout_seconds * TOTAL_FACTOR)
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                failure = unreachable(service, error)
                if isinstance(failure, NoConnectionError):
                    turn.hold = None  # it was not asked, so there is nothing to hold back from
                elif failure.fault is Fault.TIMED_OUT:
                    # it may still be at work on what we no longer wait for: another request would be a second one
                    turn.hold, turn.retry_after_seconds = EVERYTHING, self._timeout_seconds
                raise failure from error
            finally:
                self.close()  # not every peer does, and one that closes later would break the next request off
            turn.hold = _who_to_leave_alone(whole, service)
            turn.retry_after_seconds = parse_retry_after(whole.headers.get("Retry-After"), now=self._gate.wall_clock())
        return whole

    def add_headers(self, request: requests.PreparedRequest, **_keywords: object) -> None:
        """Name ourselves, and ask for the connection to be closed: an idle one would be a second connection."""
        request.headers["User-Agent"] = self._agent  # not the name of a library that uses the session
        request.headers["Connection"] = "close"

    def _read_whole(
        self, request: requests.PreparedRequest, response: requests.Response, *, until: float
    ) -> requests.Response:
        body = bytearray()
        with response:
            # read1 returns what one recv brought, so that a dripping body cannot hide from the clock
            while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
                body += chunk
                if time.monotonic() > until:
                    raise requests.Timeout("the answer took too long")
                if len(body) > MAX_BODY_BYTES:
                    raise requests.RequestException("the answer is too large")
        headers = {
            name: value
            for name, value in response.headers.items()
            if name.lower() not in ("content-encoding", "content-length", "transfer-encoding")
        }
        raw = urllib3.HTTPResponse(
            io.BytesIO(bytes(body)),
            headers=headers,
            status=response.status_code,
            reason=response.reason,
            preload_content=False,
        )
        return self.build_response(request, raw)


def service_of(url: str) -> str:
    """Return the origin and first path segment: arXiv's listing pages, feeds and API fail one by one."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/{parts.path.split('/')[1] if '/' in parts.path else ''}"


def unreachable(service: str, error: Exception) -> SourceError:
    """Translate a failure to get an answer; only a request that can never work is not retryable."""
    advice = "Check the network and the settings NEWSLETTER_ARXIV_*_URL (or NEWSLETTER_HUGGINGFACE_URL)."
    causes = list(_causes(error))
    reason = "no answer in time" if isinstance(error, requests.Timeout) else _describe(causes[-1])
    if any(isinstance(cause, _NOT_CONNECTED) for cause in causes):
        return NoConnectionError(f"No connection to {service}: {reason}. {advice}", reason=reason)
    is_wrong = isinstance(error, (ValueError, requests.TooManyRedirects))
    fault = Fault.UNUSABLE if is_wrong else _fault_of(causes)
    return SourceError(f"No whole answer from {service}: {reason}. {advice}", retryable=not is_wrong, fault=fault)


def is_rate_notice(response: requests.Response) -> bool:
    """Tell whether arXiv says "Rate exceeded.", which it has done with status 200 too."""
    return len(response.content) < 1000 and b"rate exceeded" in response.content.lower()


def _who_to_leave_alone(response: requests.Response, service: str) -> str | None:
    if response.status_code == requests.codes.too_many_requests or is_rate_notice(response):
        return EVERYTHING  # the limit is one for all of arXiv's services together
    if response.status_code >= requests.codes.internal_server_error:
        return service
    return None


def _fault_of(causes: Sequence[BaseException]) -> Fault:
    if any(isinstance(cause, _TOO_LATE) for cause in causes):
        return Fault.TIMED_OUT
    if any(isinstance(cause, urllib3.exceptions.IncompleteRead) for cause in causes):
        return Fault.TRUNCATED
    return Fault.DROPPED


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and what it came from, the root of it last."""
    while error:
        yield error
        error = error.__cause__ or error.__context__


def _describe(error: BaseException) -> str:
    if isinstance(error, _TOO_LATE):
        return "no answer in time"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")
