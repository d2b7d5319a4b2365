"""The part of a conversation that leads to the body: which commands may go out, and what their answers say together."""

from collections import deque
from dataclasses import dataclass

from newsletter.mail.commands import Script, Step
from newsletter.mail.replies import Phase

MISUNDERSTOOD = (500, 502, 503)
"""RFC 5321 section 4.2.2: it is the command, or its place, and not the message."""
_FOR_NOBODY = Step(phase=Phase.DOT, wanted=0, octets=b".\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The first answer that kept us from going on."""

    phase: Phase
    code: int
    text: bytes

    @property
    def is_goodbye(self) -> bool:
        return self.code == 421

    @property
    def is_answer(self) -> bool:
        """Whether it can be an answer to its command at all."""
        return self.code // 100 in (4, 5)

    @property
    def is_misunderstanding(self) -> bool:
        return not self.is_answer or self.code in MISUNDERSTOOD


class Dialogue:
    """The commands of one message and their answers, in order; it neither sends nor reads."""

    def __init__(self, script: Script) -> None:
        self.refusal: Refusal | None = None
        self.is_stuck = False  # the connection cannot be made ready for this message
        self._is_pipelined = script.is_pipelined
        self._unsent = deque(script.steps)
        self._unanswered: deque[Step] = deque()

    @property
    def phase(self) -> Phase:
        """Whose answer comes next."""
        return self._unanswered[0].phase if self._unanswered else Phase.BODY

    @property
    def is_over(self) -> bool:
        """Whether no more is to be said or heard: all went well, or the refusal is all there is."""
        is_silent = not self._unanswered and (self.refusal is not None or not self._unsent)
        return is_silent or (self.refusal is not None and self.refusal.is_goodbye)

    def next_octets(self) -> bytes:
        """Return what may go out now; nothing while an answer must come first."""
        if not self._is_pipelined and self._unanswered:
            return b""
        steps = [self._unsent.popleft() for _ in range(len(self._unsent) if self._is_pipelined else 1) if self._unsent]
        self._unanswered.extend(steps)
        return b"".join(step.octets for step in steps)

    def hear(self, code: int, text: bytes) -> None:
        """Take the next answer in."""
        step = self._unanswered.popleft()
        is_wanted = code // 100 == step.wanted
        if step.is_reset and not is_wanted:
            self.is_stuck = True
        elif self.refusal is None and not is_wanted:
            self.refusal = Refusal(phase=step.phase, code=code, text=text)
            self._unsent.clear()
        elif (
            self.refusal is not None and is_wanted and step.wanted == 3
        ):  # it wants the message of nobody: an empty one
            self._unsent.append(_FOR_NOBODY)
