"""The way to the relay: one kept SMTP connection (RFC 5321), and what became of each message on it.

Where the peer offers PIPELINING (RFC 2920) the envelope goes out in one write and its answers are read in order; with CHUNKING
(RFC 3030) the message goes with it, and an empty last chunk is what the final dot is elsewhere: called "the dot" here too.
"""

import re
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Self

import structlog

from newsletter.errors import TransportError
from newsletter.mail.commands import Letter, Script, write_script
from newsletter.mail.connect import TimeLimits, explain
from newsletter.mail.content import Content
from newsletter.mail.dialogue import MISUNDERSTOOD, Dialogue, Refusal
from newsletter.mail.kept import KeptConnection
from newsletter.mail.replies import Outcome, Phase, SmtpReply, find_trouble, read_reply
from newsletter.mail.server import Encryption, SmtpServer, parse_smtp_url
from newsletter.mail.volley import Stage, carry_on
from newsletter.mail.wire import GarbledError

__all__ = ["Encryption", "Outcome", "Phase", "SmtpReply", "SmtpServer", "SmtpTransport", "TimeLimits", "parse_smtp_url"]

log = structlog.get_logger(__name__)

_FORBIDDEN = re.compile(r"[\s\x00-\x20\x7f<>]")


class SmtpTransport:
    """Hands messages to one server over a kept connection, one at a time; not for use by two threads.

    It connects when the first message comes, again when the peer has closed an idle connection, and afresh after
    `messages_per_connection` messages. `send` is the whole way of one message; whoever sends over several connections at a
    time takes its steps: `begin`, `carry_on` until the stage is READY, `end` (or `cut`), `carry_on` until it is SETTLED.
    A peer that loses its way when it is sent several commands at once, or chunks, gets the same message again one
    command at a time, and so all that follow.
    """

    def __init__(
        self,
        server: SmtpServer,
        *,
        time_limits: TimeLimits | None = None,
        tls_context: ssl.SSLContext | None = None,
        messages_per_connection: int = 100,
    ) -> None:
        self._line = KeptConnection(server, time_limits or TimeLimits(), tls_context or ssl.create_default_context())
        self._messages_per_connection = messages_per_connection
        self._is_kept = False  # whether the connection was there before the present message
        self._is_plain = False  # one command at a time, and no chunks
        self._letter: Letter | None = None
        self._started = 0.0
        self._script: Script | None = None
        self._has_leave = False
        self._dialogue: Dialogue | None = None
        self.stage = Stage.IDLE
        self.deadline = 0.0
        self.result: SmtpReply | TransportError | None = None

    def send(self, sender: str, recipient: str, message: Content, *, before_final_dot: Callable[[], None]) -> SmtpReply:
        """Hand one message over; `before_final_dot` is called when all but the terminating dot has gone out.

        If that call raises, the connection is cut before the dot, so that the peer discards the message, and the error
        goes on. Raises TransportError when the trouble says nothing about this recipient: no connection, no TLS, no
        login, our sender address refused, or the peer closing its service before it was named.
        """
        try:
            self.begin(sender, recipient, message)
            carry_on([self])
            if self.stage is Stage.READY:
                before_final_dot()
                self.end()
                carry_on([self])
        except BaseException:
            self.cut()  # in the middle of a conversation the connection is of no use to the next message
            raise
        if isinstance(self.result, SmtpReply):
            return self.result
        raise self.result or AssertionError("a message that is on its way has an end")

    def begin(self, sender: str, recipient: str, message: Content) -> None:
        """Write the envelope of the next message; what hinders it is its `result`."""
        self._letter = Letter(sender=sender, recipient=recipient, content=message)
        self._started, self._has_leave, self.result = time.monotonic(), False, None
        if _FORBIDDEN.search(sender) or _FORBIDDEN.search(recipient):
            self._refuse_ourselves("the address has a character that SMTP forbids")
            return
        if self._line.message_count >= self._messages_per_connection:
            self.close()
        self._is_kept = self._line.wire is not None
        self._converse()

    def end(self) -> None:
        """Send the dot: the peer may have the message from now on."""
        self._has_leave = True
        try:
            if self._line.wire is None or self._script is None:
                raise ConnectionError("there is no connection")
            self._line.wire.receive()
            if self._line.wire.has_answers:
                raise GarbledError("it answered what was not asked")
        except OSError as error:
            self._break_off(Phase.DOT, error)
            return
        try:
            self._line.wire.write(self._script.dot)
        except ConnectionError as error:  # the peer had hung up already: the dot did not leave
            self._break_off(Phase.DOT, error)
        except OSError as error:
            self._leave_unknown(error)
        else:
            self.stage, self.deadline = Stage.ENDED, time.monotonic() + self._line.limits.final_dot_seconds

    def cut(self) -> None:
        """Cut the connection; the peer discards a message whose dot it has not seen."""
        self._line.drop()
        self.stage = Stage.IDLE

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye, if there is a connection; one on which a message is under way is cut."""
        if self.stage in (Stage.IDLE, Stage.SETTLED):
            self._line.say_goodbye()
        self._line.drop()

    @property
    def has_more(self) -> bool:
        """Whether something has come of which the operating system does not tell."""
        return self._line.wire is not None and (self._line.wire.has_more or self._line.wire.has_answers)

    def fileno(self) -> int:
        """Return the number of the connection, for `poll`."""
        return self._line.wire.fileno() if self._line.wire is not None else -1

    def advance(self) -> None:
        """Take in what the peer has said, and go on as it allows."""
        try:
            while self.stage.is_waiting and self._line.wire is not None:
                answer = self._line.wire.next_answer()
                if answer is None:
                    self._line.wire.receive()
                    answer = self._line.wire.next_answer()
                if answer is None:
                    return
                self._hear(*answer)
        except OSError as error:
            self._lose(error)

    def expire(self) -> None:
        """Stop waiting for an answer."""
        self._lose(TimeoutError("timed out"))

    def _converse(self) -> None:
        """Begin, or begin afresh, the conversation about the present message."""
        self._dialogue, self.stage = None, Stage.TALKING
        if self._letter is None:
            raise AssertionError("no message is under way")
        try:
            wire = self._line.open()
        except TransportError as error:
            self._settle(error)
            return
        if self._letter.is_international and not wire.offers("smtputf8"):
            self._refuse_ourselves("the relay takes no addresses beyond ASCII (SMTPUTF8)")
            return
        script = write_script(wire, self._letter, is_plain=self._is_plain, has_reset=self._line.must_reset)
        self._script, self._dialogue, self._line.must_reset = script, Dialogue(script), False
        self._write((self._dialogue.next_octets(),), Phase.MAIL)

    def _write(self, pieces: Sequence[bytes], phase: Phase) -> None:
        try:
            if self._line.wire is not None:
                self._line.wire.write(*pieces)
        except OSError as error:
            self._lose(error, phase)
        else:
            self.deadline = time.monotonic() + self._line.limits.command_seconds

    def _hear(self, code: int, text: bytes) -> None:
        dialogue, script = self._dialogue, self._script
        if self.stage is Stage.ENDED or dialogue is None or script is None:
            self._hear_the_last(code, text)
            return
        self.deadline = time.monotonic() + self._line.limits.command_seconds
        dialogue.hear(code, text)
        if dialogue.is_stuck:
            self._begin_again()
        elif octets := dialogue.next_octets():
            self._write((octets,), dialogue.phase)
        elif dialogue.is_over and dialogue.refusal is not None:
            self._be_refused(dialogue.refusal)
        elif dialogue.is_over:
            self._write_body(script)

    def _write_body(self, script: Script) -> None:
        self._write(script.body, Phase.BODY)
        if self.stage is Stage.TALKING and self._script is script:
            self.stage = Stage.READY
            if self._has_leave:  # the first dot was not understood, and leave was given for this message
                self.end()

    @property
    def _is_clever(self) -> bool:
        return self._script is not None and not self._script.is_plain

    def _hear_the_last(self, code: int, text: bytes) -> None:
        """Hear the answer to the dot."""
        if self._script is not None and self._script.is_chunked and code in MISUNDERSTOOD:  # so it has nothing
            self._begin_again(is_plain=True)
            return
        self._line.message_count += 1
        outcome = {2: Outcome.ACCEPTED, 4: Outcome.DEFERRED, 5: Outcome.FAILED}.get(code // 100, Outcome.UNKNOWN)
        if code == 421 or outcome is Outcome.UNKNOWN:
            self._line.drop()
        self._settle(self._reply(Phase.DOT, outcome, code=code, text=text))

    def _be_refused(self, refusal: Refusal) -> None:
        """Settle the message as the peer refused it, and make the connection ready for the next."""
        if refusal.is_goodbye and refusal.phase is Phase.MAIL and self._is_kept:
            self._begin_again()  # how a peer says goodbye to an idle connection
            return
        if refusal.is_misunderstanding and self._is_clever:
            self._begin_again(is_plain=True)
            return
        outcome = Outcome.FAILED if refusal.code // 100 == 5 else Outcome.DEFERRED
        reply = self._reply(refusal.phase, outcome, code=refusal.code, text=refusal.text)
        trouble = find_trouble(reply)
        if trouble is not None or refusal.is_goodbye or not refusal.is_answer:
            self._line.drop()
        self._line.message_count += 1
        self._line.must_reset = self._line.wire is not None
        self._settle(trouble or reply)

    def _begin_again(self, *, is_plain: bool = False) -> None:
        """Say the same on a new connection: nothing of it has been handed over on this one."""
        self._is_plain = self._is_plain or is_plain
        if is_plain:
            log.warning("smtp_plain", server=self._line.server.name, reason="it lost its way in pipelined commands")
        self._line.drop()
        self._is_kept = False
        self._converse()

    def _lose(self, error: OSError, phase: Phase | None = None) -> None:
        """Do what follows when the connection is lost, wherever we are."""
        if self.stage is Stage.ENDED:
            self._leave_unknown(error)
        elif self._dialogue is not None and self._dialogue.refusal is not None:
            self._line.drop()
            self._be_refused(self._dialogue.refusal)
        else:
            self._break_off(phase or (self._dialogue.phase if self._dialogue else Phase.BODY), error)

    def _break_off(self, phase: Phase, error: OSError) -> None:
        """The connection went before the dot: the peer has nothing."""
        is_early = self.stage is Stage.TALKING and phase is not Phase.BODY
        if phase is Phase.MAIL and self._is_kept:
            self._begin_again()
        elif self._is_clever and (
            isinstance(error, GarbledError) or (is_early and not isinstance(error, TimeoutError))
        ):
            self._begin_again(is_plain=True)
        elif phase is Phase.MAIL:
            self._line.drop()
            self._settle(explain(error, self._line.server))
        else:
            self._line.drop()
            self._settle(self._reply(phase, Outcome.DEFERRED, text=f"the connection was lost: {error}"))

    def _leave_unknown(self, error: OSError) -> None:
        """The dot may have arrived: RFC 5321 section 4.5.3.2.6 asks to assume neither that it did nor that it did not."""
        self._line.drop()
        self._settle(self._reply(Phase.DOT, Outcome.UNKNOWN, text=f"no answer to the final dot: {error}"))

    def _refuse_ourselves(self, text: str) -> None:
        self._settle(self._reply(Phase.RCPT, Outcome.FAILED, text=text))

    def _settle(self, result: SmtpReply | TransportError) -> None:
        if self._has_leave and isinstance(result, TransportError):  # the message is marked as one that may have left
            result = self._reply(Phase.DOT, Outcome.DEFERRED, text=str(result))
        self.stage, self.result, self._letter = Stage.SETTLED, result, None
        self._script = self._dialogue = None

    def _reply(self, phase: Phase, outcome: Outcome, *, text: str | bytes, code: int | None = None) -> SmtpReply:
        return read_reply(
            phase,
            outcome,
            text=text,
            code=code,
            server=self._line.server.name,
            duration_seconds=time.monotonic() - self._started,
        )
