"""A Celery worker as on any host, ready for its first mail: ``python -m tests.hosts.worker [--discard] …``."""

import sys

from workers.app import app
from workers.tasks import runtime


def main(arguments: list[str]) -> None:
    """Be a worker; what is behind ``--discard`` is Celery's."""
    runtime().renderer  # noqa: B018  compiled now, so that the first batch takes no longer than the others
    app.worker_main(["worker", *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
