"""Why a mail came, came late, was empty or did not come: always one sentence, in both languages."""

from dataclasses import replace
from typing import Any

import pytest

from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState, SkipReason
from newsletter.editions.story.delays import Delay
from newsletter.editions.story.facts import MailFacts
from newsletter.editions.story.lists import Absence
from newsletter.editions.story.tell import tell_story
from newsletter.errors import Fault
from newsletter.subscribers.subscriber import Consent, Preferences
from tests.editions.story.absences import LEFT_OUT, WITHOUT
from tests.editions.story.stories import (
    ACCEPTED,
    COMPOSED,
    PARTIAL,
    TEN_PAST_TEN,
    after,
    ann,
    day,
    edition,
    english,
    is_one_sentence,
    listed,
    mail,
    told,
    trouble,
)

HOURLESS = ann(preferences=Preferences(timezone="Asia/Shanghai"))


# --- mails that came ----------------------------------------------------------------------------------------------


def test_a_mail_that_came_on_time_is_a_plain_fact() -> None:
    story = told(COMPOSED, mail(ACCEPTED))
    assert story.sentence.en == "Ann's digest with 12 papers was accepted at 08:00 (Shanghai)."
    assert story.sentence.zh == "Ann 的晨报（12 篇论文）已于 08:00（Shanghai）被邮件服务器接收。"
    assert (story.state, story.reason) == (ACCEPTED, None)


def test_a_reader_without_a_name_goes_by_their_address() -> None:
    assert english(COMPOSED, mail(ACCEPTED), reader=ann(name="")).startswith("ann@example.org's digest")


def test_what_a_digest_holds_is_said_with_its_gaps() -> None:
    full = mail(ACCEPTED, paper_count=1, late_count=1, trending_count=5, missing_count=3)
    assert "with 1 paper and 5 trending (1 from earlier lists, 3 of the day were missing) was" in english(
        COMPOSED, full
    )
    assert "(some may have been missing)" in english(COMPOSED, mail(ACCEPTED, missing_count=None))


def test_an_empty_mail_says_why_it_is_empty() -> None:
    story = told(COMPOSED, mail(ACCEPTED, paper_count=0))
    assert story.sentence.en == (
        "Ann's digest with no papers was accepted at 08:00 (Shanghai): none of the day's 512 papers matched what Ann asked "
        "for, and Ann wants empty mails too."
    )
    assert story.reason == "empty"
    assert told(COMPOSED, mail(ACCEPTED, paper_count=0, trending_count=2)).reason is None
    assert "no papers in our categories" in english(day(edition=edition(paper_count=0)), mail(ACCEPTED, paper_count=0))


def test_half_an_hour_is_not_late() -> None:
    assert told(COMPOSED, mail(ACCEPTED, accepted_at=after(minutes=30))).reason is None
    assert told(COMPOSED, mail(ACCEPTED, accepted_at=after(minutes=31))).reason == "sent-late"


def test_an_hour_that_a_reader_chose_is_no_delay() -> None:
    noon = mail(ACCEPTED, due_at=after(hours=4), accepted_at=after(hours=4))
    assert english(COMPOSED, noon) == "Ann's digest with 12 papers was accepted at 12:00 (Shanghai)."


def late(hours: float, minutes: float = 0, **changes: Any) -> MailFacts:
    """A mail that was composed and accepted so long after eight o'clock."""
    at = after(hours, minutes)
    return mail(ACCEPTED, created_at=at, accepted_at=at, **changes)


