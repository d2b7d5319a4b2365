"""Mails that come back: failure reports, complaints and automatic replies, read without touching anything outside.

`read_bounce` is the way in; `BounceReport` is what comes out.
"""

from newsletter.mail.bounces.read import read_bounce
from newsletter.mail.bounces.report import BounceClass, BouncedRecipient, BounceReport

__all__ = ["BounceClass", "BounceReport", "BouncedRecipient", "read_bounce"]
