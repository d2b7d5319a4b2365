"""The parts of an installation: settings, disk, database, broker, relay, arXiv, translator."""

import shutil
import ssl
from collections.abc import Callable, Iterator
from email.utils import parseaddr
from functools import partial

from newsletter.db.engine import open_engine
from newsletter.db.migrate import current_revision, head_revision
from newsletter.embedded.broker import broker_url, ping
from newsletter.errors import NewsletterError
from newsletter.findings import Finding, Grade
from newsletter.inspection.look import look
from newsletter.mail.connect import TimeLimits, open_connection
from newsletter.mail.keyring import find_signer
from newsletter.mail.server import parse_smtp_urls
from newsletter.papers.sources.gate import polite_session
from newsletter.papers.sources.listing import fetch_listing
from newsletter.settings import Settings, is_loopback
from newsletter.subscribers.addresses import parse_address
from newsletter.translation.engines import Engine, open_translators
from newsletter.translator_settings import Translator

LEAST_FREE_BYTES = 500 * 1024 * 1024


def inspect(settings: Settings, *, is_offline: bool) -> list[Finding]:
    """Look at every part in turn; with `is_offline` nothing outside this installation and its relay is asked."""
    parts: list[tuple[str, Callable[[Settings], Iterator[Finding]]]] = [
        ("settings", _settings),
        ("disk", _disk),
        ("database", _database),
        ("broker", _broker),
        ("relay", _relay),
        ("signature", _signature),
    ]
    if not is_offline:
        parts += [("arXiv", _arxiv), ("translator", _translator)]
    return [
        finding for part, judge in parts for finding in look(part, partial(judge, settings), hint=_HINTS.get(part, ""))
    ]


_HINTS = {
    "database": "Check DATABASE_URL, and that the database server runs.",
    "broker": "Check REDIS_URL, or leave it empty and use `newsletter up`; mail waits in the database until it is back.",
    "relay": "Check NEWSLETTER_SMTP_URL; port 465 is smtps://, port 587 is smtp+starttls://.",
    "signature": "`newsletter dkim keygen` makes keys; NEWSLETTER_DKIM_SELECTOR names them.",
    "arXiv": "If this machine has no way out, the bundled sample edition shows the rest. Otherwise try again in some minutes.",
    "translator": "Check NEWSLETTER_TRANSLATOR, _URL and _KEY; digests go out in the original meanwhile.",
}


def _settings(settings: Settings) -> Iterator[Finding]:
    part = "settings"
    yield Finding(part=part, grade=Grade.OK, text=f"home is {settings.home}, readers reach {settings.public_url}")
    parse_address(parseaddr(settings.mail_from)[1])
    if settings.clock:
        yield Finding(
            part=part,
            grade=Grade.WARNING,
            text=f"the clock runs from {settings.clock}",
            hint="This rehearses a past day; unset NEWSLETTER_CLOCK for real use.",
        )
    if not settings.uses_inbox and parseaddr(settings.mail_from)[1].endswith("@localhost"):
        yield Finding(
            part=part,
            grade=Grade.PROBLEM,
            text="mail leaves this machine with a sender at localhost",
            hint="Set NEWSLETTER_MAIL_FROM to an address of your domain.",
        )
    if not settings.uses_inbox and is_loopback(settings.public_url):
        yield Finding(
            part=part,
            grade=Grade.WARNING,
            text=f"the links in mails lead to {settings.public_url}, which only this machine can open",
            hint="Set NEWSLETTER_BASE_URL to the https address of your site.",
        )


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.home if settings.home.is_dir() else settings.home.parent
    free = shutil.disk_usage(folder if folder.is_dir() else folder.anchor).free
    is_short = free < LEAST_FREE_BYTES
    yield Finding(
        part="disk",
        grade=Grade.PROBLEM if is_short else Grade.OK,
        text=f"{free / 1024**3:.1f} GiB free for {settings.home}",
        hint="Make room: without it neither papers nor deliveries can be recorded." if is_short else "",
    )


