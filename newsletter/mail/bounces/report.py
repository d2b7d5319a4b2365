"""What a mail that came back says: whom it is about, and what kind of failure it reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class BounceClass(StrEnum):
    """What came back, as far as it matters for writing to the address again."""

    HARD = "hard"  # the address or its domain does not exist, moved, is disabled or takes no mail
    SOFT = "soft"  # mailbox full, delayed, expired, too large, a loop, the network, the peer's own trouble
    POLICY = "policy"  # about the sender or the content: spam, block list, reputation, authentication, relaying
    COMPLAINT = "complaint"  # the reader, or their provider, marked the mail as spam or wants no more
    AUTO_REPLY = "auto-reply"  # a vacation notice and the like; nothing failed
    NOT_A_BOUNCE = "not-a-bounce"  # ordinary mail, or a notice of success
    UNKNOWN = "unknown"  # it failed, and the mail does not say why


@dataclass(frozen=True, slots=True, kw_only=True)
class BouncedRecipient:
    """One address the mail is about.

    `address` is in lower case and as we wrote to it, where the mail shows that; `status` is the enhanced status code
    (RFC 3463) that names the cause; `diagnostic` is the peer's own words on one line, "" if it gave none.
    """

    address: str
    kind: BounceClass
    status: str | None = None
    diagnostic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceReport:
    """What one mail says.

    `kind` is the gravest of its recipients; there are none for an auto-reply, an ordinary mail, or where the mail shows no
    address. `original_message_id` is the Message-ID of the mail of ours it is about, without angle brackets, and
    `original_envelope_id` the envelope identifier we gave that mail (RFC 3464 §2.2.1).
    """

    kind: BounceClass
    status: str | None = None
    recipients: tuple[BouncedRecipient, ...] = ()
    original_message_id: str | None = None
    original_envelope_id: str | None = None


_GRAVEST_FIRST = (
    BounceClass.COMPLAINT,
    BounceClass.HARD,
    BounceClass.POLICY,
    BounceClass.SOFT,
    BounceClass.UNKNOWN,
)


def sum_up(recipients: Sequence[BouncedRecipient], *, otherwise: BounceClass) -> BounceReport:
    """Return the report of these recipients, of each address the first; `otherwise` is its class if there are none."""
    if not recipients:
        return BounceReport(kind=otherwise)
    gravest = min(recipients, key=lambda recipient: _GRAVEST_FIRST.index(recipient.kind))
    named = {recipient.address: recipient for recipient in reversed(recipients) if recipient.address}
    return BounceReport(kind=gravest.kind, status=gravest.status, recipients=tuple(reversed(named.values())))
