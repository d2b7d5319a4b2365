"""From claimed deliveries to messages: one that cannot be built holds up no other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from newsletter.deliveries.store import Claimed
from newsletter.errors import OutsideError
from newsletter.mail.content import Content

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """One MIME message with its envelope."""

    sender: str
    recipient: str
    message: Content


Builder = Callable[[Sequence[Claimed]], Mapping[int, OutgoingMessage | Exception]]
"""Returns for each delivery its message, or why it cannot be built."""


def build_each(build: Builder, chunk: Sequence[Claimed]) -> Mapping[int, OutgoingMessage | Exception]:
    """Build some messages together, or one by one if that fails.

    What no single letter is at fault for goes on: OutsideError, SQLAlchemyError.
    """
    try:
        return build(chunk)
    except (OutsideError, SQLAlchemyError):
        raise
    except Exception as error:  # noqa: BLE001  one letter that cannot be built must not hold up the others
        if len(chunk) == 1:
            return {chunk[0].id: error}
        log.warning("batch_not_built", error=type(error).__name__, deliveries=len(chunk))
        return {key: value for claimed in chunk for key, value in build_each(build, [claimed]).items()}
