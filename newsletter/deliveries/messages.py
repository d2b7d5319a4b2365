"""The messages that a reader may get."""

from enum import StrEnum


class Message(StrEnum):
    """What a delivery promises."""

    CONFIRM = "confirm"
    """Asks the owner of an address to agree: the only one for readers who have not agreed yet."""
    DIGEST = "digest"
    TRENDING = "trending"
    """Papers that trend, in a mail of their own."""
    NOTICE = "notice"
    """Why there is no digest today."""