DELAYS = {
    Delay.LIST_LATE: (
        day(listed(seen_at=TEN_PAST_TEN, changed_at=TEN_PAST_TEN), edition=edition()),
        late(2, 12),
        "was accepted 2 h 12 min late, at 10:12 (Shanghai): arXiv's list of cs appeared only at 22:10 Eastern.",
    ),
    Delay.UNREADABLE: (
        day(listed(seen_at=TEN_PAST_TEN, troubles=(trouble(Fault.RATE_LIMITED),)), edition=edition()),
        late(2, 12),
        "2 h 12 min late, at 10:12 (Shanghai): arXiv's list of cs could be read only at 22:10 Eastern (rate limited).",
    ),
    Delay.ASKED_LATE: (
        day(listed(seen_at=TEN_PAST_TEN), asked_at=after(hours=2, minutes=9), edition=edition()),
        late(2, 12),
        "at 10:12 (Shanghai): arXiv was asked only from 22:09 Eastern on.",
    ),
    Delay.INCOMPLETE: (
        day(listed(), listed(category="stat", changed_at=after(hours=4)), edition=edition()),
        late(4, 1),
        "4 h 1 min late, at 12:01 (Shanghai): the list of stat was not whole before 00:00 Eastern.",
    ),
    Delay.DEADLINE: (
        day(listed(PARTIAL, missing_count=2), edition=edition()),
        late(10, 1),
        "the edition waited until the deadline, 06:00 Eastern, for what was missing of cs.",
    ),
    Delay.COMPOSED_LATE: (COMPOSED, late(3), "the digests were composed only at 23:00 Eastern."),
    Delay.REFUSED: (
        COMPOSED,
        mail(ACCEPTED, accepted_at=after(1), refusal="450 4.2.0 greylisted, come back."),
        "1 h late, at 09:00 (Shanghai): the relay put it off before (450 4.2.0 greylisted, come back).",
    ),
    Delay.SENT_LATE: (
        COMPOSED,
        mail(ACCEPTED, accepted_at=after(50)),
        "2 days late, at Sun 22 Mar 10:00 (Shanghai): nothing could be sent before, for want of a worker or the relay.",
    ),
    Delay.RESENT: (
        COMPOSED,
        mail(ACCEPTED, revision=1, due_at=after(5), created_at=after(5), accepted_at=after(5)),
        "5 h late, at 13:00 (Shanghai): an earlier try had not been accepted, and it was sent again.",
    ),
    Delay.CONFIRMED_LATE: (COMPOSED, late(5), "5 h late, at 13:00 (Shanghai): Ann confirmed only at 12:00 (Shanghai)."),
}


@pytest.mark.parametrize("delay", list(Delay))
def test_a_late_mail_names_what_kept_it(delay: Delay) -> None:
    facts, accepted, ending = DELAYS[delay]
    reader = ann(confirmed_at=after(hours=4)) if delay is Delay.CONFIRMED_LATE else ann()
    first = (mail(DeliveryState.FAILED, "550 no"),) if delay is Delay.RESENT else ()
    story = told(facts, *first, accepted, reader=reader)
    assert story.sentence.en.endswith(ending)
    assert story.reason == delay
    assert is_one_sentence(story.sentence)


def test_without_an_hour_the_wait_is_counted_from_the_announcement() -> None:
    opened_at = after(hours=2, minutes=10)
    facts = day(listed(seen_at=opened_at), edition=edition(opened_at=opened_at, composed_at=after(hours=2, minutes=11)))
    story = told(facts, replace(late(2, 12), due_at=opened_at), reader=HOURLESS)
    assert "was accepted 2 h 12 min after the announcement, at 10:12 (Shanghai): arXiv's list" in story.sentence.en


def test_an_old_list_is_arxivs_delay_even_if_a_request_failed_meanwhile() -> None:
    troubles = (trouble(Fault.TIMED_OUT), trouble(Fault.OLD_LIST))
    facts = day(listed(seen_at=TEN_PAST_TEN, troubles=troubles), edition=edition())
    assert told(facts, late(2, 12)).reason == Delay.LIST_LATE


def test_what_failed_after_the_list_was_seen_is_not_blamed() -> None:
    facts = day(listed(seen_at=TEN_PAST_TEN, troubles=(trouble(Fault.TIMED_OUT, at=after(5)),)), edition=edition())
    assert told(facts, late(2, 12)).reason == Delay.LIST_LATE


def test_a_mail_that_came_is_told_before_a_copy_that_did_not() -> None:
    again = mail(DeliveryState.UNCERTAIN, revision=1)
    story = told(COMPOSED, mail(ACCEPTED), again)
    assert story.sentence.en.endswith("at 08:00 (Shanghai); it was sent again later, and that copy is uncertain.")
    assert story.state is ACCEPTED


def test_an_empty_mail_can_be_late_too() -> None:
    story = told(DELAYS[Delay.LIST_LATE][0], late(2, 12, paper_count=0))
    assert "appeared only at 22:10 Eastern; none of the day's 512 papers" in story.sentence.en
    assert (story.reason, is_one_sentence(story.sentence)) == (Delay.LIST_LATE, True)


# --- mails that did not come, or not yet --------------------------------------------------------------------------

STATES = [
    (
        mail(DeliveryState.QUEUED, due_at=after(4)),
        "Not yet: Ann's digest with 12 papers goes out at 12:00 (Shanghai), the hour Ann chose.",
    ),
    (
        mail(DeliveryState.QUEUED),
        "Not yet: Ann's digest with 12 papers is due since 08:00 (Shanghai) and waits for a worker.",
    ),
    (
        mail(DeliveryState.QUEUED, "The relay is down.", next_attempt_at=after(1, 15)),
        "Not yet: Ann's digest with 12 papers waits until 09:15 (Shanghai) (The relay is down).",
    ),
    (mail(DeliveryState.SENDING), "Ann's digest with 12 papers is being handed to the relay."),
    (
        mail(DeliveryState.DEFERRED, "450 try later", attempt_count=1, next_attempt_at=after(1, 30)),
        "Not yet: the relay put off Ann's digest with 12 papers once (450 try later); the next try is at 09:30 (Shanghai).",
    ),
    (
        mail(DeliveryState.DEFERRED, "450 try later", attempt_count=2, next_attempt_at=after(1, 30)),
        "Not yet: the relay put off Ann's digest with 12 papers 2 times (450 try later); the next try is at 09:30 (Shanghai).",
    ),
    (
        mail(DeliveryState.FAILED, "550 5.1.1 no such user."),
        "No mail: Ann's digest with 12 papers failed at 08:06 (Shanghai): 550 5.1.1 no such user.",
    ),
    (
        mail(DeliveryState.UNCERTAIN, "gone"),
        "It may have come: the connection broke at 08:06 (Shanghai) after Ann's digest with 12 papers was handed over (gone).",
    ),
]


