"""What was read of a paper, as the index takes it."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A paper's lexemes; what was read of it, packed (`content.pack`); and whether any of that is a translation.

    `read_at` is None in databases that are older than it.
    """

    lexemes: Set[str]
    content: bytes
    is_translated: bool
    read_at: datetime | None
