"""The command days: the calendar, and how lists are shown."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any

import typer

from newsletter.cli.options import Json, parse_day
from newsletter.cli.output import out, print_json
from newsletter.editions.story.chronicle import CalendarDay
from newsletter.editions.story.lists import say_counts
from newsletter.editions.story.words import date_words
from newsletter.papers.calendar import latest_listing_on
from newsletter.papers.ledger import Source
from newsletter.papers.list_day import ListDay
from newsletter.runtime import open_runtime

SHOWN_DAYS = timedelta(days=14)


def days(
    from_day: Annotated[
        date | None,
        typer.Option("--from", parser=parse_day, metavar="YYYY-MM-DD", help="First day; 14 days before the last one."),
    ] = None,
    to_day: Annotated[
        date | None,
        typer.Option("--to", parser=parse_day, metavar="YYYY-MM-DD", help="Last day; the newest list's if left out."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the calendar: each working day's lists by source, whether they are whole, how far its edition is, and why."""
    runtime = open_runtime()
    until = to_day or max(latest_listing_on(runtime.clock()), from_day or date.min)
    found = runtime.chronicle.calendar(from_day or until - SHOWN_DAYS + timedelta(days=1), until)
    if as_json:
        print_json([_day_json(day) for day in found])
        return
    for day in found:
        _print_day(day)
    if not found:
        out.print("arXiv dates no list on a weekend.")


def lists_json(lists: Sequence[ListDay]) -> list[dict[str, Any]]:
    """Return how lists stand."""
    return [_list_json(known) for known in lists]


def _print_day(day: CalendarDay) -> None:
    facts = day.facts
    head = [f"{facts.edition_on} {date_words(facts.edition_on).en[:3]}", day.state.value]
    if facts.edition:
        head.append(f"{facts.edition.paper_count} papers")
    if facts.late_count:
        head.append(f"{facts.late_count} came late")
    out.print("  ".join(head), style="bold", markup=False)
    found = [known for known in facts.lists if known.verdict or known.seen_at]
    width = max((len(known.category) for known in found), default=0)
    for known in found:
        line = f"{known.category:{width}}  {say_judgement(known):8}  {say_seen(known)}".rstrip()
        faults = ", ".join(dict.fromkeys(f"{trouble.source} {trouble.fault}" for trouble in known.troubles))
        out.print(f"  {line}{f'  ({faults})' if faults else ''}", markup=False)
    out.print(f"  {day.sentence.en}\n", markup=False)


def say_judgement(known: ListDay) -> str:
    """Return a list's judgement."""
    return known.verdict.judgement.value if known.verdict else "unknown"


def say_why(known: ListDay) -> str:
    """Return the reason of a list's judgement."""
    return known.verdict.reason if known.verdict else "nobody has asked for it"


def say_seen(known: ListDay) -> str:
    """Return what each source showed: listing 512, feed 510 of 512."""
    return ", ".join(said.en for said in say_counts(known))


def _day_json(day: CalendarDay) -> dict[str, Any]:
    facts = day.facts
    return {
        "edition_on": str(facts.edition_on),
        "state": day.state,
        "why": day.sentence.en,
        "papers": facts.edition.paper_count if facts.edition else 0,
        "late": facts.late_count,
        "lists": lists_json(facts.lists),
    }


def _list_json(known: ListDay) -> dict[str, Any]:
    return {
        "category": known.category,
        "judgement": known.verdict.judgement if known.verdict else None,
        "reason": say_why(known),
        "missing": known.verdict.missing_count if known.verdict else None,
        "counts": {source.value: known.counts.get(source) for source in Source},
        "total": known.total,
        "troubles": [
            {"source": trouble.source, "fault": trouble.fault, "reason": trouble.reason, "times": trouble.times}
            for trouble in known.troubles
        ],
    }
