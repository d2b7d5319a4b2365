"""The listener for reports: 250 means recorded, and nothing else is taken."""

import asyncio
import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy.exc import OperationalError

from newsletter.embedded.listener import Reports, run_listener
from newsletter.errors import ConflictError
from tests.embedded.peers import running_server
from tests.mail.reports import delivery_report

OURS = "bounces+7-abc@example.org"
REPORT = delivery_report("ann@example.org", to=OURS)


@dataclass
class Ledger:
    """Keeps what it is given, or fails as told."""

    problem: Exception | None = None
    kept: list[tuple[bytes, str]] = field(default_factory=list)

    def record(self, raw: bytes, recipient: str) -> None:
        if self.problem is not None:
            raise self.problem
        self.kept.append((raw, recipient))


@contextmanager
def listening(ledger: Ledger, *, is_lmtp: bool = False) -> Iterator[int]:
    """Run a listener in a thread and yield its port."""
    reports = Reports(is_ours=lambda address: address.startswith("bounces+"), record=ledger.record)
    with running_server(
        lambda stop, on_ready: run_listener(reports, "127.0.0.1", 0, is_lmtp=is_lmtp, stop=stop, on_ready=on_ready)
    ) as port:
        yield port


def connect(port: int, *, is_lmtp: bool = False) -> smtplib.SMTP:
    kind = smtplib.LMTP if is_lmtp else smtplib.SMTP
    return kind("127.0.0.1", port, local_hostname="mx.example")


@pytest.mark.parametrize("is_lmtp", [False, True])
def test_a_report_is_recorded_before_it_is_answered(is_lmtp: bool) -> None:
    ledger = Ledger()
    with listening(ledger, is_lmtp=is_lmtp) as port, connect(port, is_lmtp=is_lmtp) as client:
        client.sendmail("", [OURS], REPORT)
        assert ledger.kept == [(REPORT, OURS)]


def test_only_our_own_addresses_are_known() -> None:
    ledger = Ledger()
    with listening(ledger) as port, connect(port) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
            client.sendmail("", ["postmaster@example.org"], REPORT)
        assert caught.value.recipients["postmaster@example.org"] == (550, b"5.1.1 There is no such address here")
    assert not ledger.kept


@pytest.mark.parametrize("problem", [OperationalError("", {}, OSError("gone")), ValueError("a mistake of ours")])
def test_whatever_keeps_a_report_from_being_recorded_the_peer_keeps_it(problem: Exception) -> None:
    ledger = Ledger(problem)
    with listening(ledger) as port, connect(port) as client:
        with pytest.raises(smtplib.SMTPDataError) as caught:
            client.sendmail("", [OURS], REPORT)
        assert caught.value.smtp_code == 451
        ledger.problem = None
        client.sendmail("", [OURS], REPORT)
    assert len(ledger.kept) == 1


def test_a_second_recipient_is_asked_to_come_again() -> None:
    ledger = Ledger()
    with listening(ledger) as port, connect(port) as client:
        refused = client.sendmail("", [OURS, "bounces+8-abc@example.org"], REPORT)
        assert [code for code, _ in refused.values()] == [452]
    assert [recipient for _, recipient in ledger.kept] == [OURS]


def test_a_report_with_a_line_that_no_mail_should_have_is_taken() -> None:
    ledger = Ledger()
    with listening(ledger) as port, connect(port) as client:
        client.sendmail("", [OURS], REPORT + b"x" * 100_000 + b"\r\n")
    assert len(ledger.kept) == 1


def test_a_taken_port_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        reports = Reports(is_ours=lambda _address: False, record=Ledger().record)
        with pytest.raises(ConflictError, match="--port"):
            asyncio.run(run_listener(reports, "127.0.0.1", taken.getsockname()[1], is_lmtp=False, stop=asyncio.Event()))
