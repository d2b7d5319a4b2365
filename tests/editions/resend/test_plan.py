"""Who gets a day once more, and why: the dry run's decision about one reader."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.deliveries.states import DeliveryState, SkipReason
from newsletter.editions.resend.plan import Audience, Candidate, ResendLine, ResendRequest, fingerprint, plan_line
from newsletter.subscribers.subscriber import Consent
from tests.factories import FRIDAY

ANN = Candidate(
    subscriber_id=1,
    email="ann@example.org",
    consent=Consent.CONFIRMED,
    is_suppressed=False,
    state=DeliveryState.ACCEPTED,
    digest_id=7,
    paper_count=3,
    has_accepted=True,
)
MISSED = replace(ANN, state=DeliveryState.FAILED, has_accepted=False)


def decide(candidate: Candidate, **asked: Any) -> ResendLine:
    return plan_line(candidate, ResendRequest(edition_on=FRIDAY, **asked))


def skipped(reason: SkipReason, **changes: Any) -> Candidate:
    return replace(ANN, state=DeliveryState.SKIPPED, reason=reason.value, has_accepted=False, **changes)


@pytest.mark.parametrize("state", [DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.UNCERTAIN])
def test_whoevers_mail_has_ended_gets_the_next_revision(state: DeliveryState) -> None:
    line = decide(replace(ANN, state=state))
    assert (line.revision, line.reason, line.digest_id) == (1, f"the last one is {state}", 7)


@pytest.mark.parametrize("state", [DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DEFERRED])
def test_a_mail_that_is_still_on_its_way_is_not_doubled(state: DeliveryState) -> None:
    assert decide(replace(ANN, state=state), again=True).reason == "the last one is still on its way"


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.UNCERTAIN])
def test_only_those_without_an_accepted_revision_are_missing_it(state: DeliveryState) -> None:
    assert decide(ANN, only_missing=True).revision is None
    assert decide(replace(MISSED, state=state), only_missing=True).revision == 1
    refused_later = replace(ANN, state=state, revision=1)
    assert decide(refused_later, only_missing=True, again=True).reason == "has it already"


def test_who_has_had_the_papers_with_a_later_digest_gets_them_twice_only_if_it_is_said() -> None:
    folded = replace(MISSED, folded_on=FRIDAY + timedelta(days=3))
    assert decide(folded, only_missing=True).reason == (
        "its papers came with the digest of Mon 23 Mar; --again sends them twice"
    )
    assert decide(folded, only_missing=True, again=True).revision == 1


@pytest.mark.parametrize("state", [DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.UNCERTAIN])
def test_nobody_gets_a_third_copy_unless_it_is_said(state: DeliveryState) -> None:
    sent_again = replace(MISSED, state=state, revision=1)
    line = decide(sent_again, only_missing=state is not DeliveryState.ACCEPTED)
    assert line.revision is None
    assert line.reason.startswith("was sent it again already")
    assert decide(sent_again, again=True).revision == 2


@pytest.mark.parametrize("reason", [SkipReason.EMPTY, SkipReason.WEEKDAY, SkipReason.NO_KEYWORDS])
def test_whoever_wanted_no_mail_gets_none(reason: SkipReason) -> None:
    assert decide(skipped(reason)).reason == f"was skipped: {reason}"


@pytest.mark.parametrize("reason", [SkipReason.SUPPRESSED, SkipReason.UNSUBSCRIBED, SkipReason.UNCONFIRMED])
def test_whoever_could_not_be_reached_then_and_can_now_is_missing_it(reason: SkipReason) -> None:
    assert decide(skipped(reason), only_missing=True).revision == 1
    assert decide(skipped(reason, paper_count=0), only_missing=True).revision is None


@pytest.mark.parametrize("reason", [SkipReason.EMPTY, SkipReason.NO_KEYWORDS, SkipReason.SUPPRESSED])
def test_composed_anew_a_day_may_have_something_for_those_who_had_nothing(reason: SkipReason) -> None:
    assert decide(skipped(reason, paper_count=0), is_recomposed=True).revision == 1
    assert decide(skipped(SkipReason.WEEKDAY), is_recomposed=True).revision is None


def test_a_cancelled_resend_does_not_count() -> None:
    cancelled = skipped(SkipReason.CANCELLED, revision=1)
    assert decide(cancelled).revision == 2
    assert decide(replace(cancelled, has_accepted=True), only_missing=True).reason == "has it already"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"consent": Consent.UNSUBSCRIBED}, "has unsubscribed"),
        ({"consent": Consent.PENDING}, "has not confirmed"),
        ({"is_suppressed": True}, "mail to this address is stopped"),
        ({"state": None}, "has none of this day yet; `newsletter send --day 2026-03-20` makes one"),
    ],
)
def test_whoever_cannot_get_it_is_named_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    line = decide(replace(ANN, **changes), again=True)
    assert (line.revision, line.reason) == (None, reason)


def test_the_audience_is_named() -> None:
    asked = [
        ResendRequest(edition_on=FRIDAY, to=to, only_missing=missing)
        for to, missing in ((None, False), (None, True), ([1], True))
    ]
    assert [request.audience for request in asked] == [Audience.ALL, Audience.MISSING, Audience.CHOSEN]


def test_a_fingerprint_tells_whether_two_plans_promise_the_same() -> None:
    here, gone = decide(ANN), decide(replace(ANN, consent=Consent.UNSUBSCRIBED))
    other = decide(replace(ANN, subscriber_id=2))
    assert fingerprint([here, gone]) == fingerprint([here])
    assert len({fingerprint(lines) for lines in ([here], [gone], [other], [here, other])}) == 4


@given(
    candidate=st.builds(
        Candidate,
        subscriber_id=st.just(1),
        email=st.just("ann@example.org"),
        consent=st.sampled_from(Consent),
        is_suppressed=st.booleans(),
        revision=st.integers(0, 3),
        state=st.none() | st.sampled_from(DeliveryState),
        reason=st.none() | st.sampled_from([reason.value for reason in SkipReason]),
        paper_count=st.integers(0, 2),
        has_accepted=st.booleans(),
    ),
    asked=st.fixed_dictionaries({name: st.booleans() for name in ("only_missing", "again", "is_recomposed")}),
)
def test_every_reader_gets_a_decision_with_a_reason_in_both_languages(
    candidate: Candidate, asked: dict[str, bool]
) -> None:
    line = decide(candidate, **asked)
    assert line.why.en
    assert line.why.zh
    assert line.revision in (None, candidate.revision + 1)
    if line.revision is not None:
        assert (candidate.consent, candidate.is_suppressed) == (Consent.CONFIRMED, False)
        assert candidate.state not in (None, DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DEFERRED)


def test_those_who_failed_are_chosen_among_those_who_miss_it() -> None:
    assert decide(MISSED, only_failed=True).revision == 1
    assert decide(replace(MISSED, state=DeliveryState.UNCERTAIN), only_failed=True).reason == "did not fail"
    assert decide(replace(MISSED, has_accepted=True, revision=1), only_failed=True).reason == "has it already"
    assert ResendRequest(edition_on=FRIDAY, only_failed=True).audience is Audience.FAILED
