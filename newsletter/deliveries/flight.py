"""Some messages on their way at once, one on each connection: what is marked, ended and written down together."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from newsletter.deliveries.building import OutgoingMessage
from newsletter.deliveries.channels import Channel
from newsletter.deliveries.store import Claimed
from newsletter.errors import TransportError
from newsletter.mail.smtp import SmtpReply
from newsletter.mail.volley import Stage, carry_on

PATIENCE_SECONDS = 0.2
"""How long those that are through wait for the slower ones, before they are written down without them.

Whoever dies meanwhile leaves them uncertain, though they were answered: so it is short.
"""


@dataclass(slots=True, kw_only=True)
class Flight:
    """One message on its way; `marked_at` is when it got its phase mark."""

    claimed: Claimed
    outgoing: OutgoingMessage
    channel: Channel
    started_at: datetime
    marked_at: datetime | None = None

    @property
    def stage(self) -> Stage:
        return self.channel.transport.stage

    @property
    def result(self) -> SmtpReply | TransportError | None:
        """What became of it; None while it is on its way, and when it was cut short by us."""
        return self.channel.transport.result if self.stage is Stage.SETTLED else None


def fly(
    flights: Collection[Flight],
    *,
    mark: Callable[[Sequence[Flight]], Collection[Flight]],
    land: Callable[[Sequence[Flight]], None],
) -> None:
    """Hand some messages over, each on its own connection, all steps side by side.

    `mark` returns those whose dot may go out, which are marked then; the others are cut short. `land` is told what has come
    to its end, as soon as all have, or those that have waited PATIENCE_SECONDS for the others: a slow peer keeps nobody
    else's outcome from being written down.
    """
    for flight in flights:
        flight.channel.transport.begin(flight.outgoing.sender, flight.outgoing.recipient, flight.outgoing.message)
    aloft, is_first_wave = list(flights), True
    while aloft:
        carry_on([flight.channel.transport for flight in aloft], patience_seconds=PATIENCE_SECONDS)
        ready = [flight for flight in aloft if flight.stage is Stage.READY]
        if ready:
            _end(ready, mark(ready))
        if ready and is_first_wave:  # what was refused is written down with what is answered now
            is_first_wave = False
            continue
        landed = [flight for flight in aloft if not flight.stage.is_waiting]
        if landed:
            land(landed)
        aloft = [flight for flight in aloft if flight.stage.is_waiting]


def _end(ready: Sequence[Flight], marked: Collection[Flight]) -> None:
    for flight in ready:
        if any(flight is one for one in marked):
            flight.channel.transport.end()
        else:
            flight.channel.transport.cut()
