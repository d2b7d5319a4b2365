"""Bugs put into a worker on purpose, to see that the judge finds them: a harness that cannot fail is worthless."""

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from unittest import mock

from sqlalchemy import null
from sqlmodel import Session, col, update

from newsletter.deliveries import claims, records
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.tables import DeliveryRow
from newsletter.mail import smtp
from newsletter.mail.smtp import Outcome


def _replace(original: object, substitute: object) -> None:
    """Put the substitute wherever the product has imported the original by its name."""
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if value is original and module.__name__.startswith("newsletter."):
                mock.patch.object(module, name, substitute).start()


def _no_mark() -> None:
    """No phase mark before the dot: after a death nobody knows that the mail may have left."""
    _replace(claims.mark, lambda _session, ids, *_args, **_options: set(ids))


def _requeue_marked() -> None:
    """A sweep that queues marked deliveries again instead of calling them uncertain."""

    def requeue(session: Session, ids: Sequence[int], owner: str, *, at: datetime, **_options: Any) -> set[int]:
        values = {"state": "queued", "lease_owner": None, "lease_until": None, "marked_at": None, "changed_at": at}
        sending = col(DeliveryRow.state) == DeliveryState.SENDING
        session.connection().execute(update(DeliveryRow).where(col(DeliveryRow.id).in_(ids), sending).values(values))
        return set()

    _replace(claims.expire, requeue)


def _believe_silence() -> None:
    """No answer to the dot is taken for a yes."""
    mock.patch.object(smtp, "Outcome", _Credulous).start()


class _Credulous:
    ACCEPTED, DEFERRED, FAILED, UNKNOWN = Outcome.ACCEPTED, Outcome.DEFERRED, Outcome.FAILED, Outcome.ACCEPTED


def _doubt_everything() -> None:
    """Every answer to the dot is forgotten, although it was read."""
    mock.patch.object(smtp, "Outcome", _Doubtful).start()


class _Doubtful:
    ACCEPTED, DEFERRED, FAILED, UNKNOWN = Outcome.UNKNOWN, Outcome.DEFERRED, Outcome.FAILED, Outcome.UNKNOWN


def _forget_reasons() -> None:
    """Refusals are written down without their reason."""
    real = records.record

    def record(session: Session, *arguments: Any, **options: Any) -> set[int]:
        recorded = real(session, *arguments, **options)
        row = update(DeliveryRow).where(col(DeliveryRow.id).in_(recorded), col(DeliveryRow.state) != "accepted")
        session.connection().execute(row.values(reason=None))
        return recorded

    _replace(real, record)


def _stay_subscribed() -> None:
    """Whoever left gets what was queued for them all the same."""
    for module in list(sys.modules.values()):
        for name in ("refusal", "_refusal"):
            if module.__name__.startswith("newsletter.deliveries") and hasattr(module, name):
                mock.patch.object(module, name, null).start()
    claims._marking.cache_clear()


SABOTAGES: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "no-mark": _no_mark,
    "requeue-marked": _requeue_marked,
    "believe-silence": _believe_silence,
    "doubt-everything": _doubt_everything,
    "forget-reasons": _forget_reasons,
    "stay-subscribed": _stay_subscribed,
}
