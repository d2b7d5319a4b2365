"""A list is complete when everything that was counted is here, there was none when nobody shows it; and it says why."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.papers.calendar import announced_at
from newsletter.papers.deadlines import is_working_day
from newsletter.papers.ledger import COUNTING, Judgement, ListState, Sighting, Source, Verdict, judge
from newsletter.papers.paper import AnnouncementKind
from tests.papers.pages import FRIDAY
from tests.papers.states import EVENING, seen, silent, state, states, without

NEW, CROSS, REPLACE = AnnouncementKind
DEADLINE = announced_at(FRIDAY) + timedelta(hours=10)
MORNING_AFTER = announced_at(FRIDAY) + timedelta(hours=24)


def verdict(found: ListState, *, is_over: bool = False) -> Verdict:
    return judge(found, now=MORNING_AFTER if is_over else EVENING, deadline=DEADLINE)


def test_a_list_is_complete_when_all_that_the_listing_counts_is_here() -> None:
    found = verdict(state(seen(Source.LISTING, replaced=7)))
    assert found == Verdict(judgement=Judgement.COMPLETE, reason="all 3 papers that the listing counts are here")


def test_a_day_on_which_nothing_was_listed_in_a_category_is_complete() -> None:
    assert verdict(state(seen(Source.LISTING, ""))).judgement is Judgement.COMPLETE


def test_new_and_cross_listed_papers_are_counted_and_replaced_ones_are_not() -> None:
    counting = Sighting(source=Source.LISTING, totals={NEW: 3, CROSS: 2, REPLACE: 9})
    assert counting.total == 5
    assert Sighting(source=Source.LISTING, totals={REPLACE: 9}).total == 0
    assert Sighting(source=Source.FEED).total is None


def test_the_page_of_recent_days_counts_as_well() -> None:
    found = verdict(state(seen(Source.RECENT)), is_over=True)
    assert (found.judgement, found.reason) == (
        Judgement.COMPLETE,
        "all 3 papers that the listing of recent days counts are here",
    )


def test_papers_that_were_counted_but_not_shown_are_missing() -> None:
    found = verdict(state(seen(Source.LISTING, total=5)))
    assert (found.judgement, found.missing_count) == (Judgement.PARTIAL, 2)
    assert found.reason.startswith("2 of the 5 papers that the listing counts are not here")


def test_a_paper_without_its_abstract_is_still_missing() -> None:
    found = verdict(state(seen(Source.RECENT), bare="b"), is_over=True)
    assert (found.judgement, found.missing_count) == (Judgement.PARTIAL, 1)


def test_what_only_other_sources_show_is_said_and_does_not_make_up_for_what_is_missing() -> None:
    late = verdict(state(seen(Source.LISTING), seen(Source.FEED, "abcd")))
    assert late.judgement is Judgement.COMPLETE
    assert late.reason.endswith(", and 1 that only other sources show")
    assert verdict(state(seen(Source.LISTING, "abc", total=4), seen(Source.FEED, "abcd"))).missing_count == 1


def test_without_a_listing_the_feed_and_oai_stand_for_it_if_they_agree() -> None:
    found = verdict(state(seen(Source.FEED), seen(Source.OAI)))
    assert found.judgement is Judgement.COMPLETE
    assert found.reason == "the feed and OAI-PMH agree on 3 papers; the listing was not seen"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (state(seen(Source.FEED)), "only the feed has shown it so far (3 papers)"),
        (state(seen(Source.OAI)), "only OAI-PMH has shown it so far (3 papers)"),
        (state(seen(Source.FEED), seen(Source.OAI, "ab")), "the feed shows 3 papers, OAI-PMH 2"),
        (state(seen(Source.FEED, "abd"), seen(Source.OAI)), "the feed shows 3 papers, OAI-PMH 3"),
    ],
)
def test_what_nobody_counts_and_two_do_not_agree_on_is_partial(found: ListState, words: str) -> None:
    for is_over in (False, True):
        given_verdict = verdict(found, is_over=is_over)
        assert (given_verdict.judgement, given_verdict.missing_count) == (Judgement.PARTIAL, None)
        assert given_verdict.reason.startswith(words)


def test_a_list_that_is_not_shown_yet_is_late_until_the_deadline() -> None:
    found = state(without(Source.LISTING))
    assert verdict(found).judgement is Judgement.LATE
    assert verdict(found).reason == "arXiv does not show it yet; we ask until 06:00 Eastern"
    assert verdict(found, is_over=True) == Verdict(judgement=Judgement.NONE, reason="no new batch came by the deadline")


def test_that_there_was_no_list_is_confirmed_by_the_page_of_recent_days() -> None:
    found = state(without(Source.LISTING), without(Source.RECENT))
    assert verdict(found, is_over=True).reason == "the listing of recent days leaves it out"


def test_a_holiday_that_arxiv_names_is_a_word_in_the_reason_and_never_the_reason() -> None:
    after_new_year = date(2026, 1, 2)
    deadline = announced_at(after_new_year) + timedelta(hours=10)
    quiet = state(without(Source.LISTING), listed_on=after_new_year)
    assert judge(quiet, now=deadline - timedelta(hours=1), deadline=deadline).judgement is Judgement.LATE
    assert judge(quiet, now=deadline, deadline=deadline).reason.endswith("; arXiv names a holiday")
    shown = state(seen(Source.LISTING), listed_on=after_new_year)
    assert judge(shown, now=deadline, deadline=deadline).judgement is Judgement.COMPLETE


@pytest.mark.parametrize("is_over", [False, True])
def test_while_no_source_answers_nobody_can_say_that_there_was_no_list(is_over: bool) -> None:
    found = verdict(state(silent(Source.LISTING), silent(Source.OAI), refusal="arXiv is down"), is_over=is_over)
    assert (found.judgement, found.missing_count) == (Judgement.ERROR, None)
    assert found.reason == "no source answers: arXiv is down"


def test_before_the_first_answer_it_is_said_whether_anybody_was_asked() -> None:
    assert verdict(state()).reason == "no source has been asked yet"
    assert verdict(state(silent(Source.LISTING))).reason == "no source has answered yet"
    assert verdict(state()).judgement is verdict(state(silent(Source.LISTING))).judgement is Judgement.LATE


@given(states(), st.booleans())
def test_no_list_is_complete_while_something_that_was_counted_is_missing(found: ListState, is_over: bool) -> None:
    given_verdict = verdict(found, is_over=is_over)
    if given_verdict.judgement is not Judgement.COMPLETE:
        return
    assert not found.bare_ids
    counted = [found.sighting(source) for source in COUNTING if found.is_seen(source)]
    if counted:
        assert counted[0].total is not None
        assert len(counted[0].ids) >= counted[0].total
    else:
        assert found.is_seen(Source.FEED)
        assert found.sighting(Source.FEED).ids == found.sighting(Source.OAI).ids


@given(states(), st.booleans())
def test_what_somebody_showed_is_never_judged_none_or_late(found: ListState, is_over: bool) -> None:
    judgement = verdict(found, is_over=is_over).judgement
    if is_working_day(found.listed_on) and found.is_seen(*COUNTING, Source.FEED, Source.OAI):
        assert judgement in (Judgement.COMPLETE, Judgement.PARTIAL)
    elif is_working_day(found.listed_on):
        assert judgement in (Judgement.NONE, Judgement.LATE, Judgement.ERROR)


@given(states(), st.booleans())
def test_none_needs_an_answer_and_the_end_of_our_patience(found: ListState, is_over: bool) -> None:
    if is_working_day(found.listed_on) and verdict(found, is_over=is_over).judgement is Judgement.NONE:
        assert is_over
        assert found.is_answered


@given(states(), st.booleans())
def test_on_a_weekend_there_is_no_list_whatever_is_shown(found: ListState, is_over: bool) -> None:
    if not is_working_day(found.listed_on):
        assert verdict(found, is_over=is_over) == Verdict(
            judgement=Judgement.NONE, reason="arXiv dates no list on a weekend"
        )


@given(states(), st.booleans())
def test_the_missing_are_counted_exactly_where_that_can_be_known(found: ListState, is_over: bool) -> None:
    given_verdict = verdict(found, is_over=is_over)
    assert given_verdict.reason
    match given_verdict.judgement:
        case Judgement.COMPLETE | Judgement.NONE:
            assert given_verdict.missing_count == 0
        case Judgement.LATE | Judgement.ERROR:
            assert given_verdict.missing_count is None
        case Judgement.PARTIAL:
            is_counted = found.is_seen(*COUNTING)
            assert (given_verdict.missing_count is not None) == is_counted
            assert given_verdict.missing_count != 0
