"""Feed the reader of bounces with what no mail server ever wrote, guided by coverage.

Needs atheris, which is no dependency of the product: ``python -m tests.fuzz_bounces CORPUS -max_total_time=3600``, with the
options of libFuzzer. Any exception, and any input that takes longer than LONGEST_SECONDS, ends it with a report.
"""

import sys
import time

import atheris

with atheris.instrument_imports(include=["newsletter.mail.bounces"]):
    from newsletter.mail.bounces import BounceClass, BounceReport, read_bounce

LONGEST_SECONDS = 5.0  # of instrumented code, on one core that others use too


def check(raw: bytes) -> None:
    """Read the bytes as a mail and check what every report promises."""
    began = time.process_time()
    report = read_bounce(raw)
    spent = time.process_time() - began
    if spent > LONGEST_SECONDS:
        raise AssertionError(f"{len(raw)} bytes took {spent:.1f} s")
    check_report(report)


def check_report(report: BounceReport) -> None:
    addresses = [recipient.address for recipient in report.recipients]
    assert all(address == address.lower() and "@" in address for address in addresses)
    assert len(set(addresses)) == len(addresses)
    assert all("\n" not in recipient.diagnostic for recipient in report.recipients)
    if report.kind in (BounceClass.AUTO_REPLY, BounceClass.NOT_A_BOUNCE):
        assert not report.recipients


if __name__ == "__main__":
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
