"""Why an address gets no more mail."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SuppressionReason(StrEnum):
    """What stopped an address."""

    HARD_BOUNCE = "hard-bounce"
    """It does not exist, or takes no mail."""
    SOFT_BOUNCES = "soft-bounces"
    """Mail after mail came back, though each failure alone would have passed."""
    COMPLAINT = "complaint"
    """The reader, or their provider, marked a mail as spam."""
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A stopped address; `address_key` is its comparable form, or the keyed hash that an erasure left of it."""

    address_key: str
    reason: str
    detail: str
    suppressed_at: datetime
    is_erased: bool
