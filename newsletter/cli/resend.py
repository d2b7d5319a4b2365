"""The command resend: a day sent again, how far that is, and taking it back."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import typer

from newsletter.cli.days import dispatch
from newsletter.cli.options import AnyDay, Json, parse_day
from newsletter.cli.output import FAILURE, CommandGroup, err, out, print_json, print_table
from newsletter.cli.status import print_status
from newsletter.deliveries.messages import Message
from newsletter.editions.resend.plan import ResendLine, ResendRequest
from newsletter.editions.resend.progress import ResendProgress
from newsletter.errors import InputError
from newsletter.operators.audit import Note
from newsletter.operators.subjects import join_subjects, name_reader
from newsletter.runtime import Runtime, open_runtime

app = typer.Typer(cls=CommandGroup, invoke_without_command=True, subcommand_metavar="[cancel | list | status]")
BY = "the command line"

ResendId = Annotated[int | None, typer.Argument(metavar="[ID]", help="The resend's number.", show_default=False)]


@app.callback()
def resend(
    context: typer.Context,
    day: Annotated[
        date | None, typer.Option("--day", parser=parse_day, metavar="YYYY-MM-DD", help="The day, by listing date.")
    ] = None,
    to: Annotated[
        list[str] | None, typer.Option("--to", metavar="EMAIL", help="Only this reader; may be repeated.")
    ] = None,
    only_missing: Annotated[
        bool, typer.Option("--only-missing", help="Only readers without an accepted delivery of the day.")
    ] = False,
    only_failed: Annotated[bool, typer.Option("--only-failed", help="Only those of them whose mail failed.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also readers who were sent this day again before.")] = False,
    recompose: Annotated[
        bool, typer.Option("--recompose", help="Choose the papers anew: those known now, by today's keywords.")
    ] = False,
    trending: Annotated[
        bool, typer.Option("--trending", help="The mails of trending papers instead of the digests.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say who would get it and why; send nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Send a day's digests again, as they were frozen, under the next revision; done twice, the second does nothing."""
    if context.invoked_subcommand is not None:
        return
    if day is None:
        raise InputError("Say which day: `newsletter resend --day YYYY-MM-DD`, first with --dry-run.")
    if only_missing and only_failed:
        raise InputError("--only-failed takes some of --only-missing; give one of them.")
    runtime = open_runtime()
    runtime.sweep()
    request = runtime.resend_request(
        day,
        to=to,
        only_missing=only_missing,
        only_failed=only_failed,
        again=again,
        is_recomposed=recompose,
        message=Message.TRENDING if trending else Message.DIGEST,
    )
    if dry_run:
        print_plan(day, runtime.plan_resend(request), as_json=as_json)
        return
    requested = runtime.resend(request, by=BY, note=_note(runtime, request))
    problem = dispatch(runtime, day, is_quiet=as_json, due_only=True)
    print_outcome(runtime, request, is_new=requested.resend_id is not None, as_json=as_json)
    if problem:
        err.print(problem, style="red", markup=False)
    states = runtime.count_states(day, message=request.message)
    if problem or any(states[state] for state in ("deferred", "failed", "uncertain")):
        raise typer.Exit(FAILURE)


def _note(runtime: Runtime, request: ResendRequest) -> Note:
    readers = {} if request.to is None else {"reader": join_subjects(map(name_reader, request.to))}
    flags = {"recompose": request.is_recomposed, "again": request.again}
    asked = {name: "yes" for name, is_set in flags.items() if is_set}
    what = {"audience": request.audience, "message": request.message}
    return runtime.note_command("resend", str(request.edition_on), **what, **readers, **asked)


