"""Feed the reader of bounces with what no mail server ever wrote, guided by coverage.

Needs atheris, which is no dependency of the product: ``python -m tests.fuzz_bounces CORPUS -max_total_time=3600``, with the
options of libFuzzer. Any exception, and any input that takes longer than LONGEST_SECONDS, ends it with a report.
"""

import sys
import time

import atheris

with atheris.instrument_imports(include=["newsletter.mail.bounces"]):
    from newsletter.mail.bounces import read_bounce

from tests.mail.bounces.promises import check_promises

LONGEST_SECONDS = 5.0  # of instrumented code, on one core that others use too


def check(raw: bytes) -> None:
    """Read the bytes as a mail and check what every report promises."""
    began = time.process_time()
    report = read_bounce(raw)
    spent = time.process_time() - began
    if spent > LONGEST_SECONDS:
        raise AssertionError(f"{len(raw)} bytes took {spent:.1f} s")
    check_promises(report)


if __name__ == "__main__":
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
