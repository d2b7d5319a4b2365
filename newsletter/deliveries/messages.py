"""The messages that a reader may get."""

from collections.abc import Callable
from enum import StrEnum

MessageIdMaker = Callable[[int, str, str, int], str]
"""Returns the Message-ID of a subscriber's message for an occasion in a revision."""


class Message(StrEnum):
    """What a delivery promises."""

    CONFIRM = "confirm"
    """Asks the owner of an address to agree: the only one for readers who have not agreed yet."""
    DIGEST = "digest"
    TRENDING = "trending"
    """Papers that trend, in a mail of their own."""
    NOTICE = "notice"
    """Why there is no digest today."""
    WELCOME = "welcome"
    """Follows a confirmation: what comes when, and where to change it."""
    LINK = "link"
    """A fresh link to a reader's own page."""
    GOODBYE = "goodbye"
    """Says that nothing more comes: the only one for readers who have left."""
    ALARM = "alarm"
    """What the operators must know: for the addresses that the settings name, whatever they have agreed to as readers."""
    TEST = "test"
    """A digest that an operator sends to their own address, to see how it arrives; it belongs to no edition."""
