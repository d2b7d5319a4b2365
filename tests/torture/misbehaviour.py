"""What a relay can do wrong, at each step of a conversation."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """A point of the conversation as the relay sees it."""

    BANNER = "banner"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"  # the first part of it has come
    DOT = "dot"
    AFTER = "after"  # the answer to the dot has been given


class Act(StrEnum):
    """What the relay does in place of, or with, the usual answer."""

    SAY = "say"  # another answer
    SPLIT = "split"  # the usual answer, one byte a packet
    LINES = "lines"  # the usual answer, in three lines
    TWICE = "twice"  # the usual answer, twice
    LONG = "long"  # the usual code with a line that is far too long
    GARBAGE = "garbage"
    PART = "part"  # the beginning of the usual answer, then the line goes dead
    DROP = "drop"
    RESET = "reset"  # dropped with a TCP reset
    STALL = "stall"  # silent until the client goes
    LATE = "late"  # the usual answer, after the client's patience has ended
    SLOW = "slow"  # the body is read slowly; elsewhere the usual answer comes late, but in time


@dataclass(frozen=True, slots=True, kw_only=True)
class Misbehaviour:
    """One act at one step; `text` is what is said (for SAY), `is_kept` whether a message is kept all the same."""

    step: Step
    act: Act
    text: str = ""
    is_kept: bool = False

    @property
    def hides_the_outcome(self) -> bool:
        """Whether the client cannot read what became of a message for which it has got a 354."""
        if self.step is Step.BODY:
            return self.act is not Act.SLOW
        if self.step is Step.DATA:
            return self.act is Act.TWICE  # from there on every answer is read as the one before
        if self.step is Step.AFTER:
            return self.act is Act.RESET  # it may overtake the answer
        hiding = (Act.LONG, Act.GARBAGE, Act.PART, Act.DROP, Act.RESET, Act.STALL, Act.LATE)
        return self.step is Step.DOT and self.act in hiding

    def __str__(self) -> str:
        return f"{self.step}:{self.text or self.act}{'+kept' if self.is_kept else ''}"


_CUTS = (Act.DROP, Act.RESET, Act.STALL, Act.GARBAGE, Act.PART, Act.LONG)
_ODDITIES = (Act.SPLIT, Act.LINES, Act.SLOW)
_REPLIES = {
    Step.BANNER: ("421 4.3.2 closing", "450 4.3.2 busy", "554 5.7.1 go away"),
    Step.EHLO: ("421 4.3.2 closing", "502 5.5.1 what", "451 4.3.0 later"),
    Step.STARTTLS: ("454 4.7.0 TLS is not available now", "501 5.5.4 no"),
    Step.MAIL: (
        "421 4.7.28 Our system has detected an unusual rate of mail",
        "421 4.3.2 closing",
        "451 4.3.0 later",
        "452 4.3.1 insufficient system storage",
        "552 5.3.4 too big",
        "550 5.7.1 sender refused",
    ),
    Step.RCPT: (
        "450 4.2.0 greylisted, try again later",
        "451 4.7.1 greylisted",
        "452 4.2.2 mailbox full",
        "452 4.5.3 too many recipients",
        "552 5.2.2 mailbox full",
        "550 5.1.1 no such user",
        "553 5.1.3 bad address",
        "550 5.7.1 blocked for policy",
        "421 4.7.0 try again later",
        "250-2.1.5 is it so\r\n250 2.1.5 it is",
    ),
    Step.DATA: (
        "451 4.3.0 later",
        "452 4.3.1 disk full",
        "554 5.5.1 no valid recipients",
        "421 4.3.2 closing",
        "250 2.0.0 already",
    ),
    Step.DOT: (
        "451 4.3.0 later",
        "452 4.2.2 mailbox full",
        "552 5.2.3 too big",
        "554 5.7.1 looks like spam",
        "550 5.7.26 unauthenticated",
        "421 4.7.28 Our system has detected an unusual rate of mail",
        "421 4.3.2 closing",
    ),
}


def _at(step: Step) -> Iterator[Misbehaviour]:
    for text in _REPLIES.get(step, ()):
        yield Misbehaviour(step=step, act=Act.SAY, text=text)
    for act in _CUTS + _ODDITIES:
        yield Misbehaviour(step=step, act=act)


OF_CONNECTIONS = tuple(
    fault
    for step in (Step.BANNER, Step.EHLO, Step.STARTTLS)
    for fault in (*_at(step), *([Misbehaviour(step=step, act=Act.TWICE)] if step is not Step.STARTTLS else []))
)
"""What can be wrong with a connection as a whole."""

OF_ENVELOPES = (*_at(Step.MAIL), Misbehaviour(step=Step.MAIL, act=Act.TWICE))
"""What can be wrong before the relay knows for whom the message is."""

OF_LETTERS = (
    *(fault for step in (Step.RCPT, Step.DATA) for fault in (*_at(step), Misbehaviour(step=step, act=Act.TWICE))),
    *(Misbehaviour(step=Step.BODY, act=act) for act in (Act.DROP, Act.RESET, Act.STALL, Act.SLOW)),
    *(fault for fault in _at(Step.DOT) if fault.act in (Act.SAY, *_ODDITIES)),
    *(Misbehaviour(step=Step.DOT, act=act, is_kept=kept) for act in (*_CUTS, Act.LATE) for kept in (False, True)),
    *(Misbehaviour(step=Step.AFTER, act=act) for act in (Act.DROP, Act.RESET)),
    Misbehaviour(step=Step.AFTER, act=Act.SAY, text="421 4.3.2 that was enough"),
)
"""What can be wrong with the conversation about one message."""
