"""An operator to be killed: ``python -m tests.editions.resend.operator DATABASE_URL SMTP_PORT`` sends Friday again."""

import sys

from newsletter.db.engine import open_engine
from newsletter.deliveries.dispatch import dispatch
from newsletter.deliveries.sweep import sweep
from newsletter.mail.smtp import SmtpTransport, parse_smtp_url
from tests.deliveries.world import one_way, write
from tests.editions.resend.days import send_again
from tests.factories import MORNING, make_desk


def main(database_url: str, port: str) -> None:
    """Do what `newsletter resend` does: take back what the dead held, queue, send until nothing is left."""
    database = open_engine(database_url)
    transport = SmtpTransport(parse_smtp_url(f"smtp://127.0.0.1:{port}"))
    sweep(database, now=lambda: MORNING)
    send_again(make_desk(database))
    dispatch(database, one_way(database, transport, lambda: MORNING), write, now=lambda: MORNING, limit=50)


if __name__ == "__main__":
    main(*sys.argv[1:])
