"""Which passwords are good enough: long, and not what is tried first. No rules about capitals and digits.

Source: NIST SP 800-63B-4 section 3.1.1.2 (length, no composition rules, Unicode normalised, no context-specific words).
"""

import unicodedata
from enum import StrEnum

LEAST_LENGTH = 12
MOST_LENGTH = 256
_LEAST_DIFFERENT = 5
_WORN = ("password", "passwort", "qwertyuiop", "qwerty", "asdfgh", "letmein", "welcome", "iloveyou", "admin", "chenbao",
         "晨报", "newsletter", "arxiv", "operator", "owner", "changeme", "secret")  # fmt: skip
_ROWS = "abcdefghijklmnopqrstuvwxyz 01234567890123456789 qwertyuiopasdfghjklzxcvbnm"


class PasswordFault(StrEnum):
    """Why a password is not taken."""

    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    TOO_PLAIN = "too-plain"
    """Few different characters, or a row of the keyboard."""
    TOO_COMMON = "too-common"
    """Nothing is left of it without the address and the words that are tried first."""


def normalise(password: str) -> str:
    """Return the form that is hashed: one password typed on two keyboards is one password."""
    return unicodedata.normalize("NFKC", password)


def find_fault(password: str, *, email: str) -> PasswordFault | None:
    """Return why a new password for this account is not taken, or None when it is."""
    typed = normalise(password)
    if len(typed) < LEAST_LENGTH:
        return PasswordFault.TOO_SHORT
    if len(typed) > MOST_LENGTH:
        return PasswordFault.TOO_LONG
    folded = typed.casefold()
    if len(set(folded)) < _LEAST_DIFFERENT or folded in _ROWS or folded[::-1] in _ROWS:
        return PasswordFault.TOO_PLAIN
    left = folded
    for word in (email.casefold(), *email.casefold().split("@"), *_WORN):
        left = left.replace(word, "") if word else left
    if len("".join(letter for letter in left if letter.isalpha())) < _LEAST_DIFFERENT and len(left) < LEAST_LENGTH:
        return PasswordFault.TOO_COMMON
    return None
