"""A process that has the command loaded and forks one child for each call: a real process each time, without the imports.

It reads one JSON line for each call, ``{"arguments", "environment", "out", "err"}`` (the last two are files), and answers
with the exit status. ``up`` and whatever is killed half-way are started as programs instead.
"""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from newsletter import settings
from newsletter.cli import main
from tests.kept import keep, kept_renderer


def serve() -> None:
    """Answer calls until the input ends."""
    keep()
    kept_renderer()
    for line in sys.stdin:
        call = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(call["arguments"], call["environment"], Path(call["out"]), Path(call["err"]))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(arguments: list[str], environment: dict[str, str], out: Path, err: Path) -> NoReturn:
    """Run the command as if this process had just been started for it."""
    status = 1
    try:
        os.environ.clear()
        os.environ.update(environment)
        for number, path in enumerate((Path(os.devnull), out, err)):
            os.dup2(os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        sys.argv = ["newsletter", *arguments]
        settings._PROCESS_STARTED_AT = datetime.now(UTC)
        main()
        status = 0
    except SystemExit as exit_:
        status = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    except BaseException:  # noqa: BLE001  as the interpreter would: shown, with status 1
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    serve()
