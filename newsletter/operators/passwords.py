"""Hashing passwords with argon2id, at the same cost whether or not there is an account.

Source: RFC 9106; parameters as in OWASP's password storage cheat sheet (19 MiB, 2 passes).
"""

import secrets
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from newsletter.operators.password_policy import MOST_LENGTH, normalise

AT_ONCE = 4
"""How many hashes a process computes at once: each takes 19 MiB, and strangers can ask for them."""


class Passwords:
    """Makes and checks the hashes of one process."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._turn = BoundedSemaphore(AT_ONCE)
        self._decoy = self.hash(secrets.token_urlsafe())

    def hash(self, password: str) -> str:
        """Return an encoded argon2id hash with its parameters and salt."""
        with self._turn:
            return self._hasher.hash(normalise(password))

    def verify(self, encoded: str | None, password: str) -> bool:
        """Tell whether this is the password; None (no such account) costs the same and is never right."""
        if len(password) > MOST_LENGTH * 4:  # longer than any that was taken: not worth the work
            password = ""
        try:
            with self._turn:
                self._hasher.verify(encoded or self._decoy, normalise(password))
        except (VerificationError, InvalidHashError):
            return False
        return encoded is not None

    def is_outdated(self, encoded: str) -> bool:
        """Tell whether a hash was made with other parameters than these, and should be made anew."""
        return self._hasher.check_needs_rehash(encoded)
