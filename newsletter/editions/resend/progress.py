"""How far a resend is: its readers by what became of their mail, and the sentence that says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session

from newsletter.deliveries.states import DeliveryState
from newsletter.editions.resend import store
from newsletter.editions.resend.store import Resend
from newsletter.editions.story.mails import say_state
from newsletter.editions.story.words import join_words
from newsletter.words import NOTHING, Words

_OPEN = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendProgress:
    """One resend; `skips` counts the skipped by reason."""

    resend: Resend
    states: Mapping[DeliveryState, int] = field(default_factory=dict)
    skips: Mapping[str, int] = field(default_factory=dict)

    @property
    def unqueued(self) -> int:
        """Readers of the plan who have no delivery yet."""
        return 0 if self.resend.queued_at else self.resend.planned_count - sum(self.states.values())

    @property
    def open(self) -> int:
        """Readers whose mail may still go out."""
        return self.unqueued + sum(self.states.get(state, 0) for state in _OPEN)

    @property
    def accepted(self) -> int:
        return self.states.get(DeliveryState.ACCEPTED, 0)

    @property
    def is_over(self) -> bool:
        return self.open == 0

    @property
    def sentence(self) -> Words:
        """Of 4,000 readers 3,990 have it; 8 are queued and 2 failed."""
        total = self.resend.planned_count
        parts = [
            *([Words(f"{self.unqueued:,} still to be queued", f"{self.unqueued:,} 位待排队")] if self.unqueued else []),
            *(_say_number(state, number) for state, number in self.states.items() if number),
        ]
        rest = [part for part in parts if part != NOTHING]
        tail = Words(f"; {join_words(rest).en}", f"；{join_words(rest).zh}") if rest else NOTHING
        head = self._head
        return Words(
            f"{head.en}of {total:,} {'reader' if total == 1 else 'readers'} {self.accepted:,} "
            f"{'has' if self.accepted == 1 else 'have'} it again{tail.en}.",
            f"{head.zh}计划 {total:,} 位读者，{self.accepted:,} 位已重新收到{tail.zh}。",
        )

    @property
    def _head(self) -> Words:
        if self.resend.cancelled_at:
            return Words("Cancelled: ", "已取消：")
        return Words("Over: ", "已结束：") if self.is_over else Words("Under way: ", "进行中：")


def read_progress(session: Session, resend_id: int) -> ResendProgress:
    """Return how far one resend is; raises NotFoundError."""
    return _with_outcomes(session, [store.get_resend(session, resend_id)])[0]


def list_progress(session: Session, *, edition_on: date | None = None, limit: int = 50) -> list[ResendProgress]:
    """Return how far the newest resends are, of one day or of all, newest first: two statements."""
    return _with_outcomes(session, store.list_resends(session, edition_on=edition_on, limit=limit))


def _with_outcomes(session: Session, resends: Sequence[Resend]) -> list[ResendProgress]:
    outcomes = store.count_outcomes(session, [resend.id for resend in resends])
    return [_progress(resend, outcomes[resend.id]) for resend in resends]


def _progress(resend: Resend, outcomes: Sequence[tuple[DeliveryState, str | None, int]]) -> ResendProgress:
    states = {
        state: number
        for state in DeliveryState
        if (number := sum(count for found, _, count in outcomes if found is state))
    }
    skips = {reason or "": number for state, reason, number in outcomes if state is DeliveryState.SKIPPED}
    return ResendProgress(resend=resend, states=states, skips=dict(sorted(skips.items())))


def _say_number(state: DeliveryState, number: int) -> Words:
    if state is DeliveryState.ACCEPTED:
        return NOTHING
    said = say_state(state)
    return Words(f"{number:,} {said.en}", f"{number:,} 位{said.zh}")
