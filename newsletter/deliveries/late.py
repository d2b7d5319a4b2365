"""An answer that comes when its lease is over already: its delivery was called uncertain, and now somebody knows better.

It happens when the clock is set forward, or a worker sleeps for a while, between the final dot and its answer.
"""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col

from newsletter.deliveries.states import Event, Verdict, target_of
from newsletter.deliveries.store import count, those
from newsletter.deliveries.tables import DeliveryRow


def settle_late(session: Session, delivery_id: int, verdict: Verdict, marked_at: datetime, *, at: datetime) -> bool:
    """Settle an uncertain delivery by the answer to the dot that `marked_at` announced; False when it has moved on.

    A yes makes it accepted. After a no, for now or for good, nothing has arrived: it is queued again, and the next try hears
    what is to follow. Silence leaves it uncertain, with what is known of it.
    """
    values: dict[str, Any] = {
        "reason": verdict.reason,
        "attempt_count": col(DeliveryRow.attempt_count) + 1,
        "changed_at": at,
    }
    match verdict.event:
        case Event.ACCEPT:
            values |= {"state": target_of(Event.RESOLVE).value, "accepted_at": at}
        case Event.DEFER | Event.FAIL:
            again = {"marked_at": None, "next_attempt_at": verdict.next_attempt_at}
            values |= {"state": target_of(Event.REQUEUE).value} | again
    uncertain = those([delivery_id], Event.REQUEUE).where(col(DeliveryRow.marked_at) == marked_at)
    return count(session, uncertain.values(values)) == 1
