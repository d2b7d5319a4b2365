"""The judge sees what is wrong: a harness that cannot fail is worthless."""

from dataclasses import replace

import pytest

from tests.torture.judge import Fault, judge
from tests.torture.record import Death, Evidence, Letter, Outage, Reader, Row

ANN = "r1@example.org"
DOT_AT = 10.0


def letter(message_id: str | None = "<1@x>", *, is_kept: bool = True, answer: int | None = 250) -> Letter:
    """A conversation in which everything went well: the dot at 10 s, its answer at once."""
    return Letter(
        pid=4000, recipient=ANN, data_at=DOT_AT - 0.1, message_id=message_id, dot_at=DOT_AT, is_kept=is_kept,
        answer=answer, ended_at=DOT_AT,
    )  # fmt: skip


def row(state: str = "accepted", reason: str | None = None, *, revision: int = 0, is_retried: bool = False) -> Row:
    """The ledger's row for it."""
    return Row(
        recipient=ANN, message="digest", occasion="2026-03-20", revision=revision, message_id=f"<{revision + 1}@x>",
        state=state, reason=reason, is_retried=is_retried,
    )  # fmt: skip


def evidence(*letters: Letter, rows: list[Row] | None = None, **more: object) -> Evidence:
    found = Evidence(rows=[row()] if rows is None else rows, letters=letters, readers=[Reader(email=ANN)])
    return replace(found, **more)  # type: ignore[arg-type]


def faults(found: Evidence) -> list[Fault]:
    return [finding.fault for finding in judge(found).findings]


def test_a_ledger_that_agrees_with_the_relay_is_right() -> None:
    assert faults(evidence(letter())) == []


def test_an_accepted_mail_that_the_relay_does_not_have_is_lost() -> None:
    assert faults(evidence()) == [Fault.LOST]
    assert faults(evidence(letter(is_kept=False))) == [Fault.LOST]


def test_a_reader_without_a_row_is_lost_unless_they_left() -> None:
    assert faults(evidence(rows=[])) == [Fault.LOST]
    assert faults(evidence(rows=[], readers=[Reader(email=ANN, left_at=1.0)])) == []


def test_a_second_copy_is_a_duplicate() -> None:
    assert faults(evidence(letter(), letter())) == [Fault.DUPLICATE]
    assert faults(evidence(letter(), letter(), letter())) == [Fault.DUPLICATE] * 2


def test_a_second_copy_is_right_where_the_policy_asked_for_it_and_the_first_was_uncertain() -> None:
    cut = replace(letter(), is_broken_by_peer=True, answer=None)
    again = [row(is_retried=True)]
    assert faults(evidence(cut, letter(), rows=again, may_retry_uncertain=True)) == []
    assert faults(evidence(cut, letter(), rows=again)) == [Fault.DUPLICATE]
    assert faults(evidence(cut, letter(), may_retry_uncertain=True)) == [Fault.DUPLICATE]
    assert faults(evidence(letter(), letter(), rows=again, may_retry_uncertain=True)) == [Fault.DUPLICATE]
    assert faults(evidence(cut, letter(), letter(), rows=again, may_retry_uncertain=True)) == [Fault.DUPLICATE] * 2


def test_a_mail_that_is_in_no_row_is_a_duplicate() -> None:
    assert faults(evidence(letter(), letter("<9@x>"))) == [Fault.DUPLICATE]
    assert faults(evidence(letter(), replace(letter(), recipient="r2@example.org"))) == [
        Fault.DUPLICATE,
        Fault.DUPLICATE,
    ]


def test_a_mail_after_leaving_is_a_duplicate_unless_its_mark_was_set_before() -> None:
    assert faults(evidence(letter(), readers=[Reader(email=ANN, left_at=DOT_AT - 5)])) == [Fault.DUPLICATE]
    assert faults(evidence(letter(), readers=[Reader(email=ANN, left_at=DOT_AT - 0.5)])) == []


