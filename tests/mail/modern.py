"""A peer that offers what it is told to, notes which commands came together, and loses its way where it is told to."""

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

HANG_UP = "hang up"


class _EndedError(Exception):
    """The conversation is over."""


@dataclass
class Modern:
    """A running peer; `answers` replaces what it says to a verb (``DOT`` is the end of the message, however it is marked),
    `hates_bursts` to any that came with others; `think` is called before the answer to the dot.

    `bursts` are the verbs that came in one piece, `messages` what it took: (recipient, content, options of MAIL).
    """

    offers: tuple[str, ...] = ("PIPELINING", "CHUNKING", "8BITMIME", "SIZE", "SMTPUTF8")
    answers: dict[str, str] = field(default_factory=dict)
    hates_bursts: str = ""
    think: Callable[[str], None] = lambda _recipient: None
    bursts: list[list[str]] = field(default_factory=list)
    messages: list[tuple[str, bytes, str]] = field(default_factory=list)
    octets: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def verbs(self) -> list[str]:
        return [verb for burst in self.bursts for verb in burst]

    def talk(self, connection: socket.socket) -> None:
        _Talk(self, connection).run()


class _Talk:
    def __init__(self, peer: Modern, connection: socket.socket) -> None:
        self._peer, self._connection, self._buffer = peer, connection, b""
        self._burst: list[str] = []
        self._options = self._recipient = ""
        self._content = b""

    def run(self) -> None:
        self._say("220 modern ESMTP")
        with contextlib.suppress(_EndedError, OSError):
            while True:
                self._answer(self._line())

    def _answer(self, line: str) -> None:
        verb = line[:4].upper()
        self._note(verb)
        match verb:
            case "EHLO":
                self._say("\r\n".join(f"250-{word}" for word in ("modern", *self._peer.offers)) + "\r\n250 HELP")
            case "MAIL":
                self._options, self._recipient, self._content = line.partition(">")[2].strip(), "", b""
                self._reply("MAIL", "250 2.1.0 ok")
            case "RCPT":
                if self._reply("RCPT", "250 2.1.5 ok").startswith("2"):
                    self._recipient = line[line.index("<") + 1 : line.rindex(">")]
            case "DATA":
                usual = "354 go on" if self._recipient else "503 5.5.1 nobody"
                if self._reply("DATA", usual).startswith("3"):
                    self._take_data()
            case "BDAT":
                self._take_chunk(line)
            case "QUIT":
                self._say("221 2.0.0 bye")
                raise _EndedError
            case _:
                self._say("250 2.0.0 ok")

    def _take_data(self) -> None:
        while not (self._buffer.startswith(b".\r\n") or b"\r\n.\r\n" in self._buffer):
            self._fill()
        if self._buffer.startswith(b".\r\n"):
            body, self._buffer = b"", self._buffer[3:]
        else:
            body, _, self._buffer = self._buffer.partition(b"\r\n.\r\n")
            body += b"\r\n"
        self._content = re.sub(rb"(?m)^\.", b"", body)
        self._end()

    def _take_chunk(self, line: str) -> None:
        _, size, *last = line.split()
        while len(self._buffer) < int(size):
            self._fill()
        chunk, self._buffer = self._buffer[: int(size)], self._buffer[int(size) :]
        self._content += chunk
        self._peer.octets = len(self._content)
        if last:
            self._end()
        else:
            self._reply("BDAT", "250 2.0.0 got it" if self._recipient else "503 5.5.1 nobody")

    def _end(self) -> None:
        usual = "250 2.0.0 kept" if self._recipient else "554 5.5.1 for nobody"
        if self._peer.answers.get("DOT", usual).startswith("2"):
            self._peer.messages.append((self._recipient, self._content, self._options))
        self._peer.think(self._recipient)
        self._reply("DOT", usual)

    def _reply(self, verb: str, usual: str) -> str:
        is_burst = len(self._burst) > 1 or bool(self._buffer)
        told = self._peer.hates_bursts if is_burst and self._peer.hates_bursts else self._peer.answers.get(verb, usual)
        if told == HANG_UP:
            raise _EndedError
        self._say(told)
        return told

    def _note(self, verb: str) -> None:
        if not self._burst:
            self._peer.bursts.append(self._burst)
        self._burst.append(verb)

    def _say(self, text: str) -> None:
        self._connection.sendall(f"{text}\r\n".encode())

    def _line(self) -> str:
        while b"\r\n" not in self._buffer:
            self._fill()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line.decode()

    def _fill(self) -> None:
        if not self._buffer:
            self._burst = []
        received = self._connection.recv(65536)
        if not received:
            raise _EndedError
        self._buffer += received


@contextlib.contextmanager
def run_modern(**options: object) -> Iterator[Modern]:
    """Run such a peer on a free port, for any number of connections."""
    peer = Modern(**options)  # type: ignore[arg-type]  # its own fields
    listener = socket.create_server(("127.0.0.1", 0))
    peer.port = listener.getsockname()[1]
    open_now: list[socket.socket] = []

    def talk(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(20)
            with contextlib.suppress(OSError):
                peer.talk(connection)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                open_now.append(connection)
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(20)
        for connection in open_now:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
