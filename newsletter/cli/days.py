"""Commands about days: collect, backfill, run, send."""

import time
from datetime import date
from typing import Annotated

import typer

from newsletter.cli.options import Day, Json, parse_day
from newsletter.cli.output import FAILURE, err, out, print_json, progress
from newsletter.cli.status import print_status
from newsletter.deliveries.messages import Message
from newsletter.editions.compose import Composition
from newsletter.errors import InputError, SourceError
from newsletter.papers.backfill import BackfillReport
from newsletter.runtime import Runtime, open_runtime
from newsletter.translation.origin import name_engine
from newsletter.translation.translate import TranslationReport

PATIENCE_SECONDS = 120.0
LOOK_SECONDS = 0.2
LONG_SECONDS = 600.0  # a backfill that takes longer is only begun by whoever says so


def collect(as_json: Json = False) -> None:
    """Fetch the newest announcement from arXiv and store it."""
    runtime = open_runtime()
    with progress("Asking arXiv, one request every few seconds", is_quiet=as_json):
        report = runtime.collect()
    papers, problems = runtime.edition(report.listed_on).paper_count, list(dict.fromkeys(map(str, report.problems)))
    if as_json:
        lists = [
            {
                "category": found.category,
                "listed_on": str(found.listed_on),
                "judgement": found.verdict.judgement,
                "reason": found.verdict.reason,
            }
            for found in report.categories
        ]
        new_papers = report.stored.new_papers
        print_json(
            {
                "edition_on": str(report.listed_on),
                "papers": papers,
                "new_papers": new_papers,
                "lists": lists,
                "problems": problems,
            }
        )
    else:
        out.print(f"Edition {report.listed_on}: {papers} papers, {report.stored.new_papers} of them new here.")
        for found in report.categories:
            out.print(str(found), markup=False)
    for problem in problems:
        err.print(problem, style="yellow", markup=False)
    if report.failed or len(report.categories) < len(runtime.settings.categories):
        raise typer.Exit(FAILURE)


def backfill(
    from_day: Annotated[
        date | None, typer.Option("--from", parser=parse_day, metavar="YYYY-MM-DD", help="First listing date.")
    ] = None,
    to_day: Annotated[
        date | None, typer.Option("--to", parser=parse_day, metavar="YYYY-MM-DD", help="Last listing date.")
    ] = None,
    ids: Annotated[list[str] | None, typer.Option("--id", help="A paper by arXiv identifier; may be repeated.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Start even if it takes long.")] = False,
    as_json: Json = False,
) -> None:
    """Fetch past days or single papers through the arXiv API. No mail is sent for them; `send --day` would.

    Each day is stored before the next one is asked for: the same command again goes on where a broken-off one stopped.
    """
    first, last = from_day or to_day, to_day or from_day
    if (first is None or last is None) == (not ids):
        raise InputError("Say either --from D --to D or --id ID.")
    runtime = open_runtime()
    if first is None or last is None:
        with progress("Asking arXiv", is_quiet=as_json) as bar:
            report = runtime.backfill_ids(ids or (), bar.say)
    else:
        report = _backfill_days(runtime, first, last, is_sure=yes, is_quiet=as_json)
    if as_json:
        print_json(
            {
                "papers": report.papers,
                "new_papers": report.new_papers,
                "filled": [str(day) for day in report.filled],
                "kept": [str(day) for day in report.kept],
                "empty": [str(day) for day in report.empty],
                "unknown": list(report.unknown),
            }
        )
    else:
        out.print(f"{report.papers} papers, {report.new_papers} of them new here; {len(report.filled)} days filled.")
    if report.unknown:
        err.print(f"arXiv does not know {', '.join(report.unknown)}.", style="yellow", markup=False)
        raise typer.Exit(FAILURE)


def _backfill_days(runtime: Runtime, first: date, last: date, *, is_sure: bool, is_quiet: bool) -> BackfillReport:
    plan = runtime.plan_backfill(first, last)
    if plan.seconds > LONG_SECONDS and not is_sure:
        raise InputError(f"{plan} Nothing was asked yet; say --yes to start, or take a shorter range.")
    if plan.missing_days:
        err.print(str(plan), markup=False)
    with progress("Asking arXiv", total=plan.range_days, is_quiet=is_quiet) as bar:

        def tell(sentence: str) -> None:
            bar.say(sentence)
            bar.advance(1)

        return runtime.backfill_days(first, last, tell)


def run(
    by_workers: Annotated[bool, typer.Option("--by-workers", help="Leave the sending to the running workers.")] = False,
    as_json: Json = False,
) -> None:
    """Run the day: collect, match, translate, compose, dispatch, report."""
    runtime = open_runtime()
    edition_on = collect_or_sample(runtime, is_quiet=as_json)
    composition = compose(runtime, edition_on, is_quiet=as_json)
    send_with = await_workers if by_workers else dispatch
    problem = send_with(runtime, edition_on, is_quiet=as_json)
    print_status(runtime, edition_on, as_json=as_json)
    finish(runtime, edition_on, composition, problem)


