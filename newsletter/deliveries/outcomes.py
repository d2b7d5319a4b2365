"""Writing down what became of messages: judged, recorded with their attempts, and heard if they are about an address."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from newsletter.clock import Clock
from newsletter.db.engine import transaction
from newsletter.deliveries.records import Finding, is_failed, record
from newsletter.deliveries.states import DeliveryState, judge_reply, target_of
from newsletter.deliveries.store import Claimed
from newsletter.mail.smtp import Outcome, SmtpReply
from newsletter.papers.calendar import announced_at, next_listing_on

log = structlog.get_logger(__name__)

_PAUSES_SECONDS = (0.1, 0.5, 2.0, 5.0)

HearRefusal = Callable[[Session, int, int, SmtpReply], object]
"""Hears a delivery's last refusal, in the transaction that records it: (session, delivery, number of the attempt, answer)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """One delivery's attempt, and the answer that settled it; `marked_at` is when its phase mark was set, if it was."""

    claimed: Claimed
    reply: SmtpReply
    started_at: datetime
    marked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """Writes down the outcomes of one owner; `pause` waits some seconds before the database is tried again."""

    database: Engine
    owner: str
    now: Clock
    pause: Callable[[float], None]
    hear_refusal: HearRefusal | None

    def write(self, attempts: Sequence[Attempted]) -> list[DeliveryState]:
        """Record attempts, in one transaction, and return the states that follow for those that are still ours.

        A full disk or a lost database is given some seconds to come back; after that OperationalError is raised, and what
        was accepted keeps its mark and becomes uncertain.
        """
        at = self.now()
        overtaken_at = announced_at(next_listing_on(at))
        findings = [self._judge(one, at, overtaken_at) for one in attempts]
        recorded = self._insist(findings)
        for finding in findings:
            self._tell(finding, is_recorded=finding.delivery_id in recorded)
        return [target_of(finding.verdict.event) for finding in findings if finding.delivery_id in recorded]

    def _judge(self, attempted: Attempted, at: datetime, overtaken_at: datetime) -> Finding:
        claimed = attempted.claimed
        verdict = judge_reply(
            attempted.reply,
            attempt_count=claimed.attempt_count + 1,
            first_attempt_at=claimed.first_attempt_at or attempted.started_at,
            now=at,
            overtaken_at=overtaken_at if claimed.edition_on else None,
        )
        return Finding(
            delivery_id=claimed.id,
            attempt=claimed.attempt_count + 1,
            reply=attempted.reply,
            verdict=verdict,
            started_at=attempted.started_at,
            marked_at=attempted.marked_at,
        )

    def _insist(self, findings: Sequence[Finding]) -> set[int]:
        for seconds in (*_PAUSES_SECONDS, None):
            try:
                with transaction(self.database) as session:
                    recorded = record(session, self.owner, findings, at=self.now())
                    for finding in findings:
                        if finding.delivery_id in recorded and is_failed(finding) and self.hear_refusal is not None:
                            self.hear_refusal(session, finding.delivery_id, finding.attempt, finding.reply)
            except OperationalError as error:
                log.warning("delivery_outcomes_not_written", deliveries=len(findings), error=str(error.orig))
                if seconds is None:
                    raise
                self.pause(seconds)
            else:
                return recorded
        raise AssertionError("the last try either returns or raises")

    def _tell(self, finding: Finding, *, is_recorded: bool) -> None:
        reply = finding.reply
        if not is_recorded:
            log.warning(
                "delivery_outcome_unrecorded",
                delivery_id=finding.delivery_id,
                outcome=reply.outcome,
                phase=reply.phase,
            )
        elif reply.outcome is not Outcome.ACCEPTED:
            log.info(
                "delivery_not_accepted",
                delivery_id=finding.delivery_id,
                outcome=reply.outcome,
                phase=reply.phase,
                code=reply.code,
                enhanced_code=reply.enhanced_code,
            )
