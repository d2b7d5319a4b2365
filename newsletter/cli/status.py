"""The command status: how far an edition is, and why a reader's mail came or did not."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

import typer

from newsletter.cli.alarms import alarm_json, print_alarms
from newsletter.cli.calendar import lists_json, say_judgement, say_seen, say_why
from newsletter.cli.options import AnyDay, Json
from newsletter.cli.output import out, print_json, print_table
from newsletter.deliveries.messages import Message
from newsletter.digests.dates import local_second
from newsletter.editions.story.chronicle import CalendarDay, ReaderStory
from newsletter.editions.story.course import Course, Step
from newsletter.editions.story.mails import say_state
from newsletter.errors import NotFoundError
from newsletter.papers.calendar import latest_listing_on
from newsletter.papers.ledger import Judgement
from newsletter.runtime import Runtime, open_runtime
from newsletter.words import NOTHING


def status(
    day: AnyDay = None,
    reader: Annotated[
        str | None, typer.Option("--reader", metavar="EMAIL", help="Why this reader's mail came, or did not.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show how far an edition is: deliveries by state, why some were skipped, and how its lists stand.

    With --reader one sentence says why the mail of that day came, came late, was empty or did not come; then each of their
    mails of the day is told step by step.
    """
    runtime = open_runtime()
    edition_on = day or runtime.newest_edition()
    if reader is not None:
        print_story(runtime, reader, edition_on or latest_listing_on(runtime.clock()), as_json=as_json)
        return
    if edition_on is None:
        raise NotFoundError("There is no edition yet; run `newsletter collect`.")
    found = runtime.chronicle.day(edition_on)
    if found.facts.edition is None and not any(known.verdict for known in found.facts.lists):
        raise NotFoundError(f"There is no edition of {edition_on}. {found.sentence.en}")
    if not as_json:
        print_alarms(runtime.list_alarms())
        out.print(f"{found.sentence.en}\n", markup=False)
    print_status(runtime, edition_on, as_json=as_json, day=found)
    if not as_json:
        print_lists(found)


def print_status(
    runtime: Runtime,
    edition_on: date,
    *,
    as_json: bool,
    day: CalendarDay | None = None,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Print an edition's deliveries as JSON (with `more` in it) or as a short table; of a day without one, its notices."""
    is_missing = day is not None and day.facts.edition is None
    message = Message.NOTICE if is_missing else Message.DIGEST
    states = runtime.count_states(edition_on, message=message)
    skips = runtime.count_skips(edition_on, message=message)
    apart = runtime.count_states(edition_on, message=Message.TRENDING)
    if as_json:
        summary = {"edition_on": str(edition_on), "deliveries": states, "skipped": skips}
        print_json(summary | _trending_json(apart) | _lists_json(day) | _alarms_json(runtime) | dict(more or {}))
        return
    rows: list[tuple[Any, ...]] = [] if is_missing else [("papers", runtime.edition(edition_on).paper_count)]
    rows.append(("readers told" if is_missing else "readers", sum(states.values())))
    rows += [
        (state, number) for state, number in states.items() if number or state in ("accepted", "skipped", "failed")
    ]
    rows += [(f"  skipped: {reason}", number) for reason, number in skips.items()]
    rows += [(f"trending papers: {state}", number) for state, number in apart.items() if number]
    if runtime.settings.uses_inbox:
        rows.append(("mails", f"{runtime.settings.public_url}/inbox, or {runtime.settings.inbox_folder}"))
    is_sample = not is_missing and runtime.edition(edition_on).is_sample
    print_table(f"Edition {edition_on}{' (sample)' if is_sample else ''}", ("", ""), rows)


def _lists_json(day: CalendarDay | None) -> dict[str, Any]:
    """Return how the lists of a day stand, where there is something to say of them."""
    lists = day.facts.lists if day else ()
    is_plain = all(
        known.verdict and known.verdict.judgement is Judgement.COMPLETE and not known.troubles for known in lists
    )
    return {} if is_plain else {"lists": lists_json(lists)}


def _alarms_json(runtime: Runtime) -> dict[str, Any]:
    """Return the open alarms, where there are any."""
    found = runtime.list_alarms()
    return {"alarms": [alarm_json(alarm) for alarm in found]} if found else {}


def _trending_json(states: Mapping[str, int]) -> dict[str, Any]:
    """Return the states of the mails of trending papers, where there are any."""
    return {"trending": states} if any(states.values()) else {}


def print_story(runtime: Runtime, email: str, edition_on: date, *, as_json: bool) -> None:
    """Print why a reader's mail of a day came, came late, was empty or did not come, and all that happened to it."""
    found = runtime.chronicle.story(email, edition_on)
    if as_json:
        print_json(story_json(found))
        return
    out.print(found.story.sentence.en, markup=False)
    for course in found.courses:
        out.print(f"\n{course.title.en}: {say_state(course.facts.state).en} (times in {found.zone.key})", markup=False)
        print_steps(found, course.steps)
    if found.ends:
        out.print("\nSince then", markup=False)
        print_steps(found, found.ends)


def print_steps(story: ReaderStory, steps: Sequence[Step]) -> None:
    """Print what happened to a mail, a line a step; what an operator can do stands under it."""
    for step in steps:
        at = local_second(step.at, zone=story.zone, edition_on=story.edition_on)
        out.print(f"  {at}  {step.words.en}", markup=False)
        if step.hint != NOTHING:
            out.print(f"  {' ' * len(at)}  {step.hint.en}", markup=False, style="dim")


def story_json(found: ReaderStory) -> dict[str, Any]:
    """Return a reader's story of a day for programs."""
    return {
        "email": found.email,
        "edition_on": str(found.edition_on),
        "sentence": found.story.sentence.en,
        "state": found.story.state,
        "reason": found.story.reason,
        "mails": [_course_json(course) for course in found.courses],
        "since": [_step_json(step) for step in found.ends],
    }


def _course_json(course: Course) -> dict[str, Any]:
    facts = course.facts
    return {
        "delivery": facts.delivery_id,
        "message": facts.message,
        "revision": facts.revision,
        "state": facts.state,
        "reason": facts.reason,
        "resend": facts.resent.id if facts.resent else None,
        "folded_on": str(facts.folded_on) if facts.folded_on else None,
        "steps": [_step_json(step) for step in course.steps],
    }


def _step_json(step: Step) -> dict[str, Any]:
    told = {"at": step.at.isoformat(), "what": step.words.en, "hint": step.hint.en or None}
    if step.attempt is None:
        return told
    reply = step.attempt.reply
    return told | {
        "attempt": {
            "server": reply.server,
            "phase": reply.phase,
            "outcome": reply.outcome,
            "code": reply.code,
            "enhanced_code": reply.enhanced_code,
            "text": reply.text,
            "duration_seconds": reply.duration_seconds,
        }
    }


def print_lists(day: CalendarDay) -> None:
    """Print how a day's lists stand, and what was wrong with their sources."""
    rows = [(known.category, say_judgement(known), say_seen(known), say_why(known)) for known in day.facts.lists]
    out.print()
    print_table("Lists", ("", "", "papers seen", "why"), rows)
    troubles = [
        (known.category, trouble.source, trouble.fault, trouble.times, trouble.reason)
        for known in day.facts.lists
        for trouble in known.troubles
    ]
    if troubles:
        out.print()
        print_table("Troubles", ("", "", "", "times", "said last"), troubles)