def _database(settings: Settings) -> Iterator[Finding]:
    engine = open_engine(settings.database)
    try:
        revision = current_revision(engine)
        backend = engine.dialect.name
    finally:
        engine.dispose()
    if revision == head_revision():
        yield Finding(part="database", grade=Grade.OK, text=f"{backend}, schema {revision}")
    else:
        grade = Grade.WARNING if revision is None else Grade.PROBLEM
        text = f"{backend}, schema is {revision or 'empty'}, this program needs {head_revision()}"
        yield Finding(part="database", grade=grade, text=text, hint="Run `newsletter migrate`.")


def _broker(settings: Settings) -> Iterator[Finding]:
    if not settings.redis_url and not ping(broker_url(settings)):
        hint = "Start it with `newsletter up`, or set REDIS_URL."
        yield Finding(part="broker", grade=Grade.WARNING, text="the private broker is not running", hint=hint)
    elif ping(broker_url(settings)):
        yield Finding(part="broker", grade=Grade.OK, text="answers")
    else:
        yield Finding(part="broker", grade=Grade.PROBLEM, text="does not answer at REDIS_URL", hint=_HINTS["broker"])


def _relay(settings: Settings) -> Iterator[Finding]:
    for account in parse_smtp_urls(settings.smtp):
        server = account.server
        try:
            open_connection(server, TimeLimits(), ssl.create_default_context()).quit()
        except NewsletterError as error:
            if not settings.uses_inbox:
                yield Finding(part="relay", grade=Grade.PROBLEM, text=str(error), hint=_HINTS["relay"])
                continue
            yield Finding(
                part="relay",
                grade=Grade.WARNING,
                text=f"the embedded inbox is not running ({error})",
                hint="Start it with `newsletter up`, or set NEWSLETTER_SMTP_URL.",
            )
            continue
        yield Finding(part="relay", grade=Grade.OK, text=f"{account.name} accepts us, encryption: {server.encryption}")


def _signature(settings: Settings) -> Iterator[Finding]:
    signer = find_signer(settings)
    if signer is not None:
        selectors = ", ".join(key.selector for key in signer.keys)
        text = f"mail is signed for {signer.domain} ({selectors}); --mail looks whether receivers can verify it"
        yield Finding(part="signature", grade=Grade.OK, text=text)
    elif not settings.uses_inbox:
        yield Finding(
            part="signature",
            grade=Grade.WARNING,
            text="mail is not signed, and large providers refuse bulk mail without DKIM",
            hint="Publish the records of `newsletter dkim keygen`, then set NEWSLETTER_DKIM_SELECTOR.",
        )


def _arxiv(settings: Settings) -> Iterator[Finding]:
    http = polite_session(
        folder=settings.home,
        interval_seconds=settings.arxiv_interval_seconds,
        timeout_seconds=settings.arxiv_timeout_seconds,
        contact=settings.contact or parseaddr(settings.mail_from)[1],
    )
    for category in settings.categories:
        announcement = fetch_listing(http, settings.arxiv_url, category)
        text = f"{category}: {len(announcement.announced)} papers listed for {announcement.listed_on}"
        yield Finding(part="arXiv", grade=Grade.OK, text=text)


def _translator(settings: Settings) -> Iterator[Finding]:
    engines = open_translators(settings)
    if not engines:
        yield Finding(
            part="translator",
            grade=Grade.WARNING,
            text="none: digests show the original only",
            hint=f"Set NEWSLETTER_TRANSLATOR to one of {', '.join(kind for kind in Translator if kind != Translator.NONE)}.",
        )
    for engine in engines:
        yield from look("translator", partial(_engine, engine), hint=_HINTS["translator"])


def _engine(engine: Engine) -> Iterator[Finding]:
    engine.translate(["Reinforcement learning."], source="en", target="zh")
    usage = engine.usage()
    quota = f"; {usage.used:,} of {usage.allowed:,} characters of its quota are used" if usage else ""
    yield Finding(part="translator", grade=Grade.OK, text=f"{engine.name} answers{quota}")
