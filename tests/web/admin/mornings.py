"""A morning with something of everything, for the operators' pages: Friday's edition, four readers, each in another state."""

from collections.abc import Sequence

from sqlmodel import col, select, update

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.tables import AttemptRow, DeliveryRow
from newsletter.operators.audit import AuditEntry
from newsletter.runtime import Runtime
from newsletter.subscribers.subscriber import Subscriber
from tests.factories import FRIDAY, MORNING, add_reader, announce, make_paper, open_day

PAPERS = (make_paper(1, "A walking robot", abstract="We walk."), make_paper(2, "Robot arms", abstract="We reach."))


def live_through(runtime: Runtime) -> dict[str, Subscriber]:
    """Compose Friday: ann's mail was accepted, bo's failed, cy's is in doubt, di had nothing to read."""
    open_day(runtime.desk, announce(PAPERS))
    people = {
        name: add_reader(runtime.desk, f"{name}@example.org", "knitting" if name == "di" else "robot")
        for name in ("ann", "bo", "cy", "di")
    }
    runtime.compose(FRIDAY)
    settle(runtime, people["ann"], "accepted", code=250, text="queued as 1")
    settle(runtime, people["bo"], "failed", code=550, text="no such user")
    settle(runtime, people["cy"], "uncertain", text="timed out")
    return people


def settle(runtime: Runtime, reader: Subscriber, state: str, *, code: int | None = None, text: str = "") -> int:
    """Put a reader's mail of Friday into a state, with the attempt that led to it; returns the delivery."""
    at = MORNING
    outcome = {"uncertain": "unknown"}.get(state, state)
    with transaction(runtime.database) as session:
        delivery_id = session.exec(
            select(DeliveryRow.id).where(DeliveryRow.subscriber_id == reader.id, DeliveryRow.edition_on == FRIDAY)
        ).one()
        values = {"state": state, "reason": text or None, "changed_at": at}
        accepted = {"accepted_at": at} if state == "accepted" else {}
        changed = update(DeliveryRow).where(col(DeliveryRow.id) == delivery_id)
        session.connection().execute(changed.values(values | accepted))
        session.add(
            AttemptRow(
                delivery_id=delivery_id or 0,
                started_at=at,
                duration_seconds=0.3,
                server="mx.example.net:25",
                phase="dot",
                outcome=outcome,
                code=code,
                text=text,
            )
        )
    return delivery_id or 0


def audited(runtime: Runtime) -> list[tuple[str, str]]:
    """Return what was written down, the first first."""
    return [(entry.action, entry.what) for entry in _entries(runtime)]


def last_entry(runtime: Runtime) -> AuditEntry:
    return _entries(runtime)[-1]


def state_of(runtime: Runtime, reader: Subscriber) -> str:
    with reading(runtime.database) as session:
        return session.exec(
            select(DeliveryRow.state).where(DeliveryRow.subscriber_id == reader.id, DeliveryRow.edition_on == FRIDAY)
        ).one()


def _entries(runtime: Runtime) -> Sequence[AuditEntry]:
    return runtime.list_audit()[::-1]
