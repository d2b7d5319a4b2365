"""The judge: compares the relay's own record with the ledger. Pure; it knows nothing of how the house works inside."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tests.torture.record import Evidence, Letter, Row

SLOW_SECONDS = 1.0
"""An answer that takes longer may come after our patience has ended (see `roles.LIMITS`)."""
RECORDING_SECONDS = 1.0
"""How long after the answer its record may be under way, so that a death or an outage can still swallow it."""
LEAVING_SECONDS = 1.0
"""A mark set before somebody left is followed by its dot within this time."""
_TERMINAL = ("accepted", "failed", "skipped", "uncertain")


class Fault(StrEnum):
    """What can be wrong with a ledger."""

    LOST = "lost"
    DUPLICATE = "duplicates"
    WRONG_UNCERTAIN = "wrong_uncertain"
    WITHOUT_REASON = "without_reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, in words."""

    fault: Fault
    recipient: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is wrong with one schedule's ledger, and how many of its deliveries ended uncertain."""

    findings: tuple[Finding, ...]
    uncertain: int

    def count(self, fault: Fault) -> int:
        return sum(finding.fault is fault for finding in self.findings)


def judge(evidence: Evidence) -> Judgement:
    """Compare both records: nothing lost, nothing twice, every reader a terminal row with a reason, no needless doubt."""
    by_id: dict[str, list[Letter]] = defaultdict(list)
    for letter in evidence.letters:
        by_id[letter.message_id or ""].append(letter)
    findings = [
        *_missing_readers(evidence),
        *_unknown_letters(evidence, by_id),
        *_letters_after_leaving(evidence),
        *_open_ends(evidence.rows),
        *_needless_revisions(evidence),
        *(finding for row in evidence.rows for finding in _judge_row(evidence, row, by_id)),
    ]
    return Judgement(findings=tuple(findings), uncertain=sum(row.state == "uncertain" for row in evidence.rows))


def is_ambiguous(letter: Letter, evidence: Evidence) -> bool:
    """Tell whether our side could not know, or could not write down, what became of a letter.

    The relay broke it off or answered so late or so badly that its answer cannot have been read; or the process that sent
    it died, or the database was out of reach, before its outcome can have been written.
    """
    if letter.is_broken_by_peer:
        return True
    ended_at = letter.ended_at if letter.ended_at is not None else math.inf
    if letter.dot_at is not None and ended_at - letter.data_at > SLOW_SECONDS:
        return True
    until = ended_at + RECORDING_SECONDS
    if any(letter.pid == death.pid and letter.data_at <= death.at <= until for death in evidence.deaths):
        return True
    return any(outage.since <= until and outage.until >= letter.data_at for outage in evidence.outages)


def _judge_row(evidence: Evidence, row: Row, by_id: Mapping[str, Sequence[Letter]]) -> Iterator[Finding]:
    letters = by_id.get(row.message_id, ())
    kept = [letter for letter in letters if letter.is_kept]
    if row.state == "accepted" and not kept:
        yield _finding(Fault.LOST, row, "accepted, but the relay does not have it")
    yield from _extra_copies(evidence, row, kept)
    if row.state == "uncertain":
        nameless = [letter for letter in by_id.get("", ()) if letter.recipient == row.recipient]
        if not any(is_ambiguous(letter, evidence) for letter in (*letters, *nameless)):
            yield _finding(Fault.WRONG_UNCERTAIN, row, f"uncertain, but no conversation was cut ({row.reason})")
    elif row.state != "accepted" and kept:
        is_explained = row.is_retried and evidence.may_retry_uncertain and is_ambiguous(kept[0], evidence)
        if not is_explained:
            yield _finding(Fault.WITHOUT_REASON, row, f"{row.state} ({row.reason}), but the relay has it")


def _extra_copies(evidence: Evidence, row: Row, kept: Sequence[Letter]) -> Iterator[Finding]:
    """A second copy is only right where the policy asks for one more try of what was uncertain."""
    if len(kept) < 2:
        return
    is_allowed = evidence.may_retry_uncertain and row.is_retried and len(kept) == 2 and is_ambiguous(kept[0], evidence)
    if not is_allowed:
        for _ in kept[1:]:
            yield _finding(Fault.DUPLICATE, row, f"the relay has {len(kept)} copies of {row.message_id}")


def _open_ends(rows: Sequence[Row]) -> Iterator[Finding]:
    """Every revision ends in a terminal state, and all but `accepted` say why."""
    for row in rows:
        if row.state not in _TERMINAL:
            yield _finding(Fault.WITHOUT_REASON, row, f"still {row.state} at the end ({row.reason})")
        elif row.state != "accepted" and not (row.reason or "").strip():
            yield _finding(Fault.WITHOUT_REASON, row, f"{row.state} without a reason")
    keys = Counter((row.recipient, row.message, row.occasion, row.revision) for row in rows)
    for (recipient, message, occasion, revision), number in keys.items():
        if number > 1:
            text = f"{number} rows for {message} {occasion} revision {revision}"
            yield Finding(fault=Fault.WITHOUT_REASON, recipient=recipient, text=text)


def _missing_readers(evidence: Evidence) -> Iterator[Finding]:
    known = {row.recipient for row in evidence.rows}
    for reader in evidence.readers:
        if reader.left_at is None and reader.email not in known:
            yield Finding(fault=Fault.LOST, recipient=reader.email, text="a confirmed reader without a row")


def _unknown_letters(evidence: Evidence, by_id: Mapping[str, Sequence[Letter]]) -> Iterator[Finding]:
    known = {(row.message_id, row.recipient) for row in evidence.rows}
    for letters in by_id.values():
        for letter in letters:
            if letter.is_kept and (letter.message_id, letter.recipient) not in known:
                text = f"the relay has {letter.message_id}, which is in no row of this reader"
                yield Finding(fault=Fault.DUPLICATE, recipient=letter.recipient, text=text)


def _letters_after_leaving(evidence: Evidence) -> Iterator[Finding]:
    left = {reader.email: reader.left_at for reader in evidence.readers}
    for letter in evidence.letters:
        left_at = left.get(letter.recipient)
        if letter.is_kept and letter.dot_at is not None and left_at is not None:
            late = letter.dot_at - left_at
            if late > LEAVING_SECONDS:
                text = f"got a mail {late:.1f} s after leaving"
                yield Finding(fault=Fault.DUPLICATE, recipient=letter.recipient, text=text)


def _needless_revisions(evidence: Evidence) -> Iterator[Finding]:
    """A resend adds one revision, however often it is asked for at once; another only to one that failed in between."""
    states = {(row.recipient, row.message, row.occasion, row.revision): row.state for row in evidence.rows}
    for row in evidence.rows:
        before = states.get((row.recipient, row.message, row.occasion, row.revision - 1))
        if row.revision == 0:
            continue
        is_once_more = row.revision > 1 and before not in ("failed", "uncertain")
        if before is None or row.revision > evidence.resends or is_once_more:
            yield _finding(Fault.DUPLICATE, row, f"revision {row.revision} after {before}")


def _finding(fault: Fault, row: Row, text: str) -> Finding:
    return Finding(fault=fault, recipient=row.recipient, text=f"{row.message} revision {row.revision}: {text}")
