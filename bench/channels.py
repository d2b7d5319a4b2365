"""What the choice of a channel costs: ``python bench/channels.py [DATABASE_URL]`` prints microseconds a message.

Messages are settled as soon as they are begun, so that nothing but `Channels` is measured. The tables of channels in the
database are dropped and made anew.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import SQLModel

import newsletter.deliveries.alarm_tables  # noqa: F401  the table registers itself
from newsletter.clock import system_clock
from newsletter.db.engine import open_engine
from newsletter.deliveries.channels import Channels, Wait
from newsletter.deliveries.lease import this_owner
from newsletter.mail.server import SmtpAccount, parse_smtp_urls
from newsletter.mail.smtp import Outcome, Phase, SmtpReply

TABLES = ("alarm", "channel", "channel_slot", "account_usage")
MESSAGES = 5000
BATCH = 50
ACCEPTED = SmtpReply(
    outcome=Outcome.ACCEPTED, phase=Phase.DOT, code=250, enhanced_code=None, text="", server="", duration_seconds=0.0
)


class Nowhere:
    """A way out that is not used."""

    def __init__(self, _account: SmtpAccount) -> None: ...

    def send(self, sender: str, recipient: str, message: bytes, *, before_final_dot: Callable[[], None]) -> SmtpReply:
        return ACCEPTED

    def close(self) -> None: ...


def run(database: Engine, urls: str, recipients: Sequence[str]) -> float:
    """Settle a message to each recipient; return the seconds that were not spent waiting for a turn."""
    waited = 0.0
    began = time.perf_counter()
    with Channels(
        database, parse_smtp_urls(urls), now=system_clock, owner=this_owner(), transport_for=Nowhere
    ) as channels:
        for start in range(0, len(recipients), BATCH):
            channels.prepare(recipients[start : start + BATCH])
            for recipient in recipients[start : start + BATCH]:
                while isinstance(found := channels.open(recipient), Wait):
                    seconds = max(0.0, (found.until - system_clock()).total_seconds())
                    time.sleep(seconds)
                    waited += seconds
                channels.settle(found, ACCEPTED)
    return time.perf_counter() - began - waited


def main(url: str) -> None:
    database = open_engine(url)
    tables = [SQLModel.metadata.tables[name] for name in TABLES]
    for urls in (
        "smtp://127.0.0.1:25",
        "smtps://mail.example",
        "smtps://capped.example?per_day=1000000&connections=20",
    ):
        for domains in (1, 300):
            SQLModel.metadata.drop_all(database, tables=tables)
            SQLModel.metadata.create_all(database, tables=tables)
            recipients = [f"reader{number}@domain{number % domains}.example" for number in range(MESSAGES)]
            seconds = run(database, urls, recipients)
            print(f"{urls:52} {domains:4} domains {seconds / MESSAGES * 1e6:7.0f} µs a message")
    SQLModel.metadata.drop_all(database, tables=tables)
    database.dispose()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(f"sqlite:///{Path(folder) / 'bench.db'}")
