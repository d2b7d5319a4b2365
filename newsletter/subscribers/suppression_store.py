"""Stopped addresses in the database, and forgetting whose they were."""

from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, select, update

from newsletter.db.upsert import insert_missing
from newsletter.subscribers.addresses import address_key
from newsletter.subscribers.store import choices_of
from newsletter.subscribers.subscriber import Consent, Preferences, SubscriberId
from newsletter.subscribers.suppression import Suppression
from newsletter.subscribers.tables import SubscriberRow, SubscriptionRow, SuppressionRow
from newsletter.subscribers.tokens import ERASED, Tokens


def suppress(session: Session, email: str, *, reason: str, at: datetime, detail: str = "") -> bool:
    """Stop all mail to an address and return whether that is new; the first reason stays."""
    values = {
        "address_key": address_key(email.strip()),
        "reason": reason,
        "detail": detail,
        "suppressed_at": at,
    }
    return insert_missing(session, SuppressionRow, [values]) == 1


def lift(session: Session, email: str, tokens: Tokens) -> bool:
    """Let an address get mail again; False when it was not stopped. What its owner agreed to stays as it is."""
    removed = session.exec(delete(SuppressionRow).where(_is_of(email, tokens)))
    return removed.rowcount > 0


def is_suppressed(session: Session, email: str, tokens: Tokens) -> bool:
    """Tell whether mail to this address is stopped, also when its owner has been erased since."""
    return session.exec(select(SuppressionRow.reason).where(_is_of(email, tokens))).first() is not None


def recall(session: Session, email: str, tokens: Tokens) -> None:
    """Give a stopped address its name back, because an operator adds its owner once more after an erasure."""
    key = address_key(email.strip())
    _rename(session, tokens.erased_key(key), key)


def list_suppressions(session: Session) -> list[Suppression]:
    """Return all stopped addresses, the latest first."""
    rows = session.exec(
        select(SuppressionRow).order_by(col(SuppressionRow.suppressed_at).desc(), col(SuppressionRow.address_key))
    )
    return [
        Suppression(
            address_key=row.address_key,
            reason=row.reason,
            detail=row.detail,
            suppressed_at=row.suppressed_at,
            is_erased=row.address_key.startswith(ERASED),
        )
        for row in rows
    ]


def list_suppressed_keys(session: Session) -> set[str]:
    """Return the comparable forms of all stopped addresses."""
    return set(session.exec(select(SuppressionRow.address_key)))


def forget_subscriber(session: Session, subscriber_id: SubscriberId, tokens: Tokens, *, at: datetime) -> None:
    """Erase who a reader was: address, name, keywords and choices; their row stays, so that the ledger counts as before.

    They are unsubscribed, so that what waits for them is skipped, and every link they hold is withdrawn. If their address is
    stopped it stays stopped: see `forget_address`.
    """
    email = session.exec(select(SubscriberRow.email).where(SubscriberRow.id == subscriber_id)).one()
    session.exec(delete(SubscriptionRow).where(col(SubscriptionRow.subscriber_id) == subscriber_id))
    session.exec(
        update(SubscriberRow)
        .where(col(SubscriberRow.id) == subscriber_id)
        .values(
            **choices_of(Preferences()),
            email="",
            address_key=f"{ERASED}{subscriber_id}",
            name="",
            consent=Consent.UNSUBSCRIBED.value,
            unsubscribed_at=at,
            token_version=col(SubscriberRow.token_version) + 1,
        )
    )
    forget_address(session, email, tokens)


def forget_address(session: Session, email: str, tokens: Tokens) -> bool:
    """Keep of a stopped address only a keyed hash, without the words beside it; False when it is not stopped."""
    key = address_key(email.strip())
    return _rename(session, key, tokens.erased_key(key), detail="")


def _rename(session: Session, old: str, new: str, **values: str) -> bool:
    """Change the key of a stopped address; where both are there they are one address, and the old row stays."""
    if session.exec(select(SuppressionRow.reason).where(SuppressionRow.address_key == old)).first() is None:
        return False
    session.exec(delete(SuppressionRow).where(col(SuppressionRow.address_key) == new))
    session.exec(update(SuppressionRow).where(col(SuppressionRow.address_key) == old).values(address_key=new, **values))
    return True


def _is_of(email: str, tokens: Tokens) -> ColumnElement[bool]:
    key = address_key(email.strip())
    return col(SuppressionRow.address_key).in_([key, tokens.erased_key(key)])
