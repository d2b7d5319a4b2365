"""Many new readers at once, in a few statements for some hundreds of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from newsletter.db.bulk import insert_rows
from newsletter.subscribers.addresses import address_key
from newsletter.subscribers.store import choices_of
from newsletter.subscribers.subscriber import Consent, Preferences, SubscriberId, Subscription
from newsletter.subscribers.tables import SubscriberRow, SubscriptionRow

_KEYWORDS = ("subscriber_id", "position", "keyword", "query", "is_paused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Somebody to add: an address as `parse_address` returns it, no two keywords of the same query."""

    email: str
    name: str
    subscriptions: Sequence[Subscription]
    preferences: Preferences

    @property
    def key(self) -> str:
        """The address in comparable form."""
        return address_key(self.email)


def add_many(
    session: Session, newcomers: Sequence[Newcomer], *, at: datetime, is_confirmed: bool
) -> dict[str, SubscriberId]:
    """Add those whose address nobody has and return their numbers by address in comparable form.

    The others, also the addresses of operators, are left alone. Raises InputError for a bad preference.
    """
    if not newcomers:
        return {}
    consent = {"consent": Consent.CONFIRMED if is_confirmed else Consent.PENDING, "token_version": 0, "created_at": at}
    confirmed = {"confirmed_at": at if is_confirmed else None}
    choices = {preferences: choices_of(preferences) for preferences in {one.preferences for one in newcomers}}
    values = [
        choices[one.preferences] | {"email": one.email, "address_key": one.key, "name": one.name} | consent | confirmed
        for one in newcomers
    ]
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(SubscriberRow).on_conflict_do_nothing()
    session.flush()
    returning = statement.returning(col(SubscriberRow.address_key), col(SubscriberRow.id))
    added = {row.address_key: SubscriberId(row.id) for row in session.connection().execute(returning, values)}
    rows = [
        (added[one.key], place, item.keyword, item.query, item.is_paused)
        for one in newcomers
        if one.key in added
        for place, item in enumerate(one.subscriptions)
    ]
    insert_rows(session, SubscriptionRow, _KEYWORDS, rows, same={})
    return added
