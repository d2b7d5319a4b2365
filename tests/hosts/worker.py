"""A Celery worker as on any host, ready for its first mail: ``python -m tests.hosts.worker [--discard] …``."""

import math
import sys
from unittest import mock

from newsletter.errors import TransportError
from newsletter.mail.content import Content
from newsletter.mail.replies import Outcome, Phase, SmtpReply
from newsletter.mail.volley import Stage
from newsletter.runtime import deliveries
from workers.app import app
from workers.tasks import runtime

DISCARD = "--discard"
_ACCEPTED = SmtpReply(
    outcome=Outcome.ACCEPTED,
    phase=Phase.DOT,
    code=250,
    enhanced_code=None,
    text="thrown away",
    server="nowhere:0",
    duration_seconds=0.0,
)


class Discarding:
    """Throws each message away when it is built and signed: what is left is our own work, the ledger's marks included."""

    deadline = math.inf
    has_more = False

    def __init__(self, *_: object, **__: object) -> None:
        self.stage = Stage.IDLE
        self.result: SmtpReply | TransportError | None = None

    def begin(self, sender: str, recipient: str, message: Content) -> None:
        message.octets(is_eight_bit=True)
        self.stage, self.result = Stage.READY, None

    def end(self) -> None:
        self.stage, self.result = Stage.SETTLED, _ACCEPTED

    def cut(self) -> None:
        self.stage = Stage.IDLE

    def close(self) -> None:
        self.stage = Stage.IDLE

    def fileno(self) -> int:
        return -1

    def advance(self) -> None:
        """Nobody says anything."""

    def expire(self) -> None:
        """Nobody is waited for."""


def main(arguments: list[str]) -> None:
    """Be a worker; what is behind ``--discard`` is Celery's."""
    if arguments[:1] == [DISCARD]:
        mock.patch.object(deliveries, "SmtpTransport", Discarding).start()
    runtime().renderer  # noqa: B018  compiled now, so that the first batch takes no longer than the others
    app.worker_main(["worker", *(word for word in arguments if word != DISCARD)])


if __name__ == "__main__":
    main(sys.argv[1:])
