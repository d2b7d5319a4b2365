"""A day as a whole, a morning, and whatever else may have happened: each in one sentence."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState, SkipReason
from newsletter.editions.story.delays import say_fault
from newsletter.editions.story.facts import DayFacts, MailFacts, ReaderFacts
from newsletter.editions.story.lists import Absence, say_counts, say_source
from newsletter.editions.story.mails import say_skip, say_state
from newsletter.editions.story.tell import (
    EditionState,
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
from tests.editions.story.absences import WITHOUT
from tests.editions.story.stories import (
    ACCEPTED,
    COMPOSED,
    EIGHT,
    ERROR,
    FRIDAY,
    HAN,
    PARTIAL,
    SHANGHAI,
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
        assert HAN.search(say_fault(fault).zh)


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