def collect_or_sample(runtime: Runtime, *, is_quiet: bool) -> date:
    """Collect the newest edition; when arXiv is out of reach say so in one line and open the bundled sample edition."""
    try:
        with progress("Asking arXiv, one request every few seconds", is_quiet=is_quiet):
            return runtime.collect().listed_on
    except SourceError as error:
        known = runtime.newest_edition()
        if known is not None:
            err.print(f"{error} Going on with the edition of {known}.", style="yellow", markup=False)
            return known
        err.print(f"{error} This is the bundled sample edition.", style="yellow", markup=False)
        return runtime.open_sample()


def send(
    day: Day,
    as_json: Json = False,
    due_only: Annotated[bool, typer.Option("--due-only", help="Leave out readers whose hour has not come.")] = False,
) -> None:
    """Compose an edition for every confirmed reader who has no digest of it yet, and dispatch what is open."""
    runtime = open_runtime()
    composition = compose(runtime, day, is_quiet=as_json)
    problem = dispatch(runtime, day, is_quiet=as_json, due_only=due_only)
    print_status(runtime, day, as_json=as_json)
    finish(runtime, day, composition, problem)


def compose(runtime: Runtime, edition_on: date, *, is_quiet: bool) -> Composition:
    """Compose an edition with a progress bar for the translations; without trending papers when they cannot be had."""
    try:
        with progress("Asking Hugging Face", is_quiet=is_quiet):
            runtime.collect_trending(edition_on)
    except SourceError as error:
        err.print(f"{error} The digests go out without trending papers.", style="yellow", markup=False)
    with progress("Translating", is_quiet=is_quiet) as bar:
        return runtime.compose(edition_on, bar.reach)


def dispatch(runtime: Runtime, edition_on: date, *, is_quiet: bool, due_only: bool = False) -> str | None:
    """Send what is open of an edition in this process; return what kept us from it, None when nothing did."""
    while runtime.sweep().in_flight:  # whoever sent them died a moment ago: soon it is known whether they arrived
        time.sleep(LOOK_SECONDS)
    total = runtime.count_due(edition_on, ignoring_due=not due_only)
    with progress("Sending", total=total, is_quiet=is_quiet) as bar:
        return runtime.dispatch(edition_on=edition_on, ignoring_due=not due_only, on_progress=bar.advance).problem


def await_workers(runtime: Runtime, edition_on: date, *, is_quiet: bool) -> str | None:
    """Wake the workers and wait until they have sent what is due; return what kept them from it, None when nothing did.

    Their health is judged by progress, not by a ping: a worker may answer and still be deaf for tasks.
    """
    runtime.wake_dispatch()
    total = left = runtime.count_due(edition_on)
    moved_at = time.monotonic()
    with progress("The workers send", total=total, is_quiet=is_quiet) as bar:
        while left:
            if time.monotonic() - moved_at > PATIENCE_SECONDS:
                log = runtime.settings.home / "log" / "worker.log"
                return f"The workers have not moved for {PATIENCE_SECONDS:.0f} s; look at {log}."
            time.sleep(LOOK_SECONDS)
            before, left = left, runtime.count_due(edition_on)
            if left != before:
                moved_at = time.monotonic()
                bar.reach(total - left)
    return None


def finish(runtime: Runtime, edition_on: date, composition: Composition, problem: str | None) -> None:
    """Say what translating took, and what did not go well; the exit status is 0 only when nothing did not."""
    say_spent(runtime, composition.translation)
    if composition.translation.problem and composition.translation.failed:
        err.print(composition.translation.problem, style="yellow", markup=False)
    if problem:
        err.print(problem, style="red", markup=False)
    if problem or not all_went_well(runtime, edition_on):
        raise typer.Exit(FAILURE)


def say_spent(runtime: Runtime, report: TranslationReport) -> None:
    """Say what each engine was asked, and what that costs where a price is set; on standard error, behind the table."""
    for engine, spent in report.spent.items():
        money = runtime.price_of(engine, spent)
        parts = [
            f"{report.translated} of {report.requested} texts translated now",
            f"{spent.requests} requests",
            f"{spent.characters:,} characters",
            *([f"{spent.tokens:,} tokens"] if spent.tokens else []),
            *([str(money)] if money else []),
        ]
        err.print(f"{name_engine(engine).en}: {', '.join(parts)}.", markup=False)


def all_went_well(runtime: Runtime, edition_on: date) -> bool:
    """Tell whether no reader waits for a retry, was refused, or has an unknown outcome."""
    found = (runtime.count_states(edition_on), runtime.count_states(edition_on, message=Message.TRENDING))
    return not any(states[state] for states in found for state in ("deferred", "failed", "uncertain"))
