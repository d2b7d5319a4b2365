"""Commands about the service itself: up, inbox, migrate."""

import os
from typing import Annotated

import typer

from newsletter.cli.operators import print_invitation
from newsletter.cli.output import FAILURE, err, out
from newsletter.clock import system_clock
from newsletter.db import migrate as schema
from newsletter.db.engine import open_engine
from newsletter.embedded.broker import broker_url, prepare_valkey, wait_until_ready
from newsletter.embedded.inbox import serve_inbox
from newsletter.embedded.lock import hold_home
from newsletter.embedded.ports import free_port
from newsletter.embedded.processes import broker_programs, child_environment, command, service_programs
from newsletter.embedded.supervisor import Program, Supervisor
from newsletter.runtime import Runtime, open_runtime
from newsletter.settings import Settings, is_loopback, load_settings
from newsletter.subscribers.subscriber import Preferences
from newsletter.subscribers.zones import own_timezone

READY_SECONDS = 60.0
FIRST_READER = "reader@localhost"
FIRST_KEYWORDS = ("reinforcement learning", "diffusion model", "cat:cs.RO AND manipulation")


def up(
    first_reader: Annotated[
        bool, typer.Option("--first-reader", help="Add a reader if there is none, and run the day.")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="End after the day's report, with its exit status.")] = False,
) -> None:
    """Start everything on this machine (broker, inbox, website, worker, beat) and serve until Ctrl-C."""
    settings = load_settings()
    with hold_home(settings.home):
        settings = _on_free_ports(settings)
        runtime = open_runtime(settings)
        with Supervisor(log_folder=settings.home / "log") as supervisor:
            if not _start(supervisor, settings):
                return
            _say_where(settings)
            _invite_first_owner(runtime)
            if first_reader:
                _add_first_reader(runtime)
            status = _run_the_day(supervisor, settings) if first_reader or once else 0
            if once:
                raise typer.Exit(status)
            if not supervisor.is_stop_requested:
                out.print("\nServing. Ctrl-C ends everything.")
                supervisor.watch()


def inbox() -> None:
    """Run the embedded inbox: an SMTP server on this machine that keeps every message as a file."""
    settings = load_settings()
    serve_inbox(settings.inbox_folder, "127.0.0.1", settings.inbox_port, now=settings.now)


def migrate() -> None:
    """Bring the database's schema up to date."""
    settings = load_settings()
    database = open_engine(settings.database)
    before = schema.current_revision(database)
    after = schema.migrate(database)
    out.print(
        f"Schema {after}, as before." if before == after else f"Schema {before or 'empty'} → {after}.", markup=False
    )


def _on_free_ports(settings: Settings) -> Settings:
    """Return the settings with ports that are free now, saying which ones changed."""
    changes = {}
    for name, wanted in (("port", settings.port), ("inbox_port", settings.inbox_port)):
        if name == "inbox_port" and not settings.uses_inbox:
            continue
        found = free_port(wanted)
        if found != wanted:
            err.print(f"Port {wanted} is taken; using {found}.", style="yellow")
        changes[name] = found
    return settings.model_copy(update={**changes, "clock_started_at": settings.clock_started_at or system_clock()})


def _start(supervisor: Supervisor, settings: Settings) -> bool:
    """Start the broker, then the rest; return False when asked to stop meanwhile."""
    if settings.redis_url:
        wait_until_ready(broker_url(settings), timeout_seconds=5)
    else:
        prepare_valkey(settings.home)
    for program in broker_programs(settings):
        supervisor.start(program)
    if not supervisor.wait_until_ready(READY_SECONDS):
        return False
    for program in service_programs(settings, os.environ, started_at=settings.clock_started_at or system_clock()):
        supervisor.start(program)
    return supervisor.wait_until_ready(READY_SECONDS)


def _say_where(settings: Settings) -> None:
    out.print(f"Website  {settings.public_url}/", markup=False)
    out.print(f"Sign in  {settings.public_url}/admin", markup=False)
    if settings.uses_inbox:
        out.print(f"Inbox    http://127.0.0.1:{settings.port}/inbox", markup=False)
    out.print(f"Files    {settings.home}\n", markup=False)


def _invite_first_owner(runtime: Runtime) -> None:
    """Print an owner's enrolment link while nobody can sign in; only where whoever reads this sits at this machine."""
    if is_loopback(runtime.settings.public_url) and (invited := runtime.first_invitation()):
        print_invitation(invited)
        out.print()


def _add_first_reader(runtime: Runtime) -> None:
    if runtime.list_subscribers():
        return
    preferences = Preferences(languages=runtime.choices[0], timezone=own_timezone(), wants_empty_mail=True)
    runtime.subscribe(FIRST_READER, FIRST_KEYWORDS, preferences, is_confirmed=True)
    out.print(f"First reader: {FIRST_READER} reads {', '.join(FIRST_KEYWORDS)}.", markup=False)


def _run_the_day(supervisor: Supervisor, settings: Settings) -> int:
    """Run the day in a process of its own, so that Ctrl-C need not wait for arXiv; return its exit status."""
    started_at = settings.clock_started_at or system_clock()
    own = child_environment(settings, started_at=started_at)
    line = command("newsletter run --by-workers", {**os.environ, **own})
    status = supervisor.run(Program(name="day", command=line, environment=own))
    return FAILURE if status is None else status  # None: asked to stop; the next start goes on from the database
