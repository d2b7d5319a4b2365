"""Many readers added at once by an operator: planned line by line first, then added some hundreds at a time."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.consent import once_a_day
from newsletter.deliveries.messages import Message, MessageIdMaker
from newsletter.deliveries.store import find_ids, queue_deliveries
from newsletter.editions.desk import Desk
from newsletter.editions.roster import RosterLine
from newsletter.errors import ConflictError, InputError
from newsletter.operators.audit import Note
from newsletter.subscribers.admin_store import look_up
from newsletter.subscribers.bulk_store import Newcomer, add_many
from newsletter.subscribers.store import add_subscriber, confirm
from newsletter.subscribers.subscriber import SubscriberId
from newsletter.words import NOTHING, Words

READERS_A_TRANSACTION = 500


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
    note: Callable[[Sequence[RosterLine]], Note],
) -> tuple[int, list[int]]:
    """Add the readers as their plan promised, some hundreds at a time; returns how many, and the deliveries to wake.

    With a `proof`, in words, of how they agreed they are confirmed; without one each gets the confirmation mail. Each chunk
    is a transaction, with a note of its own about the lines that were added. After a death between two of them the same
    file brings the rest: whoever is a reader by then is left out. Raises ConflictError when the plan is not the expected
    one any more, InputError when a line is wrong; then nobody is added.
    """
    plan = plan_import(desk, lines)
    if not plan.may_go:
        raise InputError("Nothing was imported: mend the lines that are wrong first.")
    if plan.fingerprint != expected:
        raise ConflictError("Nothing was imported: what would be added has changed since you looked.")
    wanted = [item.line for item in plan.of(Outcome.ADDED)]
    number, deliveries = 0, []
    for start in range(0, len(wanted), READERS_A_TRANSACTION):
        chunk = wanted[start : start + READERS_A_TRANSACTION]
        with transaction(desk.database) as session:
            added, queued = _add(session, desk, chunk, is_confirmed=bool(proof), message_id=message_id)
            if added:
                note(added)(session)
        number += len(added)
        deliveries += queued
    return number, deliveries


def _add(
    session: Session, desk: Desk, lines: Sequence[RosterLine], *, is_confirmed: bool, message_id: MessageIdMaker
) -> tuple[list[RosterLine], list[int]]:
    """Add a chunk of readers and return their lines, and the confirmation mails; who came meanwhile is left alone."""
    now = desk.now()
    known = look_up(session, [line.email for line in lines], desk.addresses.tokens)
    free = [line for line in lines if not known[line.key].is_reader and not known[line.key].is_suppressed]
    numbers = add_many(session, [_newcomer(line) for line in free], at=now, is_confirmed=is_confirmed)
    for line in free:
        if line.key not in numbers:  # the address of an operator, whose row becomes theirs
            numbers[line.key] = _add_one(session, line, at=now, is_confirmed=is_confirmed)
    mails = [] if is_confirmed else [once_a_day(Message.CONFIRM, one, now, message_id) for one in numbers.values()]
    queue_deliveries(session, mails, at=now)
    return free, find_ids(session, [mail.message_id for mail in mails])


def _newcomer(line: RosterLine) -> Newcomer:
    return Newcomer(
        email=line.email,
        name=line.name.strip(),
        subscriptions=list({item.query: item for item in reversed(line.subscriptions)}.values())[::-1],
        preferences=line.preferences,
    )


def _add_one(session: Session, line: RosterLine, *, at: datetime, is_confirmed: bool) -> SubscriberId:
    reader = add_subscriber(
        session,
        line.email,
        subscriptions=line.subscriptions,
        preferences=line.preferences,
        created_at=at,
        name=line.name,
    )
    if is_confirmed:
        confirm(session, reader.id, at=at)
    return reader.id


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
