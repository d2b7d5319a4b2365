"""A worker to be killed: ``python -m tests.deliveries.worker DATABASE_URL SMTP_PORT`` sends whatever is queued."""

import sys

from newsletter.db.engine import open_engine
from newsletter.deliveries.dispatch import dispatch
from newsletter.mail.smtp import SmtpTransport, parse_smtp_url
from tests.deliveries.world import MORNING, one_way, write


def main(database_url: str, port: str) -> None:
    """Send until nothing is left."""
    database = open_engine(database_url)
    transport = SmtpTransport(parse_smtp_url(f"smtp://127.0.0.1:{port}"))
    dispatch(database, one_way(database, transport, lambda: MORNING), write, now=lambda: MORNING, limit=8)


if __name__ == "__main__":
    main(*sys.argv[1:])
