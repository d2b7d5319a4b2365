"""Commands and answers over one connection (RFC 5321 section 4.2): many may be under way at a time."""

import smtplib
import socket
import ssl
from collections import deque

_CHUNK = 65536
_LONGEST_LINE = 8192  # sixteen times what RFC 5321 section 4.5.3.1.5 allows
_MOST_LINES = 1000


class GarbledError(OSError):
    """What came cannot be an answer, so that nobody knows which of the next ones belongs to what."""


class Wire:
    """The conversation on a connection that `connect.open_connection` has opened; answers are taken in as they come."""

    def __init__(self, client: smtplib.SMTP, timeout_seconds: float) -> None:
        if client.sock is None:
            raise ConnectionError("the connection is closed")
        self._client = client
        self._socket: socket.socket = client.sock
        self._timeout = timeout_seconds
        self._socket.settimeout(timeout_seconds)
        self._received = b""
        self._lines: list[bytes] = []
        self._answers: deque[tuple[int, bytes]] = deque()

    def offers(self, extension: str) -> bool:
        """Tell whether the peer offered an extension in its last answer to EHLO."""
        return self._client.has_extn(extension)

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def has_more(self) -> bool:
        """Whether something can be taken in of which the operating system does not know, since TLS has read it already."""
        return isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() > 0

    @property
    def has_answers(self) -> bool:
        return bool(self._answers)

    def write(self, *pieces: bytes) -> None:
        """Send some octets, one behind the other; raises OSError."""
        if len(pieces) == 1:
            self._socket.sendall(pieces[0])
            return
        sent = 0 if isinstance(self._socket, ssl.SSLSocket) else self._socket.sendmsg(pieces)
        if sent < sum(map(len, pieces)):
            self._socket.sendall(memoryview(b"".join(pieces))[sent:])

    def receive(self) -> None:
        """Take in what has come, without waiting for more; raises OSError, ConnectionError when the peer has hung up."""
        self._socket.settimeout(0)
        try:
            received = self._socket.recv(_CHUNK)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        finally:
            self._socket.settimeout(self._timeout)
        if not received:
            raise ConnectionError("the peer closed the connection")
        self._read(received)

    def next_answer(self) -> tuple[int, bytes] | None:
        """Return the code and the text of the next answer, None while it has not come in whole."""
        return self._answers.popleft() if self._answers else None

    def say_goodbye(self, seconds: float) -> None:
        """Say that there is nothing more, and give the peer that long to say so too; raises OSError."""
        self._socket.settimeout(seconds)
        self._socket.sendall(b"QUIT\r\n")
        self._socket.recv(_CHUNK)

    def close(self) -> None:
        """Cut the connection."""
        self._client.close()

    def _read(self, received: bytes) -> None:
        *lines, self._received = (self._received + received).split(b"\n")
        for line in lines:
            self._read_line(line.rstrip(b"\r"))
        if len(self._received) > _LONGEST_LINE:
            raise GarbledError("its answer does not end")

    def _read_line(self, line: bytes) -> None:
        if len(line) > _LONGEST_LINE or len(self._lines) > _MOST_LINES:
            raise GarbledError("its answer is too long")
        code, mark, text = line[:3], line[3:4], line[4:]
        if not (code.isdigit() and mark in (b"", b" ", b"-")):
            raise GarbledError("its answer cannot be read")
        self._lines.append(text.strip())
        if mark != b"-":
            self._answers.append((int(code), b"\n".join(self._lines)))
            self._lines = []
