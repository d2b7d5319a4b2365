"""Many readers added at once by an operator: planned line by line first, then all of them or none."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import Session

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.consent import once_a_day, queue_new
from newsletter.deliveries.messages import Message, MessageIdMaker
from newsletter.editions.desk import Desk
from newsletter.editions.roster import RosterLine
from newsletter.errors import ConflictError, InputError
from newsletter.operators.audit import Note
from newsletter.subscribers.admin_store import look_up
from newsletter.subscribers.store import add_subscriber, confirm
from newsletter.words import NOTHING, Words


class Outcome(StrEnum):
    """What an import does with one line."""

    ADDED = "added"
    LEFT_OUT = "left-out"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLine:
    """One line of a file, what becomes of it, and why where it is not added."""

    line: RosterLine
    outcome: Outcome
    why: Words = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What an import would do, line by line."""

    lines: Sequence[PlannedLine]

    def of(self, outcome: Outcome) -> list[PlannedLine]:
        """Return the lines of which this becomes."""
        return [line for line in self.lines if line.outcome is outcome]

    @property
    def may_go(self) -> bool:
        """Whether it can be done: somebody is added, and no line is wrong."""
        return bool(self.of(Outcome.ADDED)) and not self.of(Outcome.WRONG)

    @property
    def fingerprint(self) -> str:
        """A short name of what is promised: the same for two plans only when they add the same readers."""
        added = [f"{item.line.number} {item.line!r}" for item in self.of(Outcome.ADDED)]
        return hashlib.sha256("\n".join(added).encode()).hexdigest()[:16]


def plan_import(desk: Desk, lines: Sequence[RosterLine]) -> ImportPlan:
    """Say what would become of each line; nothing is stored."""
    with reading(desk.database) as session:
        return _plan(session, desk, lines)


def import_readers(
    desk: Desk,
    lines: Sequence[RosterLine],
    *,
    expected: str,
    proof: str,
    message_id: MessageIdMaker,
    note: Note,
) -> tuple[int, list[int]]:
    """Add the readers as their plan promised, in one transaction; returns how many, and the deliveries to wake.

    With a `proof`, in words, of how they agreed they are confirmed; without one each gets the confirmation mail. Raises
    ConflictError when the plan is not the expected one any more, InputError when a line is wrong.
    """
    now = desk.now()
    with transaction(desk.database) as session:
        plan = _plan(session, desk, lines)
        if not plan.may_go:
            raise InputError("Nothing was imported: mend the lines that are wrong first.")
        if plan.fingerprint != expected:
            raise ConflictError("Nothing was imported: what would be added has changed since you looked.")
        deliveries = []
        for item in plan.of(Outcome.ADDED):
            line = item.line
            reader = add_subscriber(
                session,
                line.email,
                subscriptions=line.subscriptions,
                preferences=line.preferences,
                created_at=now,
                name=line.name,
            )
            if proof:
                confirm(session, reader.id, at=now)
            elif (delivery := queue_new(session, once_a_day(Message.CONFIRM, reader.id, now, message_id))) is not None:
                deliveries.append(delivery)
        note(session)
        return len(plan.of(Outcome.ADDED)), deliveries


def _plan(session: Session, desk: Desk, lines: Sequence[RosterLine]) -> ImportPlan:
    known = look_up(session, [line.email for line in lines if line.problem is None], desk.addresses.tokens)
    first: dict[str, int] = {}
    planned = []
    for line in lines:
        if line.problem is not None:
            planned.append(PlannedLine(line=line, outcome=Outcome.WRONG, why=line.problem))
            continue
        why = _find_reason(first.get(line.key), known[line.key].is_reader, known[line.key].is_suppressed)
        first.setdefault(line.key, line.number)
        outcome = Outcome.ADDED if why is None else Outcome.LEFT_OUT
        planned.append(PlannedLine(line=line, outcome=outcome, why=why or NOTHING))
    return ImportPlan(lines=planned)


def _find_reason(first: int | None, is_reader: bool, is_suppressed: bool) -> Words | None:
    if first is not None:
        return Words(f"the same address as in line {first}", f"与第 {first} 行地址相同")
    if is_reader:
        return Words("is a reader already, and stays as they are", "已是读者，保持不变")
    if is_suppressed:
        return Words("mail to this address is stopped", "已停止向此地址发信")
    return None
