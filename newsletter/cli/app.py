"""The command `newsletter` and its subcommands."""

import logging
import sys

import structlog
import typer

from newsletter.cli import (
    alarms,
    bounces,
    calendar,
    channels,
    check,
    database,
    days,
    dkim,
    glossary,
    operators,
    readers,
    resend,
    search,
    service,
    status,
    suppressions,
    tokens,
    translations,
    uncertain,
)
from newsletter.cli.output import CommandGroup

app = typer.Typer(
    name="newsletter",
    cls=CommandGroup,
    help="Chenbao 晨报: the morning paper of arXiv for each reader's own keywords, in English and Chinese.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("up")(service.up)
app.command("run")(days.run)
app.command("collect")(days.collect)
app.command("backfill")(days.backfill)
app.command("send")(days.send)
app.add_typer(resend.app, name="resend")
app.command("status")(status.status)
app.command("uncertain")(uncertain.uncertain)
app.command("settle")(uncertain.settle)
app.command("alarms")(alarms.alarms)
app.add_typer(channels.app, name="channels")
app.command("days")(calendar.days)
app.add_typer(operators.app, name="operator")
app.command("admin-link")(operators.admin_link)
app.command("audit")(operators.audit)
app.command("subscribe")(readers.subscribe)
app.command("subscribers")(readers.subscribers)
app.command("reader-data")(readers.reader_data)
app.command("link")(readers.link)
app.command("match")(readers.match)
app.command("preview")(readers.preview)
app.command("search")(search.search)
app.command("reindex")(search.reindex)
app.command("check")(check.check)
app.add_typer(dkim.app, name="dkim")
app.add_typer(glossary.app, name="glossary")
app.command("suppressions")(suppressions.suppressions)
app.command("suppress")(suppressions.suppress)
app.command("unsuppress")(suppressions.unsuppress)
app.command("erase")(suppressions.erase)
app.add_typer(tokens.app, name="token")
app.add_typer(translations.app, name="translations")
app.command("migrate")(service.migrate)
app.add_typer(database.app, name="db")
app.command("inbox")(service.inbox)
app.add_typer(bounces.app, name="bounces")


def main() -> None:
    """Run the command; the exit status is 0 only when all went well, 2 for wrong usage."""
    configure_logging()
    app()


def configure_logging() -> None:
    """Log errors alone, to standard error: what else is worth telling, a command says itself."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
