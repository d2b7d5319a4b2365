"""Where the next page of a list begins: opaque to clients, and ours alone to make."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from newsletter.errors import InputError

LONGEST = 500
Position = Sequence[str | int]


class CursorError(InputError):
    """The cursor was not made by us, or for another list."""


class Cursors:
    """Signs positions in lists and reads them back.

    A cursor belongs to one list with one set of filters: with others its position would mean something else.
    """

    def __init__(self, secret_key: str) -> None:
        self._serializer = URLSafeSerializer(secret_key, salt="chenbao.api.cursor")

    def write(self, listing: str, filters: Mapping[str, Any], position: Position) -> str:
        """Return the cursor of a position."""
        return str(self._serializer.dumps([_mark(listing, filters), list(position)]))

    def read(self, listing: str, filters: Mapping[str, Any], cursor: str) -> Position:
        """Return the position; raises CursorError."""
        try:
            mark, position = self._serializer.loads(cursor[:LONGEST])
        except (BadData, UnicodeError) as error:
            raise CursorError("This cursor was not made here; follow the `next` links as they are.") from error
        if mark != _mark(listing, filters):
            raise CursorError("This cursor belongs to another list; keep its filters, or begin without a cursor.")
        found: Position = position
        return found


def _mark(listing: str, filters: Mapping[str, Any]) -> str:
    said = json.dumps([listing, sorted((name, str(value)) for name, value in filters.items())])
    return hashlib.sha256(said.encode()).hexdigest()[:12]
