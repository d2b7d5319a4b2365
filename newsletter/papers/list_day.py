"""One category's list of one day as its calendar shows it: the judgement, what every source showed, and what was wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from newsletter.errors import Fault
from newsletter.papers.ledger import SETTLED, Source, Verdict

_ABOUT_THE_LIST = (Fault.OLD_LIST, Fault.REPEATED, Fault.INCOMPLETE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTrouble:
    """A fault that one source showed: when first and last, how often, and its last words."""

    source: str
    fault: Fault
    reason: str
    times: int
    first_at: datetime
    last_at: datetime

    @property
    def is_outside(self) -> bool:
        """Whether the source could not be read; the other faults are about what it showed."""
        return self.fault not in _ABOUT_THE_LIST


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDay:
    """What is known of one category's list of one day.

    `verdict` is None before anybody judged, `changed_at` is since when its judgement stands. `counts` are the new and
    cross-listed papers that each source showed (a source that did not show the list is missing), `total` how many of them
    arXiv counts. `asked_at` is the earliest question that we know of, `seen_at` when the first paper of the list reached us.
    `is_backfilled`: all of it was fetched for the archive.
    """

    category: str
    listed_on: date
    verdict: Verdict | None = None
    changed_at: datetime | None = None
    counts: Mapping[Source, int] = field(default_factory=dict)
    total: int | None = None
    asked_at: datetime | None = None
    seen_at: datetime | None = None
    is_backfilled: bool = False
    troubles: tuple[ListTrouble, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is expected of it."""
        return self.verdict is not None and self.verdict.judgement in SETTLED