@app.command("cancel")
def cancel(resend_id: ResendId = None, day: AnyDay = None, as_json: Json = False) -> None:
    """Take a resend back, or every one of a day: what is not on the wire yet does not go out."""
    runtime = open_runtime()
    if (resend_id is None) == (day is None):
        raise InputError("Say which: `newsletter resend cancel ID`, or --day YYYY-MM-DD for all of a day.")
    running = [found.resend.id for found in runtime.list_resends(day) if not found.is_over] if day else []
    wanted = running if resend_id is None else [resend_id]
    skipped = {
        found: runtime.cancel_resend(found, by=BY, note=runtime.note_command("cancel-resend", f"resend {found}"))
        for found in wanted
    }
    found = [runtime.resend_progress(made) for made in wanted]
    if as_json:
        print_json([progress_json(made) | {"taken_back": skipped[made.resend.id]} for made in found])
        return
    if not found:
        out.print(f"No resend of {day} is under way.")
    for made in found:
        out.print(f"Resend {made.resend.id}: {skipped[made.resend.id]} mails taken back. {made.sentence.en}")


@app.command("list")
def list_resends(day: AnyDay = None, as_json: Json = False) -> None:
    """Show the newest resends, of one day or of all."""
    found = open_runtime().list_resends(day)
    if as_json:
        print_json([progress_json(made) for made in found])
        return
    rows = [
        (
            made.resend.id,
            str(made.resend.edition_on),
            f"{made.resend.audience}{', composed anew' if made.resend.is_recomposed else ''}",
            made.resend.planned_count,
            made.accepted,
            made.open,
            "cancelled" if made.resend.cancelled_at else "over" if made.is_over else "under way",
        )
        for made in found
    ]
    print_table("Resends", ("", "day", "to", "planned", "accepted", "open", ""), rows)


@app.command("status")
def status(
    resend_id: Annotated[int, typer.Argument(metavar="ID", help="The resend's number.")], as_json: Json = False
) -> None:
    """Show how far one resend is."""
    made = open_runtime().resend_progress(resend_id)
    if as_json:
        print_json(progress_json(made))
        return
    out.print(f"{made.sentence.en}\n", markup=False)
    rows = [("planned", made.resend.planned_count), ("still to be queued", made.unqueued)]
    rows += [(state.value, number) for state, number in made.states.items()]
    rows += [(f"  skipped: {reason}", number) for reason, number in made.skips.items()]
    print_table(f"Resend {resend_id} of {made.resend.edition_on}", ("", ""), rows)


def print_plan(day: date, lines: Sequence[ResendLine], *, as_json: bool) -> None:
    """Print a dry run: who would get the day again, who would not, and why."""
    if as_json:
        print_json(
            [{"email": line.email, "resend": line.revision is not None, "reason": line.reason} for line in lines]
        )
        return
    rows = [(line.email, "again" if line.revision is not None else "not", line.reason) for line in lines]
    print_table(f"Edition {day}, dry run", ("reader", "sent", "because"), rows)
    planned = sum(line.revision is not None for line in lines)
    out.print(f"\n{planned} of {len(lines)} readers would get it again; nothing was sent.")


def print_outcome(runtime: Runtime, request: ResendRequest, *, is_new: bool, as_json: bool) -> None:
    """Print how far the newest resend of these mails is, and how the day stands after it."""
    day, known = request.edition_on, runtime.chronicle.day(request.edition_on)
    newest = next((made for made in runtime.list_resends(day) if made.resend.message is request.message), None)
    if as_json:
        more = {"resend": progress_json(newest) | {"is_new": is_new} if newest else None}
        print_status(runtime, day, as_json=True, day=known, more=more)
        return
    if not is_new:
        out.print("Nobody is left to send it to; --dry-run says why.")
    if newest:
        out.print(f"Resend {newest.resend.id}: {newest.sentence.en}", markup=False)
    out.print()
    print_status(runtime, day, as_json=False, day=known)


def progress_json(made: ResendProgress) -> dict[str, Any]:
    """Return a resend for programs."""
    resend = made.resend
    return {
        "id": resend.id,
        "edition_on": str(resend.edition_on),
        "message": resend.message,
        "audience": resend.audience,
        "recomposed": resend.is_recomposed,
        "requested_at": resend.requested_at.isoformat(),
        "requested_by": resend.requested_by,
        "cancelled_at": resend.cancelled_at.isoformat() if resend.cancelled_at else None,
        "planned": resend.planned_count,
        "unqueued": made.unqueued,
        "open": made.open,
        "deliveries": {state.value: number for state, number in made.states.items()},
        "skipped": dict(made.skips),
        "is_over": made.is_over,
    }
