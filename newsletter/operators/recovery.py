"""Recovery codes: ten, each good once, for whoever has lost the phone."""

import secrets

HOW_MANY = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else
_LENGTH = 12
_GROUP = 4


def new_codes() -> list[str]:
    """Return fresh codes as people write them down, of 59 bits each."""
    return [_shown("".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))) for _ in range(HOW_MANY)]


def normalise_code(typed: str) -> str | None:
    """Return a typed code in the form that is hashed, or None when it cannot be one."""
    code = "".join(letter for letter in typed.casefold() if letter not in "- \t")
    return code if len(code) == _LENGTH and set(code) <= set(_ALPHABET) else None


def _shown(code: str) -> str:
    return "-".join(code[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))
