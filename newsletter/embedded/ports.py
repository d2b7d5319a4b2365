"""Which port is free, and whether somebody answers on one."""

import errno
import socket

from newsletter.errors import SettingsError

_LOOPBACK = "127.0.0.1"
_TRIES = 100
_TAKEN = (errno.EADDRINUSE, errno.EACCES)  # EACCES: ports under 1024 belong to root


def free_port(preferred: int, host: str = _LOOPBACK) -> int:
    """Return the preferred port, or the next free one after it, or any free one when the next hundred are taken.

    The port is free now; whoever listens on it next owns it. Raises SettingsError when `host` is no address of this machine.
    """
    last = min(preferred + _TRIES, 65535)
    for port in range(preferred, last + 1):
        if _bind(port, host) and not is_listening(port, host):
            return port
    return _bind(0, host)


def is_listening(port: int, host: str = _LOOPBACK) -> bool:
    """Tell whether somebody accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _bind(port: int, host: str) -> int:
    """Bind for a moment; return the port that was bound, 0 when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # as the servers do; otherwise the last run's closing connections would make its port look taken for a minute
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in _TAKEN:
                return 0
            raise SettingsError(f"Cannot listen on {host}: {error.strerror or error}.") from error
        bound: int = probe.getsockname()[1]
        return bound
