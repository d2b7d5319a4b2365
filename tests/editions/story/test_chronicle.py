"""Every day and every reader accounted for, from what a real database holds."""

from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.tables import DeliveryRow
from newsletter.editions.collect import open_editions, open_sample
from newsletter.editions.notice import compose_notices
from newsletter.editions.store import claim_collection
from newsletter.editions.story.tell import EditionState
from newsletter.errors import Fault, NotFoundError
from newsletter.mail.smtp import Outcome
from newsletter.papers.calendar import announced_at
from newsletter.papers.store import store_announcement
from newsletter.subscribers.store import unsubscribe
from newsletter.subscribers.subscriber import Preferences
from newsletter.subscribers.suppression_store import suppress
from tests.editions.resend.days import send_again
from tests.editions.story.morning import MONDAY, SHANGHAI, THURSDAY, WEDNESDAY, Morning, a_good_night, robots
from tests.editions.story.stories import EIGHT
from tests.factories import FRIDAY, add_reader, message_id

# --- mails that came ----------------------------------------------------------------------------------------------


def test_a_good_night_is_told_in_few_words(morning: Morning) -> None:
    morning.ann()
    a_good_night(morning)
    morning.post()
    found = morning.chronicle.story("ANN@example.org ", FRIDAY)
    assert (found.email, found.edition_on) == ("ann@example.org", FRIDAY)
    assert found.story.sentence.en == "ann@example.org's digest with 3 papers was accepted at 08:02 (Shanghai)."
    assert (found.story.state, found.story.reason) == (DeliveryState.ACCEPTED, None)


def test_a_late_list_is_named_and_so_are_the_papers_that_come_after_it(morning: Morning) -> None:
    morning.ann()
    with transaction(morning.desk.database) as session:
        claim_collection(session, FRIDAY, at=EIGHT)
    morning.at(minutes=1)
    morning.show(robots(3, category="stat"))
    morning.answer_without_list("cs")
    morning.at(hours=2, minutes=10)
    morning.show(robots(1, 2))
    morning.compose()
    morning.post()
    assert morning.english().endswith(
        "was accepted 2 h 10 min late, at 10:10 (Shanghai): arXiv's list of cs appeared only at 22:10 Eastern."
    )
    morning.at(hours=5)
    morning.show(robots(1, 2, 4))
    calendar_day = morning.chronicle.day(FRIDAY)
    assert calendar_day.facts.late_count == 1
    assert calendar_day.sentence.en.endswith("; 1 paper came later, for the next edition.")


def test_a_machine_that_was_off_is_not_arxivs_fault(morning: Morning) -> None:
    morning.ann()
    morning.at(hours=4)
    morning.show(robots(1, 2))
    morning.show(robots(3, category="stat"))
    morning.compose()
    morning.post()
    assert morning.story().reason == "asked-late"


def test_a_source_that_could_not_be_read_is_named(morning: Morning) -> None:
    morning.ann()
    with transaction(morning.desk.database) as session:
        claim_collection(session, FRIDAY, at=EIGHT)
    morning.at(minutes=1)
    morning.show(robots(3, category="stat"))
    morning.trouble("cs", Fault.UNAVAILABLE)
    morning.at(hours=2)
    morning.show(robots(1))
    morning.compose()
    morning.post()
    assert "could be read only at 22:00 Eastern (unavailable)" in morning.english()


def test_what_the_relay_said_is_kept_for_the_story(morning: Morning) -> None:
    morning.ann()
    a_good_night(morning)
    morning.post(450, "greylisted", Outcome.DEFERRED)
    assert morning.english().startswith(
        "Not yet: the relay put off ann@example.org's digest with 3 papers once (450 greylisted); the next try is at 08:"
    )
    morning.at(hours=1)
    morning.post()
    assert morning.english().endswith("1 h late, at 09:00 (Shanghai): the relay put it off before (450 greylisted).")


