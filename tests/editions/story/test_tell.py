"""Why a mail came, came late, was empty or did not come: always one sentence, in both languages."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState, SkipReason
from newsletter.editions.story.delays import Delay, say_fault
from newsletter.editions.story.facts import DayFacts, MailFacts, ReaderFacts
from newsletter.editions.story.lists import Absence, find_absence, say_counts, say_source
from newsletter.editions.story.mails import say_skip, say_state
from newsletter.editions.story.tell import (
    NEWCOMER,
    EditionState,
    Story,
    edition_state,
    tell_day,
    tell_deliveries,
    tell_morning,
    tell_story,
)
from newsletter.errors import Fault
from newsletter.papers.calendar import announced_at
from newsletter.papers.ledger import Judgement, Source
from newsletter.subscribers.subscriber import Consent, Preferences
from newsletter.words import Words
from tests.editions.story.stories import EIGHT, FRIDAY, SHANGHAI, after, ann, day, edition, listed, mail, trouble

COMPLETE, PARTIAL, LATE, NONE, ERROR = Judgement
ACCEPTED = DeliveryState.ACCEPTED
_HAN = re.compile("[\u4e00-\u9fff]")


def told(
    facts: DayFacts, *mails: MailFacts, reader: ReaderFacts | None = None, trending: Sequence[MailFacts] = ()
) -> Story:
    return tell_story(facts, reader or ann(), {Message.DIGEST: mails, Message.TRENDING: trending})


def english(facts: DayFacts, *mails: MailFacts, reader: ReaderFacts | None = None) -> str:
    return told(facts, *mails, reader=reader).sentence.en


def is_one_sentence(words: Words) -> bool:
    """Tell whether it begins as a sentence does and ends with its only full stop, without a hole, in both languages."""
    en, zh = words.en, words.zh
    whole = en.endswith(".") and ". " not in en and zh.endswith("。") and "。" not in zh[:-1]
    return whole and not re.search(r"None|\n|  | [;,.]|\(\)|:\.|;\.|：。", en + zh) and bool(_HAN.search(zh))


COMPOSED = day(edition=edition())
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


TEN_PAST_TEN = after(hours=2, minutes=10)

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


LEFT_OUT = "the listing of recent days leaves it out; arXiv names a holiday"
PASSED_ON = "so the papers of Fri 20 Mar come as late ones in a later digest"
WITHOUT: dict[Absence, tuple[DayFacts, str]] = {
    Absence.WEEKEND: (
        day(edition_on=date(2026, 3, 21), now=after(60)),
        "No mail: arXiv dates no list on a weekend.",
    ),
    Absence.NOT_ANNOUNCED: (
        day(listed(None), now=after(-1)),
        "Not yet: arXiv announces the list of Fri 20 Mar on Thu 19 Mar at 20:00 Eastern.",
    ),
    Absence.NO_LIST: (
        day(listed(NONE, LEFT_OUT), now=after(60)),
        f"No mail: arXiv announced nothing dated Fri 20 Mar ({LEFT_OUT}).",
    ),
    Absence.NOT_COLLECTED: (
        day(listed(None), now=after(60)),
        "No mail: nothing of Fri 20 Mar was collected, so it has no edition.",
    ),
    Absence.NO_ANSWER: (
        day(listed(ERROR, "no source answers: It timed out."), now=after(60)),
        "No mail: the list of cs could not be had (no source answers: It timed out).",
    ),
    Absence.ARCHIVED: (
        day(listed(None, seen_at=after(60), is_backfilled=True), edition=edition(composed_at=None), now=after(61)),
        "No mail: the lists of Fri 20 Mar were fetched for the archive afterwards, and past days are not mailed.",
    ),
    Absence.OVERTAKEN: (
        day(edition=edition(composed_at=None), newest_on=date(2026, 3, 23), now=after(90)),
        f"No mail: no digests were composed before the next edition opened, {PASSED_ON}.",
    ),
    Absence.LISTS_LATE: (
        day(listed(LATE), listed(PARTIAL, category="stat", missing_count=3)),
        "Not yet: 3 papers of stat are missing and the list of cs is late; we ask until 06:00 Eastern.",
    ),
    Absence.TO_COMPOSE: (
        day(edition=edition(composed_at=None)),
        "Not yet: the edition is ready, and its digests are about to be composed.",
    ),
}


@pytest.mark.parametrize("absence", list(Absence))
def test_a_day_without_digests_says_why(absence: Absence) -> None:
    facts, sentence = WITHOUT[absence]
    assert find_absence(facts) is absence
    story = told(facts)
    assert story.sentence.en == sentence
    assert (story.state, story.reason) == (None, absence)
    assert is_one_sentence(story.sentence)
    assert tell_day(facts) == story.sentence


@pytest.mark.parametrize(
    ("lists", "said"),
    [
        ((listed(LATE),), "the list of cs is late;"),
        ((listed(None),), "the list of cs is late;"),
        ((listed(LATE), listed(LATE, category="stat")), "the lists of cs and stat are late;"),
        ((listed(ERROR),), "no source answers about the list of cs;"),
        ((listed(PARTIAL, missing_count=1),), "1 paper of cs is missing;"),
        ((listed(PARTIAL, missing_count=None),), "some papers of cs may be missing;"),
        ((listed(NONE), listed(LATE, category="stat")), "Not yet: the list of stat is late;"),
    ],
)
def test_what_an_edition_waits_for_is_named(lists: tuple[object, ...], said: str) -> None:
    assert said in english(day(*lists))  # type: ignore[arg-type]  # a tuple of lists


def test_in_the_first_half_hour_nothing_is_called_late() -> None:
    assert "the list of cs is not here yet; we ask" in english(day(listed(None), now=after(minutes=20)))


def test_an_edition_that_nobody_reads_says_so() -> None:
    facts = day(edition=edition(composed_at=None), has_readers=False)
    assert tell_day(facts).en == "Not yet: the edition is ready, but there is no confirmed reader."


def test_an_edition_that_waits_for_trending_papers_says_so() -> None:
    assert "waits for Hugging Face's list" in english(day(edition=edition(composed_at=None), is_trending_awaited=True))


def test_after_the_deadline_an_edition_is_ready_as_it_is() -> None:
    facts = day(listed(PARTIAL, missing_count=3), edition=edition(composed_at=None), now=after(hours=11))
    assert find_absence(facts) is Absence.TO_COMPOSE


# --- readers who were not there -----------------------------------------------------------------------------------

PENDING = {"consent": Consent.PENDING, "confirmed_at": None}


@pytest.mark.parametrize(
    ("reader", "reason", "sentence"),
    [
        (ann(**PENDING), "unconfirmed", "No mail: Ann had not confirmed by then."),
        (
            ann(confirmed_at=after(hours=26)),
            "unconfirmed",
            "No mail: Ann had not confirmed by then, only at Sat 21 Mar 10:00 (Shanghai).",
        ),
        (
            ann(consent=Consent.UNSUBSCRIBED, unsubscribed_at=after(-24)),
            "unsubscribed",
            "No mail: Ann had left by then, at Thu 19 Mar 08:00 (Shanghai).",
        ),
        (
            ann(consent=Consent.PENDING, unsubscribed_at=after(-24)),
            "unconfirmed",
            "No mail: Ann had left and not confirmed again.",
        ),
        (
            ann(suppressed_at=after(-24), suppression="bounced"),
            "suppressed",
            "No mail: mail to Ann's address is stopped since Thu 19 Mar (bounced).",
        ),
        (
            ann(),
            NEWCOMER,
            "No mail: Ann became a reader while the digests were composed; `newsletter send` makes one.",
        ),
    ],
)
def test_a_reader_without_a_delivery_learns_why(reader: ReaderFacts, reason: str, sentence: str) -> None:
    story = told(COMPOSED, reader=reader)
    assert (story.sentence.en, story.reason, story.state) == (sentence, reason, None)
    assert is_one_sentence(story.sentence)


def test_who_left_after_the_digests_were_composed_had_one() -> None:
    reader = ann(consent=Consent.UNSUBSCRIBED, unsubscribed_at=after(hours=26))
    assert told(COMPOSED, mail(ACCEPTED), reader=reader).sentence.en.startswith("Ann's digest")


def test_a_reader_who_will_get_nothing_is_not_told_to_wait() -> None:
    waiting = WITHOUT[Absence.LISTS_LATE][0]
    assert told(waiting, reader=ann(**PENDING)).reason == SkipReason.UNCONFIRMED
    assert told(waiting, reader=ann(preferences=Preferences(weekdays=("mon",)))).reason == SkipReason.WEEKDAY
    assert told(waiting).reason == Absence.LISTS_LATE
    assert told(waiting, reader=ann(confirmed_at=waiting.now + timedelta(seconds=1))).reason == Absence.LISTS_LATE


def test_a_day_without_a_list_is_nobodys_own_fault() -> None:
    assert told(WITHOUT[Absence.NO_LIST][0], reader=ann(**PENDING)).reason == Absence.NO_LIST


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


# --- a day as a whole ---------------------------------------------------------------------------------------------


def test_a_composed_day_says_when_and_of_how_many_papers() -> None:
    assert tell_day(COMPOSED).en == "The digests of the day's 512 papers were composed at 20:05 Eastern."


def test_a_day_composed_late_says_why() -> None:
    seen = listed(seen_at=TEN_PAST_TEN, changed_at=TEN_PAST_TEN)
    facts = day(seen, edition=edition(composed_at=after(hours=2, minutes=12)))
    assert tell_day(facts).en == (
        "The digests of the day's 512 papers were composed 2 h 12 min after the announcement: arXiv's list of cs appeared "
        "only at 22:10 Eastern."
    )


def test_a_day_says_what_it_lacks_and_what_came_later() -> None:
    facts = day(listed(), listed(PARTIAL, category="stat"), edition=edition(), late_count=3)
    assert tell_day(facts).en.endswith(
        "20:05 Eastern; the list of stat is not whole; 3 papers came later, for the next edition."
    )


def test_a_sample_edition_is_called_so() -> None:
    sample = day(listed(ERROR), edition=edition(is_sample=True, composed_at=after(hours=3)))
    assert tell_day(sample).en == "The sample edition was composed at 23:00 Eastern."
    assert english(sample, mail(ACCEPTED)).startswith("Ann's sample digest with 12 papers")


def test_the_state_of_an_edition_follows_from_why_it_has_no_digests() -> None:
    states = {absence: edition_state(facts) for absence, (facts, _) in WITHOUT.items()}
    assert {absence for absence, state in states.items() if state is EditionState.NONE} == {
        Absence.WEEKEND, Absence.NO_LIST, Absence.NOT_COLLECTED, Absence.NO_ANSWER,
    }  # fmt: skip
    assert states[Absence.LISTS_LATE] is states[Absence.NOT_ANNOUNCED] is EditionState.WAITING
    assert states[Absence.TO_COMPOSE] is states[Absence.OVERTAKEN] is EditionState.OPEN
    assert (states[Absence.ARCHIVED], edition_state(COMPOSED)) == (EditionState.ARCHIVED, EditionState.COMPOSED)


def test_the_deliveries_of_a_day_are_counted_in_one_sentence() -> None:
    counts = {ACCEPTED: 1204, DeliveryState.DEFERRED: 4, DeliveryState.UNCERTAIN: 2, DeliveryState.SENDING: 1}
    assert tell_deliveries(counts).en == (
        "Of 1,211 readers 1,204 have their mail; 4 wait for a retry, 2 are uncertain and 1 is being sent."
    )
    assert tell_deliveries({DeliveryState.FAILED: 2, DeliveryState.DEFERRED: 1}).en == (
        "Of 3 readers 0 have their mail; 2 failed and 1 waits for a retry."
    )
    assert tell_deliveries({ACCEPTED: 1}).en == "The only reader has their mail."
    assert tell_deliveries({}).en == "No reader has a delivery of this day."


def test_each_source_is_named_with_what_it_showed_of_how_many() -> None:
    counts = dict(zip(Source, (510, 512, 500, 7, 3), strict=True))
    assert [said.en for said in say_counts(listed(counts=counts, total=512))] == [
        "listing 510 of 512", "recent days 7 of 512", "feed 512", "OAI-PMH 500 of 512", "API 3",
    ]  # fmt: skip
    assert say_counts(listed()) == []
    assert all(say_source(source).zh for source in Source)


# --- everything at once -------------------------------------------------------------------------------------------


def test_every_word_that_a_program_may_write_has_its_words() -> None:
    for state, reason in product(DeliveryState, [None, *SkipReason]):
        assert is_one_sentence(told(COMPOSED, mail(state, reason)).sentence)
        assert say_state(state).zh
    for skip in (None, *SkipReason):
        assert say_skip(COMPOSED, ann(), skip, at=EIGHT).zh
    for fault in Fault:
        assert _HAN.search(say_fault(fault).zh)


INSTANTS = st.one_of(st.none(), st.floats(-50, 80).map(after))
READERS = st.builds(
    ann,
    name=st.sampled_from(["Ann", "", "James  Bond"]),
    consent=st.sampled_from(Consent),
    confirmed_at=INSTANTS,
    unsubscribed_at=INSTANTS,
    suppressed_at=INSTANTS,
    preferences=st.builds(
        Preferences,
        timezone=st.sampled_from(["Asia/Shanghai", "America/New_York", "UTC", "Pacific/Chatham"]),
        weekdays=st.sampled_from([("mon",), ("fri",)]),
    ),
)
LISTS = st.builds(
    listed,
    st.sampled_from([None, *Judgement]),
    st.just("it looks so"),
    category=st.sampled_from(["cs", "stat", "math.CO"]),
    seen_at=INSTANTS,
    changed_at=INSTANTS,
    is_backfilled=st.booleans(),
    troubles=st.lists(st.sampled_from(Fault).map(trouble), max_size=3).map(tuple),
)
EDITIONS = st.builds(edition, is_sample=st.booleans(), composed_at=INSTANTS, paper_count=st.integers(0, 2000))
DAYS = st.builds(
    lambda lists, **changes: day(*lists, **changes),
    st.lists(LISTS, min_size=1, max_size=3, unique_by=lambda known: known.category),
    edition=st.none() | EDITIONS,
    edition_on=st.dates(FRIDAY - timedelta(days=3), FRIDAY + timedelta(days=3)),
    now=st.floats(-50, 80).map(after),
    asked_at=INSTANTS,
    newest_on=st.none() | st.dates(FRIDAY, FRIDAY + timedelta(days=3)),
    late_count=st.integers(0, 2),
    has_readers=st.booleans(),
)
MAILS = st.builds(
    mail,
    st.sampled_from(DeliveryState),
    st.sampled_from([None, "450 no", *SkipReason]),
    revision=st.integers(0, 2),
    created_at=st.floats(-1, 80).map(after),
    due_at=st.floats(-1, 80).map(after),
    next_attempt_at=INSTANTS,
    accepted_at=INSTANTS,
    attempt_count=st.integers(0, 5),
    refusal=st.sampled_from(["", "450 later."]),
    paper_count=st.integers(0, 2),
    late_count=st.integers(0, 2),
    trending_count=st.integers(0, 2),
    missing_count=st.none() | st.integers(0, 2),
    zone=st.just(SHANGHAI),
)


@given(DAYS, READERS, st.dictionaries(st.sampled_from(Message), st.lists(MAILS, max_size=3)))
def test_whatever_happened_there_is_one_sentence_about_it(
    facts: DayFacts, reader: ReaderFacts, mails: dict[Message, Sequence[MailFacts]]
) -> None:
    story = tell_story(facts, reader, mails)
    assert is_one_sentence(story.sentence), story.sentence
    assert is_one_sentence(tell_day(facts))
    assert announced_at(facts.edition_on) == facts.announced_at


@pytest.mark.parametrize(
    ("states", "sentence"),
    [
        ({}, "This morning nobody had mail to get."),
        ({DeliveryState.ACCEPTED: 1}, "This morning 1 of 1 reader has their paper."),
        (
            {
                DeliveryState.ACCEPTED: 1204,
                DeliveryState.DEFERRED: 4,
                DeliveryState.UNCERTAIN: 2,
                DeliveryState.SKIPPED: 30,
            },
            "This morning 1,204 of 1,210 readers have their paper; 4 wait for a retry, 2 are uncertain and 30 had nothing due.",
        ),
        ({DeliveryState.SKIPPED: 2}, "This morning nobody had mail to get; 2 had nothing due."),
    ],
)
def test_a_morning_is_one_sentence(states: dict[DeliveryState, int], sentence: str) -> None:
    words = tell_morning(states)
    assert words.en == sentence
    assert is_one_sentence(words)