@pytest.mark.parametrize("is_kept", [True, False])
def test_an_uncertain_mail_whose_answer_was_read_and_could_be_written_is_wrongly_uncertain(is_kept: bool) -> None:
    found = evidence(letter(is_kept=is_kept), rows=[row("uncertain", "the worker ended")])
    assert faults(found) == [Fault.WRONG_UNCERTAIN]
    assert judge(found).uncertain == 1


def test_an_uncertain_mail_that_nobody_tried_to_send_is_wrongly_uncertain() -> None:
    assert faults(evidence(rows=[row("uncertain", "the worker ended")])) == [Fault.WRONG_UNCERTAIN]


@pytest.mark.parametrize(
    "explained",
    [
        evidence(replace(letter(), is_broken_by_peer=True, answer=None)),
        evidence(replace(letter(None), dot_at=None, is_broken_by_peer=True, answer=None, is_kept=False)),
        evidence(replace(letter(), ended_at=DOT_AT + 1.2)),
        evidence(letter(), deaths=[Death(at=DOT_AT + 0.1, pid=4000)]),
        evidence(letter(), outages=[Outage(since=DOT_AT + 0.1, until=DOT_AT + 0.5)]),
    ],
    ids=["no answer", "cut in the body", "late answer", "worker killed", "database away"],
)
def test_an_uncertain_mail_is_right_when_nobody_could_know(explained: Evidence) -> None:
    assert faults(replace(explained, rows=[row("uncertain", "no answer to the final dot")])) == []


@pytest.mark.parametrize(
    "unrelated",
    [
        {"deaths": [Death(at=DOT_AT + 0.1, pid=4001)]},
        {"deaths": [Death(at=DOT_AT + 5, pid=4000)]},
        {"outages": [Outage(since=DOT_AT - 5, until=DOT_AT - 4)]},
        {"outages": [Outage(since=DOT_AT + 4, until=DOT_AT + 5)]},
    ],
    ids=["another worker killed", "killed long after", "outage long before", "outage long after"],
)
def test_what_has_nothing_to_do_with_it_explains_nothing(unrelated: dict[str, object]) -> None:
    assert faults(evidence(letter(), rows=[row("uncertain", "?")], **unrelated)) == [Fault.WRONG_UNCERTAIN]


@pytest.mark.parametrize("state", ["failed", "skipped", "uncertain"])
def test_every_end_but_acceptance_needs_a_reason(state: str) -> None:
    cut = replace(letter(is_kept=False), is_broken_by_peer=True, answer=None)
    assert faults(evidence(cut, rows=[row(state, None)])) == [Fault.WITHOUT_REASON]
    assert faults(evidence(cut, rows=[row(state, "  ")])) == [Fault.WITHOUT_REASON]
    assert faults(evidence(cut, rows=[row(state, "550 no such user")])) == []


@pytest.mark.parametrize("state", ["queued", "deferred", "sending"])
def test_a_row_that_is_still_open_has_no_end(state: str) -> None:
    assert faults(evidence(rows=[row(state, "451 later")])) == [Fault.WITHOUT_REASON]


def test_two_rows_for_one_promise_are_one_too_many() -> None:
    assert Fault.WITHOUT_REASON in faults(evidence(letter(), rows=[row(), row()]))


@pytest.mark.parametrize("state", ["failed", "skipped"])
def test_a_mail_that_the_relay_has_did_not_fail(state: str) -> None:
    assert faults(evidence(letter(), rows=[row(state, "550 no")])) == [Fault.WITHOUT_REASON]


def test_a_resend_adds_one_revision_however_often_it_is_asked_for_at_once() -> None:
    both = [row(), row(revision=1)]
    assert faults(evidence(letter(), letter("<2@x>"), rows=both, resends=1)) == []
    assert faults(evidence(letter(), letter("<2@x>"), rows=both, resends=0)) == [Fault.DUPLICATE]
    three = [*both, row(revision=2)]
    letters = (letter(), letter("<2@x>"), letter("<3@x>"))
    assert faults(evidence(*letters, rows=three, resends=2)) == [Fault.DUPLICATE]
    assert faults(evidence(*letters, rows=three, resends=1)) == [Fault.DUPLICATE]