def test_a_refused_mail_that_was_sent_again_says_both(morning: Morning) -> None:
    reader = morning.ann()
    a_good_night(morning)
    morning.post(550, "no such user", Outcome.FAILED)
    assert morning.english().endswith("failed at 08:02 (Shanghai): 550 no such user.")
    morning.at(hours=3)
    send_again(morning.desk, to=[reader.id])
    assert morning.story().state is DeliveryState.QUEUED
    morning.post()
    assert (morning.story().state, morning.story().reason) == (DeliveryState.ACCEPTED, "resent")


def test_the_hour_of_the_day_that_is_told_is_the_one_of_the_digest(morning: Morning) -> None:
    morning.ann(preferences=replace(SHANGHAI, hour=12))
    a_good_night(morning)
    assert morning.english().endswith("goes out at 12:00 (Shanghai), the hour ann@example.org chose.")
    morning.at(hours=4)
    morning.post()
    assert morning.english().endswith("was accepted at 12:00 (Shanghai).")


def test_an_empty_digest_says_that_nothing_matched(morning: Morning) -> None:
    morning.ann("knitting", preferences=replace(SHANGHAI, wants_empty_mail=True))
    a_good_night(morning)
    morning.post()
    assert ": none of the day's 3 papers matched what ann@example.org asked for" in morning.english()
    assert morning.story().reason == "empty"


def test_papers_of_earlier_lists_are_counted_apart(morning: Morning) -> None:
    morning.ann()
    a_good_night(morning)
    morning.post()
    morning.at(hours=1)
    morning.show(robots(1, 2, 5))
    morning.clock.instant = announced_at(MONDAY)
    morning.show(robots(6, listed_on=MONDAY))
    morning.compose(MONDAY)
    morning.post()
    assert "digest with 2 papers (1 from earlier lists)" in morning.english(day=MONDAY)


def test_a_sample_digest_makes_way_for_the_real_one(morning: Morning) -> None:
    morning.ann("reinforcement learning", "robot")
    morning.at(minutes=1)
    open_sample(morning.desk)
    morning.compose()
    morning.post()
    assert "'s sample digest with " in morning.english()
    morning.at(hours=1)
    morning.show(robots(1, 2))
    assert morning.english().startswith("Not yet: the list of stat is late")
    morning.show(robots(3, category="stat"))
    morning.compose()
    morning.post()
    assert "'s digest with 3 papers was accepted 1 h late" in morning.english()


# --- mails that did not come --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keyword", "preferences", "said"),
    [
        (
            "knitting",
            SHANGHAI,
            "none of the day's 3 papers matched what ann@example.org asked for, and ann@example.org",
        ),
        ("robot", replace(SHANGHAI, weekdays=("mon",)), "ann@example.org chose to get none on Fridays"),
    ],
)
def test_what_was_skipped_says_why(morning: Morning, keyword: str, preferences: Preferences, said: str) -> None:
    morning.ann(keyword, preferences=preferences)
    a_good_night(morning)
    assert morning.english().startswith(f"No mail: {said}")


def test_a_reader_who_left_before_their_hour_or_was_stopped_learns_so(morning: Morning) -> None:
    ann = morning.ann()
    add_reader(morning.desk, "bo@example.org", "robot", preferences=SHANGHAI)
    a_good_night(morning)
    with transaction(morning.desk.database) as session:
        unsubscribe(session, ann.id, at=morning.clock.instant)
        suppress(session, "bo@example.org", reason="550 no such user", at=morning.clock.instant)
    morning.post()
    assert morning.english() == "No mail: ann@example.org had left by then, at 08:02 (Shanghai)."
    assert morning.english("bo@example.org").endswith("is stopped since Fri 20 Mar (550 no such user).")


def test_who_confirmed_afterwards_is_told_when(morning: Morning) -> None:
    a_good_night(morning)
    morning.at(hours=2)
    morning.ann()
    add_reader(morning.desk, "bo@example.org", "robot", is_confirmed=False)
    assert morning.english().endswith("had not confirmed by then, only at 10:00 (Shanghai).")
    assert morning.english("bo@example.org") == "No mail: bo@example.org had not confirmed by then."
    morning.compose()
    morning.post()
    assert morning.english().endswith("ann@example.org confirmed only at 10:00 (Shanghai).")


