"""Signed links: who came by which."""

from sqlmodel import Session

from newsletter.errors import InputError, NotFoundError
from newsletter.subscribers.store import get_subscriber
from newsletter.subscribers.subscriber import Subscriber
from newsletter.subscribers.tokens import Purpose, Tokens
from newsletter.web.site import Site

CONFIRM_SECONDS = 7 * 24 * 3600
"""How long a confirmation link is good: a forgotten mail must not sign anybody up years later."""


def find_reader(session: Session, tokens: Tokens, purpose: Purpose, token: str) -> Subscriber | None:
    """Return the reader a signed link belongs to, or None when it is forged, foreign, too old or withdrawn.

    An unsubscribe link is never withdrawn: the one in the oldest mail must still stop the newest.
    """
    try:
        subscriber_id, version = tokens.read(
            purpose, token, max_age_seconds=CONFIRM_SECONDS if purpose == "confirm" else None
        )
        reader = get_subscriber(session, subscriber_id)
    except (InputError, NotFoundError):
        return None
    return reader if purpose == "unsubscribe" or version == reader.token_version else None


def speaking_to(site: Site, reader: Subscriber) -> Site:
    """Return the site in the reader's first language, unless this browser's visitor chose another."""
    return site.speaking(reader.preferences.languages.codes[0])
