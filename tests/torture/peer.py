"""The relay: an SMTP server on loopback that misbehaves as the schedule says and keeps a record of its own."""

import contextlib
import re
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import NoReturn

from tests.torture.misbehaviour import Act, Misbehaviour, Step
from tests.torture.record import Letter
from tests.torture.schedule import Schedule

LATE_SECONDS = 2.0
"""Longer than any patience of ours (see `roles.LIMITS`)."""
_STALL_SECONDS = 10.0  # the client goes long before
_SLOW_SECONDS = 0.15
_FAR_TOO_LONG = 20_000
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>\s]+>)", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"<([^>]*)>")
_OUR_NAME = re.compile(r"(?:EHLO|HELO) process(\d+)\.", re.IGNORECASE)  # see `roles`
_BODY_END = b"\r\n.\r\n"

Listener = Callable[[Step, int], None]
"""Told which step a conversation has reached and the client's process (0 before its EHLO), before the relay acts on it."""


class _HungUpError(Exception):
    """The conversation is over, from whichever side."""


class Relay:
    """A running relay. Its record is `letters`; `busy` counts the transactions under way."""

    def __init__(self, schedule: Schedule, *, tls: ssl.SSLContext | None, on_step: Listener) -> None:
        self.letters: list[Letter] = []
        self.steps: Counter[Step] = Counter()
        self.tls = tls
        self.extensions = schedule.extensions
        self._schedule = schedule
        self._on_step = on_step
        self._tries: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port: int = self._listener.getsockname()[1]
        self.last_heard_at = time.monotonic()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Stop listening, and hang up on everybody."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def reach(self, step: Step, pid: int) -> None:
        """Note that a conversation has come to a step, and tell whoever waits for it."""
        self.last_heard_at = time.monotonic()
        self.steps[step] += 1
        self._on_step(step, pid)

    def fault_of_connection(self) -> Misbehaviour | None:
        """Return what is wrong with the next connection, if anything."""
        return self._next("connection", self._schedule.connections)

    def fault_of_envelope(self) -> Misbehaviour | None:
        """Return what is wrong with the next MAIL."""
        return self._next("envelope", self._schedule.envelopes)

    def fault_of_letter(self, recipient: str) -> Misbehaviour | None:
        """Return what is wrong with the next try to reach somebody; readers are called ``r<number>@…``."""
        number = re.match(r"r(\d+)@", recipient)
        return self._next(recipient, self._schedule.letters.get(int(number[1]), ()) if number else ())

    def _next(self, name: str, faults: tuple[Misbehaviour | None, ...]) -> Misbehaviour | None:
        with self._lock:
            at = self._tries[name]
            self._tries[name] += 1
        return faults[at] if at < len(faults) else None

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # the listener is closed
            while True:
                connection, _ = self._listener.accept()
                with self._lock:
                    self._open.add(connection)
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(_STALL_SECONDS)
        conversation = _Conversation(self, connection)
        with contextlib.suppress(_HungUpError, OSError):
            conversation.run()
        conversation.close()
        with self._lock:
            self._open.discard(connection)


