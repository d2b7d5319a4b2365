"""Our pipeline without database and broker: the same code builds, signs and sends digests that lie in memory."""

import json
import re
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from sqlmodel import col, select

from bench.mail.crew import Work
from bench.mail.house import ALGORITHMS, SELECTOR, House
from bench.mail.plain import export
from newsletter.collector import collect_seldom
from newsletter.db.engine import reading
from newsletter.deliveries.letterhead import Letterhead
from newsletter.deliveries.letters import seal_digest
from newsletter.deliveries.tables import DeliveryRow
from newsletter.digests.digest import Digest
from newsletter.digests.load import list_frozen, load_digests
from newsletter.digests.render import Renderer
from newsletter.embedded.processes import PROCESSES
from newsletter.mail.content import Content
from newsletter.mail.dkim.keys import parse_key
from newsletter.mail.dkim.signer import Signer
from newsletter.mail.smtp import Outcome, SmtpReply, SmtpTransport
from newsletter.mail.volley import carry_on
from newsletter.runtime import Runtime
from newsletter.subscribers.store import list_subscribers
from newsletter.subscribers.subscriber import Subscriber

SAMPLE = 2000
_TIMED_AT_ONCE = 100
_CONCURRENCY = re.compile(r"--concurrency (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One mail as a worker would have it once its rows are read."""

    delivery_id: int
    message_id: str
    reader: Subscriber
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What builds and signs, and where it goes."""

    runtime: Runtime
    renderer: Renderer
    letterhead: Letterhead

    def write(self, due: Due, at: datetime) -> Content:
        """Write one mail; `at` is the same for some, as those are that a worker builds together."""
        return seal_digest(
            self.letterhead,
            self.renderer,
            due.reader,
            due.digest,
            message_id=due.message_id,
            date=at,
        )


def load_sample(runtime: Runtime, house: House, count: int = SAMPLE) -> list[Due]:
    """Read some deliveries of the morning with all that their mails need."""
    with reading(runtime.database) as session:
        wanted = select(DeliveryRow).where(
            col(DeliveryRow.edition_on) == house.listed_on, col(DeliveryRow.digest_id).is_not(None)
        )
        rows = session.exec(wanted.order_by(col(DeliveryRow.id)).limit(count)).all()
        readers = {
            int(reader.id): reader for reader in list_subscribers(session, ids={row.subscriber_id for row in rows})
        }
        versions = {number: reader.token_version for number, reader in readers.items()}
        frozen = list_frozen(session, [row.digest_id for row in rows if row.digest_id is not None], versions)
        digests = dict(zip(frozen, load_digests(session, list(frozen.values()), runtime.addresses), strict=True))
    return [
        Due(
            delivery_id=row.id or 0,
            message_id=row.message_id,
            reader=readers[row.subscriber_id],
            digest=digests[row.digest_id or 0],
        )
        for row in rows
    ]


def export_sample(sample: Iterable[Due], path: Path) -> None:
    """Write the same mails down for the plain pipeline."""
    rows = [export(due.digest, to=due.reader.email, name=due.reader.name) for due in sample]
    path.write_text(json.dumps(rows), "utf-8")


def prepare(place: int, house: House, keys: Mapping[str, bytes], size: int) -> Work:
    """Return the work of one process: it sends so many mails, or times the building of its own with a kind of key."""
    collect_seldom()  # as a worker does
    runtime = house.open()
    sample = load_sample(runtime, house)[place::size] or load_sample(runtime, house)
    runtime.database.dispose()
    desk = Desk(runtime=runtime, renderer=runtime.renderer, letterhead=runtime.letterhead)
    for due in sample:
        desk.write(due, runtime.clock())  # as in a worker that has been at it for a while
    return partial(_work, desk, sample, keys)


def _work(desk: Desk, sample: Sequence[Due], keys: Mapping[str, bytes], count: int, timed: str | None = None) -> int:
    """Send so many mails; or return the nanoseconds of building one, in one process of the crew."""
    if timed is not None:
        return _time_building(desk, sample, keys, timed) if count else 0
    threads = int(found[1]) if (found := _CONCURRENCY.search(PROCESSES["worker"])) else 1
    mails = list(islice(cycle(sample), count))
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(partial(_send_share, desk), [mails[start::threads] for start in range(threads)]))
    return 0


def _send_share(desk: Desk, mails: Sequence[Due]) -> None:
    [account] = desk.runtime.accounts
    tls = ssl.create_default_context()
    with ExitStack() as stack:
        transports = [
            stack.enter_context(SmtpTransport(account.server, tls_context=tls))
            for _ in range(desk.runtime.settings.smtp_connections)
        ]
        for start in range(0, len(mails), len(transports)):
            _send_volley(desk, transports, mails[start : start + len(transports)])


def _send_volley(desk: Desk, transports: Sequence[SmtpTransport], mails: Sequence[Due]) -> None:
    """Send some mails side by side, as `deliveries.flight` does; nothing is marked, and nothing written down."""
    used, at = transports[: len(mails)], desk.runtime.clock()
    for transport, due in zip(used, mails, strict=True):
        transport.begin(desk.letterhead.sender_of(due.delivery_id), due.reader.email, desk.write(due, at))
    carry_on(used)
    for transport in used:
        transport.end()
    carry_on(used)
    for transport in used:
        if not isinstance(transport.result, SmtpReply) or transport.result.outcome is not Outcome.ACCEPTED:
            raise RuntimeError(f"The sink did not accept a mail: {transport.result}.")


def _time_building(desk: Desk, sample: Sequence[Due], keys: Mapping[str, bytes], kind: str) -> int:
    """Return the median nanoseconds of processor time that a mail takes, signed with a kind of key or with none."""
    signer = None
    if kind in ALGORITHMS:
        key = parse_key(keys[kind].decode(), setting=kind, algorithm=ALGORITHMS[kind], selector=SELECTOR)
        signer = Signer(domain=desk.letterhead.domain, keys=(key,))
    desk = replace(desk, letterhead=replace(desk.letterhead, signer=signer))
    taken = []
    for start in range(0, len(sample), _TIMED_AT_ONCE):
        mails = sample[start : start + _TIMED_AT_ONCE]
        began, at = time.process_time_ns(), desk.runtime.clock()
        for due in mails:
            desk.write(due, at).pieces(is_eight_bit=True)
        taken.append((time.process_time_ns() - began) // len(mails))
    return int(median(taken))
