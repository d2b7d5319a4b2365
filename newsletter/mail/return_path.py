"""Signed addresses: where the reports about one delivery come back, and where a reader's mail stops the newsletter.

::

    bounces+<delivery>-<signature>@domain           the envelope's sender: a return path of its own for each delivery (VERP)
    unsubscribe+<subscriber>-<signature>@domain     in List-Unsubscribe, for programs that unsubscribe by mail

The signature is what proves them: only somebody who has seen the mail can name its address, so that nobody can bounce or
unsubscribe a stranger. Both are read as they come back from the wild: in any letter case, with the `+` or `-` rewritten,
with another host's wrapping (BATV, SRS) around them. The domain is not looked at, since an alias may have changed it.
"""

import base64
import hmac
import re
import string
from typing import Literal

_Purpose = Literal["bounces", "unsubscribe"]
_SIGNATURE_OCTETS = 15  # 120 bits, in base32 24 characters without padding
_ADDRESS = re.compile(
    r"(?<![a-z0-9])(?P<purpose>bounces|unsubscribe)[-+=_ ](?P<id>[1-9][0-9]{0,18})[-+=_](?P<signature>[a-z2-7]{24})(?![a-z0-9])"
)
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)  # to `str.lower` the Kelvin sign is a k


class ReturnPaths:
    """Signs and reads the addresses of one installation."""

    def __init__(self, secret_key: str, domain: str) -> None:
        self._secret_key = secret_key.encode()
        self._domain = domain.lower()

    def of(self, delivery_id: int) -> str:
        """Return the envelope sender of a delivery; its local part has at most 64 octets (RFC 5321 section 4.5.3.1.1)."""
        return self._address("bounces", delivery_id)

    def unsubscribe_of(self, subscriber_id: int) -> str:
        """Return the address that a reader's mail unsubscribes by."""
        return self._address("unsubscribe", subscriber_id)

    def read(self, text: str) -> int | None:
        """Return the delivery whose return path is in a text (an address, a header, a whole mail).

        None when there is no address of ours in it, a forged one, or addresses of several deliveries.
        """
        return self._find("bounces", text)

    def read_unsubscribe(self, text: str) -> int | None:
        """Return the subscriber whose unsubscribe address is in a text; None as above."""
        return self._find("unsubscribe", text)

    def _address(self, purpose: _Purpose, number: int) -> str:
        return f"{purpose}+{number}-{self._sign(purpose, str(number))}@{self._domain}"

    def _find(self, purpose: _Purpose, text: str) -> int | None:
        found = {
            int(match["id"])
            for match in _ADDRESS.finditer(text.translate(_LOWER))
            if match["purpose"] == purpose and hmac.compare_digest(self._sign(purpose, match["id"]), match["signature"])
        }
        return found.pop() if len(found) == 1 else None

    def _sign(self, purpose: _Purpose, number: str) -> str:
        digest = hmac.digest(self._secret_key, f"return-path\n{purpose}\n{number}".encode(), "sha256")
        return base64.b32encode(digest[:_SIGNATURE_OCTETS]).decode().lower()
