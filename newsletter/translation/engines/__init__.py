"""The translation engines: services, and models on this machine."""

from newsletter.translation.engines.choice import open_translators
from newsletter.translation.engines.engine import (
    Answer,
    Contract,
    Engine,
    Price,
    TermPair,
    Usage,
    parse_price,
)

__all__ = [
    "Answer",
    "Contract",
    "Engine",
    "Price",
    "TermPair",
    "Usage",
    "open_translators",
    "parse_price",
]
