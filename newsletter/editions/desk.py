"""The desk where an edition is made: what the conductor's functions need from outside."""

from dataclasses import dataclass

from sqlalchemy import Engine as Database

from newsletter.clock import Clock
from newsletter.digests.addresses import Addresses
from newsletter.translation.engines import Engine as Translator


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The database, the clock, the categories this installation reads, the translation engines in their order (none, if it
    translates nothing), and its own addresses.
    """

    database: Database
    now: Clock
    categories: tuple[str, ...]
    language: str
    """The code of the language that papers are translated into."""
    translators: tuple[Translator, ...]
    addresses: Addresses
