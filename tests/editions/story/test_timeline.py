"""A day's way in six steps: which are done, which one is awaited, and what was not as it should be."""

from datetime import timedelta

import pytest

from newsletter.deliveries.tally import Course as Dispatch
from newsletter.editions.story.facts import DayFacts
from newsletter.editions.story.timeline import Milestone, Progress, tell_timeline
from newsletter.papers.ledger import Judgement
from newsletter.translation.runs import TranslationRun
from tests.editions.story.stories import EIGHT, after, day, edition, listed

DONE, NOW, AHEAD, TROUBLED, OMITTED = Progress
NOTHING_SENT = Dispatch(first_at=None, last_at=None, open_count=0)


def told(
    facts: DayFacts,
    *,
    runs: tuple[TranslationRun, ...] = (),
    dispatch: Dispatch = NOTHING_SENT,
    has_engine: bool = True,
) -> list[Milestone]:
    return tell_timeline(facts, runs=runs, dispatch=dispatch, has_engine=has_engine)


def progress(facts: DayFacts, dispatch: Dispatch = NOTHING_SENT) -> list[Progress]:
    return [step.progress for step in told(facts, dispatch=dispatch)]


def run(*, failed: int = 0) -> TranslationRun:
    return TranslationRun(
        engine="deepl",
        started_at=EIGHT,
        ended_at=EIGHT + timedelta(minutes=2),
        requested=10,
        recalled=0,
        translated=10 - failed,
        failed=failed,
        requests=1,
        characters=100,
        problem="busy" if failed else None,
    )


def test_before_the_announcement_that_is_what_is_awaited() -> None:
    assert progress(day(now=EIGHT - timedelta(hours=1))) == [NOW, AHEAD, AHEAD, AHEAD, AHEAD, AHEAD]


def test_a_late_list_is_awaited_with_its_reason() -> None:
    steps = told(day(now=after(1), lists=(listed(judgement=Judgement.LATE),)))
    assert [step.progress for step in steps] == [DONE, NOW, AHEAD, AHEAD, AHEAD, AHEAD]
    assert steps[1].detail.en.startswith("the list of cs is late")


def test_a_day_that_went_well_is_done_from_end_to_end() -> None:
    last_at = EIGHT + timedelta(minutes=30)
    steps = told(
        day(edition=edition()), runs=(run(),), dispatch=Dispatch(first_at=EIGHT, last_at=last_at, open_count=0)
    )
    assert {step.progress for step in steps} == {DONE}
    assert steps[3].detail.en == "10 texts"
    assert steps[5].at == last_at


def test_mail_that_is_on_its_way_is_counted() -> None:
    steps = told(day(edition=edition()), dispatch=Dispatch(first_at=EIGHT, last_at=EIGHT, open_count=1200))
    assert (steps[5].progress, steps[5].detail.en) == (NOW, "1,200 on their way")


@pytest.mark.parametrize(("has_engine", "expected"), [(True, DONE), (False, OMITTED)])
def test_without_a_run_there_was_nothing_to_translate_or_nobody_to_ask(has_engine: bool, expected: Progress) -> None:
    assert told(day(edition=edition()), has_engine=has_engine)[3].progress is expected


def test_texts_that_failed_are_told() -> None:
    step = told(day(edition=edition()), runs=(run(failed=3),))[3]
    assert (step.progress, step.detail.en, step.detail.zh) == (TROUBLED, "7 texts, 3 failed", "7 段文字，3 段失败")


def test_a_list_that_never_came_whole_is_told_once_the_day_is_composed() -> None:
    step = told(day(edition=edition(), lists=(listed(judgement=Judgement.PARTIAL),)))[2]
    assert (step.progress, step.detail.en) == (TROUBLED, "the list of cs not whole")


def test_a_holiday_has_no_steps_behind_its_announcement() -> None:
    steps = progress(day(now=after(20), lists=(listed(judgement=Judgement.NONE),)))
    assert steps[1:] == [OMITTED] * 5


def test_at_most_one_step_is_awaited() -> None:
    for facts in (day(now=after(0)), day(now=after(1)), day(edition=edition())):
        assert sum(step.progress is NOW for step in told(facts)) <= 1
