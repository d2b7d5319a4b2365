"""What only this installation's secret opens: sealed texts, and keyed hashes of what must not be kept as it is."""

import base64
import hmac

from cryptography.fernet import Fernet, InvalidToken


class Seal:
    """Seals and hashes with keys that are derived from one secret, a different one for each purpose."""

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key.encode()
        self._fernet = Fernet(base64.urlsafe_b64encode(self._digest("seal", "")))

    def close(self, text: str) -> str:
        """Return the text encrypted and authenticated."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str | None:
        """Return a sealed text, or None when another secret sealed it or it was changed."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None

    def hash(self, purpose: str, value: str) -> str:
        """Return a keyed hash; equal values of two purposes have nothing in common."""
        return self._digest(purpose, value).hex()

    def _digest(self, purpose: str, value: str) -> bytes:
        return hmac.digest(self._secret_key, f"operators\n{purpose}\n{value}".encode(), "sha256")