class _Conversation:
    """One connection, from its banner to its end."""

    def __init__(self, relay: Relay, connection: socket.socket) -> None:
        self._relay = relay
        self._line = connection
        self._pid = 0
        self._buffer = b""
        self._fault = relay.fault_of_connection()
        self._of_letter: Misbehaviour | None = None
        self._recipient: str | None = None
        self._letter: Letter | None = None
        self._chunks = b""

    def run(self) -> None:
        self._answer(Step.BANNER, "220 relay ESMTP", self._fault)
        while True:
            line = self._read_line()
            verb = line[:4].upper()
            named = _OUR_NAME.search(line)
            self._pid = int(named[1]) if named else self._pid
            match verb:
                case "EHLO":
                    tls = "250-STARTTLS\r\n" if self._relay.tls is not None else ""
                    more = "".join(f"250-{word}\r\n" for word in self._relay.extensions)
                    self._answer(Step.EHLO, f"250-relay\r\n{tls}{more}250-SIZE 30000000\r\n250 8BITMIME", self._fault)
                case "STAR":
                    self._start_tls()
                case "MAIL":
                    self._recipient, self._letter, self._chunks = None, None, b""
                    self._answer(Step.MAIL, "250 2.1.0 OK", self._relay.fault_of_envelope())
                case "RCPT":
                    self._take_recipient(line)
                case "DATA":
                    self._take_data()
                case "BDAT":
                    self._take_chunk(line)
                case "QUIT":
                    self._say("221 2.0.0 bye")
                    raise _HungUpError
                case "HELO" | "RSET" | "NOOP":
                    self._say("250 2.0.0 OK")
                case _:
                    self._say("500 5.5.2 what")

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()

    def _start_tls(self) -> None:
        tls = self._relay.tls
        if tls is None:
            self._say("502 5.5.1 no TLS here")
            return
        if self._answer(Step.STARTTLS, "220 2.0.0 go ahead", self._fault) == 220:
            self._line = tls.wrap_socket(self._line, server_side=True)
            self._buffer = b""

    def _take_recipient(self, line: str) -> None:
        found = _ADDRESS.search(line)
        recipient = found[1] if found else ""
        self._of_letter = self._relay.fault_of_letter(recipient)
        if self._answer(Step.RCPT, "250 2.1.5 OK", self._of_letter) == 250:
            self._recipient = recipient

    def _take_data(self) -> None:
        if self._recipient is None:
            self._say("503 5.5.1 RCPT first")
            return
        letter = Letter(pid=self._pid, recipient=self._recipient, data_at=time.monotonic())
        if self._answer(Step.DATA, "354 go ahead", self._of_letter, letter) == 354:
            try:
                self._take_body(letter)
            finally:
                letter.ended_at = letter.ended_at or time.monotonic()

    def _take_chunk(self, line: str) -> None:
        """Take all of the message, or with LAST no more of it: then that is its dot."""
        size = int(line.split()[1])
        if self._recipient is None:
            self._read_chunk(size)
            self._say("503 5.5.1 RCPT first")
            return
        letter = self._letter = self._letter or Letter(
            pid=self._pid, recipient=self._recipient, data_at=time.monotonic()
        )
        try:
            if "LAST" in line:
                self._take_dot(letter, self._chunks)
            else:
                self._relay.letters.append(letter)
                self._relay.reach(Step.BODY, self._pid)
                self._misread(letter)
                self._chunks += self._read_chunk(size)
                letter.message_id = _find_message_id(self._chunks)
                if self._answer(Step.DATA, "250 2.0.0 go on", self._of_letter, letter) != 250:
                    self._recipient = None
        except BaseException:
            letter.ended_at = letter.ended_at or time.monotonic()
            raise

    def _read_chunk(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._fill()
        chunk, self._buffer = self._buffer[:size], self._buffer[size:]
        return chunk

    def _take_body(self, letter: Letter) -> None:
        self._relay.letters.append(letter)
        self._take_dot(letter, self._read_body(letter))

    def _take_dot(self, letter: Letter, body: bytes) -> None:
        fault = self._of_letter
        letter.dot_at = time.monotonic()
        letter.message_id = _find_message_id(body)
        refusal = fault is not None and fault.step is Step.DOT and fault.act is Act.SAY
        is_hidden = fault is not None and fault.step is Step.DOT and fault.hides_the_outcome
        letter.is_broken_by_peer = fault is not None and fault.hides_the_outcome
        self._relay.reach(Step.DOT, self._pid)
        letter.is_kept = fault.is_kept if fault is not None and is_hidden else not refusal
        letter.answer = self._answer(Step.DOT, "250 2.0.0 kept", fault, is_told=True)
        letter.ended_at = time.monotonic()
        self._recipient = None
        self._answer(Step.AFTER, "", fault)

    def _read_body(self, letter: Letter) -> bytes:
        """Return the body up to its dot; if that never comes, note what did."""
        try:
            self._fill()
            self._relay.reach(Step.BODY, self._pid)
            self._misread(letter)
            while _BODY_END not in self._buffer:
                self._fill()
        finally:
            letter.message_id = _find_message_id(self._buffer)
        body, _, self._buffer = self._buffer.partition(_BODY_END)
        return body

    def _misread(self, letter: Letter) -> None:
        """Do what is wrong with reading the body, if anything."""
        fault = self._of_letter if self._of_letter is not None and self._of_letter.step is Step.BODY else None
        if fault is not None and fault.act is Act.SLOW:
            time.sleep(_SLOW_SECONDS)
        elif fault is not None:
            letter.is_broken_by_peer = True
            self._perform(fault, "")

    def _answer(
        self, step: Step, usual: str, fault: Misbehaviour | None, letter: Letter | None = None, *, is_told: bool = False
    ) -> int | None:
        """Answer as the fault, if it is one of this step, wants; returns the code that the client has been told, if any."""
        if not is_told:
            self._relay.reach(step, self._pid)
        if fault is None or fault.step is not step:
            if usual:
                self._say(usual)
            return int(usual[:3]) if usual else None
        if letter is not None and fault.hides_the_outcome:
            letter.is_broken_by_peer = True
        return self._perform(fault, usual)

    def _perform(self, fault: Misbehaviour, usual: str) -> int | None:
        """Do what the fault says in place of the usual answer; returns the code that the client has been told."""
        match fault.act:
            case Act.SAY:
                self._say(fault.text)
                if fault.text.startswith("421"):
                    raise _HungUpError
                return int(fault.text[:3])
            case Act.GARBAGE:
                self._line.sendall(b"\x00\xffbanana\r\n")
                return None
            case Act.PART | Act.DROP | Act.RESET | Act.STALL:
                self._break_off(fault.act, usual)
            case _:
                self._answer_oddly(fault.act, usual)
        return int(usual[:3]) if usual else None

    def _answer_oddly(self, act: Act, usual: str) -> None:
        match act:
            case Act.SPLIT:
                for byte in f"{usual}\r\n".encode():
                    self._line.sendall(bytes([byte]))
            case Act.LINES:
                *first, last = usual.split("\r\n")
                self._say("\r\n".join([*first, f"{usual[:3]}-one", f"{usual[:3]}-two", last]))
            case Act.TWICE:
                self._say(f"{usual}\r\n{usual}")
            case Act.LONG:
                self._say(f"{usual[:3]} {'x' * _FAR_TOO_LONG}")
            case _:
                time.sleep(LATE_SECONDS if act is Act.LATE else _SLOW_SECONDS)
                self._say(usual)

    def _break_off(self, act: Act, usual: str) -> NoReturn:
        if act is Act.PART:
            self._line.sendall(usual[:2].encode())
        if act is Act.STALL:
            while self._line.recv(65536):  # until the client has gone
                pass
        if act is Act.RESET:
            self._line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._line.close()
        raise _HungUpError

    def _say(self, text: str) -> None:
        self._line.sendall(f"{text}\r\n".encode())

    def _read_line(self) -> str:
        while b"\r\n" not in self._buffer:
            self._fill()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line.decode("utf-8", "replace")

    def _fill(self) -> None:
        received = self._line.recv(65536)
        if not received:
            raise _HungUpError
        self._buffer += received


def _find_message_id(body: bytes) -> str | None:
    found = _MESSAGE_ID.search(body)
    return found[1].decode("ascii", "replace") if found else None
