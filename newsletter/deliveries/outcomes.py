"""Writing down what became of a message: judged, recorded with its attempt, and heard if it is about the address."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from newsletter.clock import Clock
from newsletter.db.engine import transaction
from newsletter.deliveries.claims import record
from newsletter.deliveries.states import DeliveryState, Event, Verdict, judge_reply, target_of
from newsletter.deliveries.store import Claimed
from newsletter.errors import ConflictError
from newsletter.mail.smtp import Outcome, SmtpReply
from newsletter.papers.calendar import announced_at, next_listing_on

log = structlog.get_logger(__name__)

_PAUSES_SECONDS = (0.1, 0.5, 2.0, 5.0)

HearRefusal = Callable[[Session, int, int, SmtpReply], object]
"""Hears a delivery's last refusal, in the transaction that records it: (session, delivery, number of the attempt, answer)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """Writes down the outcomes of one owner; `pause` waits some seconds before the database is tried again."""

    database: Engine
    owner: str
    now: Clock
    pause: Callable[[float], None]
    hear_refusal: HearRefusal | None

    def write(
        self, claimed: Claimed, reply: SmtpReply, *, started_at: datetime, marked_at: datetime | None
    ) -> DeliveryState | None:
        """Record an attempt and return the state that follows, None when the delivery is not ours any more.

        A full disk or a lost database is given some seconds to come back; after that OperationalError is raised, and what
        was accepted keeps its mark and becomes uncertain.
        """
        now = self.now()
        verdict = judge_reply(
            reply,
            attempt_count=claimed.attempt_count + 1,
            first_attempt_at=claimed.first_attempt_at or started_at,
            now=now,
            overtaken_at=announced_at(next_listing_on(now)) if claimed.edition_on else None,
        )
        try:
            self._insist(claimed, reply, verdict, started_at, marked_at)
        except ConflictError:
            log.warning("delivery_outcome_unrecorded", delivery_id=claimed.id, outcome=reply.outcome, phase=reply.phase)
            return None
        if reply.outcome is not Outcome.ACCEPTED:
            log.info(
                "delivery_not_accepted",
                delivery_id=claimed.id,
                outcome=reply.outcome,
                phase=reply.phase,
                code=reply.code,
                enhanced_code=reply.enhanced_code,
            )
        return target_of(verdict.event)

    def _insist(
        self, claimed: Claimed, reply: SmtpReply, verdict: Verdict, started_at: datetime, marked_at: datetime | None
    ) -> None:
        for seconds in (*_PAUSES_SECONDS, None):
            try:
                with transaction(self.database) as session:
                    record(
                        session,
                        claimed.id,
                        self.owner,
                        reply,
                        verdict,
                        started_at=started_at,
                        at=self.now(),
                        marked_at=marked_at,
                    )
                    if verdict.event is Event.FAIL and self.hear_refusal is not None:
                        self.hear_refusal(session, claimed.id, claimed.attempt_count + 1, reply)
            except OperationalError as error:
                log.warning("delivery_outcome_not_written", delivery_id=claimed.id, error=str(error.orig))
                if seconds is None:
                    raise
                self.pause(seconds)
            else:
                return