def test_a_holiday_is_told_with_its_reason_and_its_notice(morning: Morning) -> None:
    morning.ann(preferences=replace(SHANGHAI, wants_empty_mail=True))
    add_reader(morning.desk, "bo@example.org", "robot", preferences=SHANGHAI)
    morning.at(hours=10)
    for category in ("cs", "stat"):
        morning.answer_without_list(category)
    assert compose_notices(morning.desk, message_id=message_id) == 1
    morning.post()
    nothing = "arXiv announced nothing dated Fri 20 Mar (no new batch came by the deadline)"
    assert morning.english("bo@example.org") == f"No mail: {nothing}."
    assert morning.english() == (
        f"No digest: {nothing}; the notice that arXiv announced nothing was accepted at 18:00 (Shanghai)."
    )
    assert morning.chronicle.day(FRIDAY).state is EditionState.NONE


def test_before_the_deadline_we_say_what_we_wait_for(morning: Morning) -> None:
    morning.ann()
    morning.at(hours=1)
    assert morning.english() == "Not yet: the lists of cs and stat are late; we ask until 06:00 Eastern."
    morning.show(robots(1))
    assert morning.english() == "Not yet: the list of stat is late; we ask until 06:00 Eastern."
    assert morning.chronicle.day(FRIDAY).state is EditionState.WAITING
    morning.show(robots(2, category="stat"))
    assert morning.english() == "Not yet: the edition is ready, and its digests are about to be composed."
    assert morning.chronicle.day(FRIDAY).state is EditionState.OPEN


def test_an_archived_day_is_not_mailed_and_a_missed_one_comes_late(morning: Morning) -> None:
    morning.ann()
    morning.at(hours=1)
    with transaction(morning.desk.database) as session:
        store_announcement(
            session, robots(9, listed_on=WEDNESDAY), collected_at=morning.clock.instant, is_backfilled=True
        )
    open_editions(morning.desk, [WEDNESDAY])
    morning.show(robots(8, listed_on=THURSDAY))
    morning.show(robots(1))
    assert "were fetched for the archive afterwards" in morning.english(day=WEDNESDAY)
    assert morning.chronicle.day(WEDNESDAY).state is EditionState.ARCHIVED
    assert "come as late ones in a later digest" in morning.english(day=THURSDAY)


def test_other_days_say_what_they_are(morning: Morning) -> None:
    morning.ann()
    assert morning.english(day=date(2026, 3, 21)) == "No mail: arXiv dates no list on a weekend."
    assert "was collected, so it has no edition" in morning.english(day=date(2025, 3, 20))
    assert morning.english(day=date(2026, 3, 24)) == (
        "Not yet: arXiv announces the list of Tue 24 Mar on Mon 23 Mar at 20:00 Eastern."
    )


def test_an_unknown_reader_is_an_error(morning: Morning) -> None:
    with pytest.raises(NotFoundError, match=r"nobody@example\.org"):
        morning.story("nobody@example.org")


def test_every_row_of_a_morning_can_be_told(morning: Morning) -> None:
    """Whatever composing and posting leave in the database, no reader is left without a sentence."""
    wishes = [SHANGHAI, Preferences(), replace(SHANGHAI, weekdays=("mon",)), replace(SHANGHAI, wants_empty_mail=True)]
    readers = [
        add_reader(morning.desk, f"{place}-{keyword}@example.org", keyword, preferences=wish)
        for place, wish in enumerate(wishes)
        for keyword in ("robot", "knitting")
    ]
    a_good_night(morning)
    morning.post()
    with reading(morning.desk.database) as session:
        rows = {row.subscriber_id: row for row in session.exec(select(DeliveryRow))}
    for reader in readers:
        story = morning.story(reader.email)
        assert story.state == rows[reader.id].state
        assert story.sentence.en.endswith(".")
