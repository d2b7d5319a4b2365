"""Signed links: who may open which page, without passwords and without a row per link."""

import hmac
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Literal, NewType

from itsdangerous import BadSignature, SignatureExpired, Signer, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode, int_to_bytes
from itsdangerous.signer import SigningAlgorithm
from itsdangerous.timed import TimestampSigner

from newsletter.errors import InputError
from newsletter.subscribers.subscriber import SubscriberId

Token = NewType("Token", str)
Purpose = Literal["confirm", "manage", "unsubscribe", "digest", "feed"]
"""What a link is for."""

ERASED = "erased:"
"""Before what is kept of an address that was erased; no address begins like this."""


class Tokens:
    """Signs and reads the tokens of one installation, and hashes the addresses it must not remember.

    A token names a subscriber and the version of their tokens; raising that version in the database withdraws every link
    made before. A token of one purpose is worth nothing for another.
    """

    def __init__(self, secret_key: str, *, now: Callable[[], datetime]) -> None:
        self._secret_key = secret_key
        self._now = now
        self._serializers: dict[Purpose, URLSafeTimedSerializer] = {}
        self._signers: dict[Purpose, Signer] = {}

    def sign(self, purpose: Purpose, subscriber_id: int, version: int) -> Token:
        """Return a URL-safe token."""
        return self.sign_each((purpose,), subscriber_id, version)[0]

    def sign_each(self, purposes: Sequence[Purpose], subscriber_id: int, version: int) -> list[Token]:
        """Return a token for each purpose; all say the same and are signed apart.

        They are itsdangerous' own, which would also try each time whether two numbers can be compressed.
        """
        payload = base64_encode(b"[%d,%d]" % (subscriber_id, version))
        stamp = base64_encode(int_to_bytes(int(self._now().timestamp())))
        said = b".".join((payload, stamp))
        return [Token(b".".join((said, self._signer(purpose).get_signature(said))).decode()) for purpose in purposes]

    def read(self, purpose: Purpose, token: str, *, max_age_seconds: int | None = None) -> tuple[SubscriberId, int]:
        """Return (subscriber, version) of a token; raises InputError for a forged, foreign or too old one."""
        try:
            subscriber_id, version = self._serializer(purpose).loads(token, max_age=max_age_seconds)
        except SignatureExpired as error:
            raise InputError("This link is too old; ask for a fresh one.") from error
        except BadSignature as error:
            raise InputError(
                "This link is not valid; check that it was copied whole, or ask for a fresh one."
            ) from error
        return SubscriberId(subscriber_id), version

    def erased_key(self, address_key: str) -> str:
        """Return what is kept of an erased address: a keyed hash that only the address itself leads to."""
        said = f"erased-address\n{address_key}".encode()
        return ERASED + hmac.digest(self._secret_key.encode(), said, "sha256").hex()

    def _serializer(self, purpose: Purpose) -> URLSafeTimedSerializer:
        found = self._serializers.get(purpose)
        if found is None:
            found = self._serializers[purpose] = self._make_serializer(purpose)
        return found

    def _signer(self, purpose: Purpose) -> Signer:
        found = self._signers.get(purpose)
        if found is None:
            serializer = self._serializer(purpose)
            found = self._signers[purpose] = serializer.make_signer(serializer.salt)
        return found

    def _make_serializer(self, purpose: Purpose) -> URLSafeTimedSerializer:
        clock = self._now

        class ClockSigner(TimestampSigner):
            def get_timestamp(self) -> int:
                return int(clock().timestamp())

            @cached_property
            def _key(self) -> bytes:
                return super().derive_key()

            def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
                return self._key if secret_key is None else super().derive_key(secret_key)

        return URLSafeTimedSerializer(
            self._secret_key, salt=f"chenbao.{purpose}", signer=ClockSigner, signer_kwargs={"algorithm": _Hmac()}
        )


class _Hmac(SigningAlgorithm):
    """What itsdangerous signs with by default, in one call of the library in C: each mail has three links."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha1")