@pytest.mark.parametrize(("delivery", "sentence"), STATES)
def test_a_delivery_on_its_way_or_stuck_says_where_it_is(delivery: MailFacts, sentence: str) -> None:
    story = told(COMPOSED, delivery)
    assert story.sentence.en == sentence
    assert (story.state, story.reason) == (delivery.state, delivery.reason)
    assert is_one_sentence(story.sentence)


SKIPS = {
    SkipReason.EMPTY: "none of the day's 512 papers matched what Ann asked for, and Ann wants no empty mails.",
    SkipReason.WEEKDAY: "Ann chose to get none on Fridays.",
    SkipReason.WEEKLY: "Ann has one digest a week, and these papers come with it.",
    SkipReason.PAUSED: "Ann had paused it.",
    SkipReason.NO_KEYWORDS: "Ann had no keywords.",
    SkipReason.SUPPRESSED: "mail to Ann's address is stopped since Thu 19 Mar (550 no such user).",
    SkipReason.UNSUBSCRIBED: "Ann had left by then, at 08:03 (Shanghai).",
    SkipReason.UNCONFIRMED: "Ann had left and not confirmed again.",
    SkipReason.OVERTAKEN: "it was overtaken by the list that came after all.",
    SkipReason.CANCELLED: "an operator cancelled the resend.",
}


@pytest.mark.parametrize("reason", list(SkipReason))
def test_a_skipped_delivery_says_why_it_was_skipped(reason: SkipReason) -> None:
    ends = {
        SkipReason.SUPPRESSED: {"suppressed_at": after(-24), "suppression": "550 no such user"},
        SkipReason.UNSUBSCRIBED: {"unsubscribed_at": after(minutes=3), "consent": Consent.UNSUBSCRIBED},
        SkipReason.UNCONFIRMED: {"unsubscribed_at": after(minutes=3), "consent": Consent.PENDING},
    }
    story = told(COMPOSED, mail(DeliveryState.SKIPPED, reason.value), reader=ann(**ends.get(reason, {})))
    assert story.sentence.en == f"No mail: {SKIPS[reason]}"
    assert (story.state, story.reason) == (DeliveryState.SKIPPED, reason)
    assert is_one_sentence(story.sentence)


def test_a_reason_of_another_version_is_passed_on() -> None:
    assert "deliberately not sent (full-moon)" in english(COMPOSED, mail(DeliveryState.SKIPPED, "full-moon"))
    assert is_one_sentence(told(COMPOSED, mail(DeliveryState.SKIPPED)).sentence)


def test_an_address_that_is_not_stopped_any_more_was_stopped_then() -> None:
    assert "was stopped then" in english(COMPOSED, mail(DeliveryState.SKIPPED, "suppressed"))


# --- other mails of the day ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", list(DeliveryState))
def test_the_mail_of_trending_papers_is_told_with_the_digest(state: DeliveryState) -> None:
    story = told(COMPOSED, mail(ACCEPTED), trending=[mail(state)])
    assert "; the mail of trending papers " in story.sentence.en
    assert is_one_sentence(story.sentence)


def test_a_skipped_mail_of_trending_papers_says_why() -> None:
    story = told(COMPOSED, mail(ACCEPTED), trending=[mail(DeliveryState.SKIPPED, "empty")])
    assert story.sentence.en.endswith("; the mail of trending papers is skipped (empty).")


def test_a_notice_is_told_with_the_reason_that_it_gave() -> None:
    story = tell_story(WITHOUT[Absence.NO_LIST][0], ann(), {Message.NOTICE: [mail(ACCEPTED)]})
    assert story.sentence.en == (
        f"No digest: arXiv announced nothing dated Fri 20 Mar ({LEFT_OUT}); the notice that arXiv announced nothing was "
        "accepted at 08:00 (Shanghai)."
    )
    assert (story.state, story.reason) == (ACCEPTED, Absence.NO_LIST)
    assert is_one_sentence(story.sentence)
