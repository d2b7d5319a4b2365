"""What operators decide about an address: stopping it, letting it get mail again, forgetting whose it was."""

import secrets as randomness
from datetime import datetime

from sqlmodel import Session

from newsletter.api_tokens.store import forget_tokens
from newsletter.deliveries.feedback import store
from newsletter.deliveries.feedback.judge import Effect, MatchedBy
from newsletter.deliveries.feedback.store import FeedbackKind, NewFeedback
from newsletter.digests import store as digests
from newsletter.errors import NotFoundError
from newsletter.mail.intake.incoming import Source
from newsletter.subscribers.addresses import address_key, parse_address
from newsletter.subscribers.store import find_by_email
from newsletter.subscribers.suppression import SuppressionReason
from newsletter.subscribers.suppression_store import forget_address, forget_subscriber, lift, suppress
from newsletter.subscribers.tokens import Tokens
from newsletter.translation.own_terms import forget_terms


def suppress_by_hand(session: Session, tokens: Tokens, email: str, *, reason: str, at: datetime) -> bool:
    """Stop all mail to an address, whoever reads there; False when it is stopped already. Raises AddressError."""
    address = parse_address(email)
    if not suppress(session, address, reason=SuppressionReason.OPERATOR, at=at, detail=reason):
        return False
    _write_down(session, tokens, address, Effect.SUPPRESSED, reason, at)
    return True


def lift_by_hand(session: Session, tokens: Tokens, email: str, *, reason: str, at: datetime) -> None:
    """Let an address get mail again; what counted against it counts no more. Raises NotFoundError, AddressError.

    Somebody who was unsubscribed by a complaint stays so until they agree once more.
    """
    address = parse_address(email)
    if not lift(session, address, tokens):
        raise NotFoundError("This address is not stopped. `newsletter suppressions` lists those that are.")
    _write_down(session, tokens, address, Effect.LIFTED, reason, at)


def erase(session: Session, tokens: Tokens, email: str, *, at: datetime) -> None:
    """Forget whose an address is and what they read: the ledger keeps its counts, a stopped address a keyed hash.

    Raises NotFoundError when nothing is known of it.
    """
    address = email.strip()
    reader = find_by_email(session, address)
    was_known = store.forget_recipient(session, reader.id if reader else None, tokens.erased_key(address_key(address)))
    if reader is not None:
        forget_subscriber(session, reader.id, tokens, at=at)
        digests.forget(session, reader.id)
        forget_tokens(session, reader.id)
        forget_terms(session, reader.id)
    elif not forget_address(session, address, tokens) and not was_known:
        raise NotFoundError("Nothing is known of this address.")


def _write_down(session: Session, tokens: Tokens, address: str, effect: Effect, reason: str, at: datetime) -> None:
    reader = find_by_email(session, address)
    kept = NewFeedback(
        report_key=f"operator:{randomness.token_hex(16)}",
        recipient_key=tokens.erased_key(address_key(address)),
        recipient=address,
        subscriber_id=reader.id if reader else None,
        delivery_id=None,
        source=Source.OPERATOR,
        kind=FeedbackKind.OPERATOR,
        status=None,
        diagnostic="",
        matched_by=MatchedBy.NOTHING,
        effect=effect,
        reason=reason,
        received_at=at,
    )
    store.keep(session, kept)
