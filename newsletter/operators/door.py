"""The door to the operators' pages: who may come in, and who is in already."""

import hmac
import ipaddress
import secrets
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session

from newsletter.clock import Clock
from newsletter.db.engine import reading, transaction
from newsletter.operators import session_store
from newsletter.operators.account import OperatorId
from newsletter.operators.passwords import Passwords
from newsletter.operators.sealing import Seal
from newsletter.operators.session import SEEN_EVERY, SignedIn

MOST_BROWSER = 200  # characters kept of what a browser calls itself


@dataclass(frozen=True, kw_only=True)
class Door:
    """What is needed to let somebody in.

    `phone_now` is the real time even when the program rehearses a past day: the phones of operators know no other.
    """

    database: Engine
    seal: Seal
    passwords: Passwords
    now: Clock
    phone_now: Clock

    def open_session(self, session: Session, operator_id: OperatorId, *, network: str, browser: str) -> str:
        """Begin a session in the caller's transaction and return its token, which nobody but the browser keeps."""
        token = secrets.token_urlsafe()
        session_store.add_session(
            session,
            operator_id,
            token_hash=self.seal.hash("session", token),
            network=network,
            browser=browser[:MOST_BROWSER],
            at=self.now(),
        )
        return token

    def find_signed_in(self, token: str, *, network: str) -> SignedIn | None:
        """Return who is signed in with this token, or None; notes from time to time that the session is in use."""
        at = self.now()
        with reading(self.database) as session:
            known = session_store.find_session(session, self.seal.hash("session", token), at=at)
        if known is None:
            return None
        if at - known.last_seen_at >= SEEN_EVERY:
            with transaction(self.database) as session:
                session_store.see_session(session, known.id, at=at)
        return SignedIn(
            session_id=known.id,
            operator_id=known.operator_id,
            email=known.email,
            role=known.role,
            csrf=self.csrf_of(token),
            network=network,
            at=at,
        )

    def csrf_of(self, token: str) -> str:
        """Return what the forms of a session carry; who knows it does not know the session's token."""
        return self.seal.hash("csrf", token)[:32]

    def remember_browser(self, address_key: str) -> str:
        """Return what a browser keeps in which this account was signed in: strangers' tries do not lock it out."""
        mark = secrets.token_hex(16)
        return f"{mark}.{self._browser_signature(address_key, mark)}"

    def known_browser(self, address_key: str, kept: str) -> str | None:
        """Return the mark of a browser in which this account was signed in before, or None."""
        mark, _, signature = kept.partition(".")
        right = self._browser_signature(address_key, mark)
        return mark if hmac.compare_digest(right.encode(), signature.encode()) else None

    def _browser_signature(self, address_key: str, mark: str) -> str:
        return self.seal.hash("browser", f"{address_key}\n{mark}")


def network_key(network: str) -> str:
    """Return what counts of a network address: of IPv6 the first 64 bits, which is what one household has."""
    address = ipaddress.ip_address(network)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address.packed, 64), strict=False))
    return str(address)
