"""Why a day has no digests, and why a reader has none of a day that has."""

from datetime import timedelta

import pytest

from newsletter.deliveries.states import SkipReason
from newsletter.editions.story.facts import ReaderFacts
from newsletter.editions.story.lists import Absence, find_absence
from newsletter.editions.story.tell import NEWCOMER, tell_day
from newsletter.subscribers.subscriber import Consent, Preferences
from tests.editions.story.absences import WITHOUT
from tests.editions.story.stories import (
    ACCEPTED,
    COMPOSED,
    ERROR,
    LATE,
    NONE,
    PARTIAL,
    after,
    ann,
    day,
    edition,
    english,
    is_one_sentence,
    listed,
    mail,
    told,
)


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
