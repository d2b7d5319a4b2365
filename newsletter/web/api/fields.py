"""What parameters may hold: checked before they reach a query, a date or the database."""

import re
from datetime import date
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

FIRST_DAY = date(1991, 8, 14)
"""arXiv's first."""
LAST_DAY = date(2999, 12, 31)
DEFAULT_LIMIT = 50
MOST = 100
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def read_day(value: Any) -> date:
    """Read a day as 2026-03-20; raises ValueError for any other spelling, and for days that arXiv cannot have."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("write a day as 2026-03-20")
    try:
        found = date.fromisoformat(value)
    except ValueError as error:
        raise ValueError("there is no such day in the calendar") from error
    if not FIRST_DAY <= found <= LAST_DAY:
        raise ValueError(f"days are from {FIRST_DAY} to {LAST_DAY}")
    return found


def check_text(value: str) -> str:
    """Return a text as it is; raises ValueError for control characters and halves of surrogate pairs."""
    if _NOT_TEXT.search(value):
        raise ValueError("control characters, and halves of surrogate pairs, are no text")
    return value


Day = Annotated[
    date, BeforeValidator(read_day), WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-03-20"]})
]
Text = Annotated[str, AfterValidator(check_text)]
DayInPath = Annotated[Day, Path(description="The edition, by listing date.", examples=["2026-03-20"])]
DayInQuery = Annotated[Day | None, Query(description="An edition, by listing date.", examples=["2026-03-20"])]
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many to return at most.")]
Cursor = Annotated[
    Text | None, Query(max_length=500, description="Where to begin: from the `next` link of the page before, as it is.")
]
Search = Annotated[
    Text | None,
    Query(
        max_length=1000,
        description="A query in the language of keywords: phrases, AND OR NOT, prefixes such as ti: and cat:.",
        examples=["reinforcement learning AND cat:cs.RO"],
    ),
]
