"""The newsletter's processes: the Procfile's lines, and the same lines as `newsletter up` runs them."""

import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from newsletter.embedded.broker import broker_url, ping, valkey_command
from newsletter.embedded.ports import is_listening
from newsletter.embedded.supervisor import Program
from newsletter.errors import SettingsError
from newsletter.mail.intake.listen import parse_listen_url
from newsletter.settings import Settings

PROCESSES: Mapping[str, str] = {
    "release": "newsletter migrate",
    # no access log: the links in mails carry their reader's token; no proxy headers: NEWSLETTER_TRUSTED_PROXIES says whom to
    # believe, while uvicorn believes every program on this machine
    "web": "uvicorn newsletter.web.app:create_app --factory --host ${NEWSLETTER_WEB_HOST:-0.0.0.0} --port ${PORT:-8000} "
    "--no-access-log --no-proxy-headers --timeout-graceful-shutdown 5",
    "worker": "celery -A workers.app worker --pool threads --concurrency 4 --loglevel INFO --without-gossip --without-mingle",
    # the schedule is kept in memory: beat only pokes, and a schedule file breaks when beat is killed while it writes
    "beat": "celery -A workers.app beat --loglevel INFO --scheduler celery.beat:Scheduler",
    "bounces": "newsletter bounces listen",
}
"""What runs where there is a process manager; there is one beat, and there may be several of web and worker.

`bounces` is for who has reports delivered by SMTP or LMTP, see NEWSLETTER_BOUNCE_LISTEN.
"""

_USERS, _SERVED = 0, 1  # stop stages: the broker and the inbox outlive those who use them
_VARIABLE = re.compile(r"\$(?:(?P<name>\w+)|\{(?P<braced>\w+)(?::-(?P<default>[^}]*))?\})", re.ASCII)
_MODULES = {
    "uvicorn": ("-m", "uvicorn"),
    "celery": ("-m", "celery"),
    "newsletter": ("-c", "from newsletter.cli import main; main()"),
}


def procfile() -> str:
    """Return the text of the Procfile."""
    return "".join(f"{name}: {line}\n" for name, line in PROCESSES.items())


def command(line: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Split a process line into words, with ``$NAME``, ``${NAME}`` and ``${NAME:-default}`` filled in, without a shell.

    A value with spaces stays one word. Our own programs are run by this interpreter, so that no PATH is needed.
    Raises SettingsError for a variable that is neither set nor has a default.
    """
    words = [_VARIABLE.sub(lambda found: _value(found, environment), word) for word in shlex.split(line)]
    return (sys.executable, *_MODULES[words[0]], *words[1:]) if words[0] in _MODULES else tuple(words)


def _value(found: re.Match[str], environment: Mapping[str, str]) -> str:
    name = found["name"] or found["braced"]
    value = environment.get(name)
    if not value and found["default"] is not None:
        return found["default"]  # as in a shell, also in place of an empty value
    if value is None:
        raise SettingsError(f"{name} is not set.")
    return value


def child_environment(settings: Settings, *, started_at: datetime) -> dict[str, str]:
    """Return the variables by which every process of one `newsletter up` reads the settings that `up` has.

    `started_at`: the real instant at which a rehearsal's clock begins, so that all processes tell the same time.
    """
    variables = {
        "NEWSLETTER_HOME": str(settings.home),
        "PORT": str(settings.port),
        "NEWSLETTER_INBOX_PORT": str(settings.inbox_port),
    }
    if settings.clock:
        variables["NEWSLETTER_CLOCK"] = settings.clock
        variables["NEWSLETTER_CLOCK_STARTED_AT"] = (settings.clock_started_at or started_at).isoformat()
    return variables


def broker_programs(settings: Settings) -> list[Program]:
    """Return the private Valkey, or nothing when REDIS_URL names a broker; call `prepare_valkey` before it starts.

    Raises BrokerError when this machine has no Valkey.
    """
    if settings.redis_url:
        return []
    url = broker_url(settings)
    return [
        Program(name="valkey", command=valkey_command(settings.home), is_ready=lambda: ping(url), stop_stage=_SERVED)
    ]


def service_programs(settings: Settings, environment: Mapping[str, str], *, started_at: datetime) -> list[Program]:
    """Return the inbox when it is in use, the web server, the worker and the beat, and the listener for reports if one is set.

    They need the broker and the tables.

    `environment` is this process's own, in which NEWSLETTER_WEB_HOST may open the pages to other machines.
    """
    own = child_environment(settings, started_at=started_at)
    own["NEWSLETTER_WEB_HOST"] = environment.get("NEWSLETTER_WEB_HOST") or "127.0.0.1"
    known = {**environment, **own}

    def program(name: str) -> Program:
        return Program(name=name, command=command(PROCESSES[name], known), environment=own, stop_stage=_USERS)

    inbox = Program(
        name="inbox",
        command=(sys.executable, "-m", "newsletter.embedded.inbox"),  # a fifth of what `newsletter inbox` has to load
        environment=own,
        is_ready=lambda: is_listening(settings.inbox_port),
        stop_stage=_SERVED,
    )
    web = replace(program("web"), is_ready=lambda: is_listening(settings.port))
    workers = _many(program("worker"), settings.workers)
    programs = [*([inbox] if settings.uses_inbox else []), web, *workers, program("beat")]
    if settings.bounce_listen:
        place = parse_listen_url(settings.bounce_listen)
        programs.append(replace(program("bounces"), is_ready=lambda: is_listening(place.port, host=place.host)))
    return programs


def _many(worker: Program, count: int) -> list[Program]:
    """Return so many workers, each under a name of its own where there are several."""
    if count == 1:
        return [worker]
    names = [f"worker{number}" for number in range(1, count + 1)]
    return [replace(worker, name=name, command=(*worker.command, f"--hostname={name}@%h")) for name in names]
