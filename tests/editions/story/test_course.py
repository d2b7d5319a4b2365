"""The whole story of one mail: every step of every revision, with what an operator can do."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState
from newsletter.editions.story.course import Course, Step, tell_course, tell_ends
from newsletter.editions.story.facts import AttemptFacts, CourseFacts, DigestFacts, FeedbackFacts, ResentFacts
from newsletter.mail.smtp import Outcome, Phase, SmtpReply
from tests.editions.story.stories import EIGHT, FRIDAY, SHANGHAI, after, ann

BASE = CourseFacts(
    delivery_id=1,
    edition_on=FRIDAY,
    message=Message.DIGEST,
    occasion=str(FRIDAY),
    revision=0,
    state=DeliveryState.QUEUED,
    reason=None,
    created_at=EIGHT,
    due_at=EIGHT,
    changed_at=EIGHT,
    digest=DigestFacts(zone=SHANGHAI, paper_count=12),
)


def attempt(minutes: float, outcome: Outcome, phase: Phase = Phase.RCPT, **answer: Any) -> AttemptFacts:
    reply = SmtpReply(
        outcome=outcome,
        phase=phase,
        code=answer.get("code"),
        enhanced_code=answer.get("enhanced_code"),
        text=answer.get("text", ""),
        server="mx.example.org:25",
        duration_seconds=2.14,
    )
    return AttemptFacts(started_at=after(minutes=minutes), reply=reply)


GREYLISTED = attempt(1, Outcome.DEFERRED, code=451, enhanced_code="4.7.1", text="greylisted, come back")
TAKEN = attempt(31, Outcome.ACCEPTED, Phase.DOT, code=250, enhanced_code="2.0.0", text="Ok: queued as 4F2")
LOST = attempt(1, Outcome.UNKNOWN, Phase.DOT, text="timed out")
REFUSED = attempt(1, Outcome.FAILED, code=550, enhanced_code="5.1.1", text="no such user")


def told(**changes: Any) -> Course:
    return tell_course(replace(BASE, **changes), now=after(hours=1), email="ann@example.org")


def english(course: Course) -> list[str]:
    return [step.words.en for step in course.steps]


def test_every_try_is_told_with_its_answer_what_it_means_and_the_wait_between() -> None:
    course = told(
        state=DeliveryState.ACCEPTED,
        accepted_at=after(minutes=31),
        attempts=[GREYLISTED, TAKEN],
        changed_at=after(minutes=31),
    )
    assert english(course) == [
        "promised: 12 papers",
        (
            "try 1 (mx.example.org:25, 2.1 s, as far as rcpt): put off, 451 4.7.1 greylisted, come back. The server asks "
            "strangers to come back in some minutes (greylisting)"
        ),
        "try 2, 30 min later (mx.example.org:25, 2.1 s): accepted, 250 2.0.0 Ok: queued as 4F2",
    ]
    assert course.steps[1].hint.en == "Nothing to do: it is tried again within minutes."
    assert [step.attempt for step in course.steps] == [None, GREYLISTED, TAKEN]


def test_a_deferred_mail_says_until_when_it_waits() -> None:
    course = told(
        state=DeliveryState.DEFERRED, reason="451 greylisted", attempts=[GREYLISTED], next_attempt_at=after(hours=2)
    )
    assert (course.steps[-1].at, course.steps[-1].words.en) == (after(hours=2), "will be tried then: 451 greylisted")


def test_a_mail_that_could_go_says_that_it_waits_for_a_worker_and_where_to_look() -> None:
    course = told(due_at=after(minutes=10))
    assert english(course) == ["promised: 12 papers", "waits for a worker", "due"]
    assert "newsletter check" in course.steps[1].hint.en


def test_an_uncertain_mail_says_what_can_be_done_about_it() -> None:
    course = told(
        state=DeliveryState.UNCERTAIN, reason="timed out", attempts=[LOST], changed_at=after(minutes=11), revision=1
    )
    assert course.steps[-1].words.en == "nobody knows whether it arrived: timed out"
    assert "newsletter settle --day 2026-03-20 --reader ann@example.org --as accepted" in course.steps[-1].hint.en
    assert "The message was handed over whole" in english(course)[1]


def test_an_operators_word_and_a_second_try_by_policy_are_told() -> None:
    course = told(
        state=DeliveryState.ACCEPTED,
        reason="an operator says that it arrived",
        attempts=[LOST],
        retried_at=after(hours=6),
        accepted_at=after(hours=8),
        changed_at=after(hours=8),
    )
    assert english(course)[-2:] == [
        "nobody knew whether it had arrived; by policy it was sent once more under the same Message-ID",
        "known to have arrived: an operator says that it arrived",
    ]


def test_a_failed_mail_says_how_to_send_it_again_and_where_its_papers_go() -> None:
    course = told(
        state=DeliveryState.FAILED,
        reason="550 no such user",
        attempts=[REFUSED],
        folded_on=date(2026, 3, 23),
        changed_at=after(minutes=2),
    )
    failed, folded = course.steps[-2:]
    assert failed.words.en == "failed: 550 no such user"
    assert failed.hint.en == "When the cause is mended: `newsletter resend --day 2026-03-20 --to ann@example.org`."
    assert folded.words.en == "its papers come with the edition of Mon 23 Mar"
    assert "The address was mistyped" in course.steps[1].hint.en


@pytest.mark.parametrize(("count", "said"), [(1, "1 worker died with it"), (3, "3 workers died with it")])
def test_workers_that_died_with_it_are_counted(count: int, said: str) -> None:
    assert any(words.startswith(said) for words in english(told(death_count=count)))


def test_who_asked_for_it_again_and_who_cancelled_is_told() -> None:
    resent = ResentFacts(
        id=3, requested_by="the admin page", is_recomposed=True, cancelled_at=after(1), cancelled_by="the command line"
    )
    course = told(
        revision=2, resent=resent, state=DeliveryState.SKIPPED, reason="cancelled", changed_at=after(minutes=5)
    )
    assert course.title.en == "Digest, sent again (revision 2)"
    assert english(course) == [
        "asked for again by the admin page (resend 3), papers chosen anew: 12 papers",
        "not sent: cancelled, by the command line",
    ]


def test_a_mail_in_a_workers_hand_says_whether_it_may_have_left() -> None:
    course = told(
        state=DeliveryState.SENDING,
        changed_at=after(minutes=1),
        marked_at=after(minutes=2),
        lease_until=after(minutes=13),
    )
    assert english(course)[1:] == [
        "a worker took it in hand",
        "about to be handed over: from here on it may have left",
        "if the worker says nothing by then, it counts as dead",
    ]


def test_what_came_back_later_is_told_with_what_followed() -> None:
    bounce = FeedbackFacts(
        received_at=after(hours=2),
        kind="hard",
        status="5.1.1",
        diagnostic="no such user",
        effect="suppressed",
        reason="the mailbox does not exist",
    )
    course = told(state=DeliveryState.ACCEPTED, attempts=[TAKEN], feedback=[bounce])
    assert english(course)[-1] == "came back, hard 5.1.1: no such user. suppressed: the mailbox does not exist"


def test_what_ended_a_readers_mail_is_told_with_its_date() -> None:
    ends = tell_ends(ann(unsubscribed_at=after(hours=3), suppressed_at=after(hours=2), suppression="complaint"))
    assert [(step.at, step.words.en) for step in ends] == [
        (after(hours=2), "mail to the address was stopped (complaint)"),
        (after(hours=3), "Ann unsubscribed"),
    ]


@pytest.mark.parametrize("state", list(DeliveryState))
@pytest.mark.parametrize("message", [Message.DIGEST, Message.TRENDING, Message.NOTICE])
def test_every_state_is_told_in_both_languages_in_the_order_of_time(state: DeliveryState, message: Message) -> None:
    course = told(state=state, message=message, attempts=[GREYLISTED, REFUSED])
    steps: list[Step] = list(course.steps)
    assert all(step.words.en and step.words.zh for step in steps)
    assert all(bool(step.hint.en) == bool(step.hint.zh) for step in steps)
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert course.title.zh
