"""Move an installation from one database to another: SQLite to PostgreSQL, and back."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, Table, inspect
from sqlmodel import Session, SQLModel

from newsletter.clock import Clock
from newsletter.db import copy
from newsletter.db.copy import CopiedTable, Tell
from newsletter.db.engine import lift_time_limits, open_engine, parse_url, reading, transaction
from newsletter.db.migrate import current_revision, migrate
from newsletter.deliveries.pulse import find_last_tick
from newsletter.errors import ConflictError, InputError
from newsletter.search import store as search
from newsletter.search.refill import refill
from newsletter.search.schema import is_index
from newsletter.search.tables import SearchChangeRow

INDEX = "search index"
QUIET_FOR = timedelta(seconds=90)
"""Beat pokes every minute: after so long without a tick nothing runs any more."""


def copy_installation(
    source_url: str,
    target_url: str,
    *,
    now: Clock,
    while_running: bool = False,
    expect: Callable[[int], None] = lambda _total: None,
    tell: Tell = lambda _name, _more: None,
) -> list[CopiedTable]:
    """Copy everything from one database into another, empty one, in a single transaction there, and return the tables.

    The target's schema is made first. Killed at any instant, the target is as empty as it was. `expect` is told the number of
    steps that `tell` counts. Raises InputError and ConflictError for what cannot be copied, as it is or as it runs.
    """
    _require_other(source_url, target_url)
    with closing(_Opened(source_url)) as source, closing(_Opened(target_url)) as target:
        copy.require_present_schema(source.engine)
        if not while_running:
            _require_quiet(source.engine, now)
        _make_schema(target.engine)
        with reading(source.engine) as leaving, transaction(target.engine) as arriving:
            return _copy(leaving, arriving, expect, tell)


class _Opened:
    """An engine that is closed at the end."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)

    def close(self) -> None:
        self.engine.dispose()


def _copy(leaving: Session, arriving: Session, expect: Callable[[int], None], tell: Tell) -> list[CopiedTable]:
    source, target = leaving.connection(), arriving.connection()
    tables = _list_tables()
    lift_time_limits(source)
    copy.require_known(source, tables, is_index)
    copy.prepare(target, tables)
    expect(2 * copy.count_rows(source, tables) + search.count_read(leaving))  # each row is written and read again
    copied = []
    for table in tables:
        if table.name == SearchChangeRow.__tablename__:
            search.forget_changes(arriving)  # the triggers noted every paper that came; what waits is what waited
        copied.append(copy.copy_table(source, target, table, tell))
    refill(arriving, lambda more: tell(INDEX, more))
    copy.refresh_statistics(target)
    return copied


def _list_tables() -> list[Table]:
    """Return all tables, those that others refer to first, and last the one that triggers write to."""
    return sorted(SQLModel.metadata.sorted_tables, key=lambda table: table.name == SearchChangeRow.__tablename__)


def _require_other(source_url: str, target_url: str) -> None:
    source, target = parse_url(source_url), parse_url(target_url)
    if source == target:
        raise InputError("The source and the target are the same database.")
    if source.get_backend_name() == "sqlite" and not Path(source.database or "").is_file():
        raise InputError(f"There is no database {source.database} to copy from.")


def _require_quiet(source: Engine, now: Clock) -> None:
    with reading(source) as session:
        last = find_last_tick(session)
    if last is not None and now() - last < QUIET_FOR:
        seconds = (now() - last).total_seconds()
        raise ConflictError(
            f"The newsletter was running on the source {seconds:.0f} seconds ago. Stop all its processes and wait until "
            f"{QUIET_FOR.total_seconds():.0f} have passed, or add --while-running: what is stored meanwhile stays behind."
        )


def _make_schema(target: Engine) -> None:
    """Bring an empty target to the present schema; look first whether it is empty."""
    with reading(target) as session:
        found = set(inspect(session.connection()).get_table_names())
        copy.require_empty(session.connection(), [table for table in _list_tables() if table.name in found])
    if found and current_revision(target) is None:
        raise ConflictError(f"The target is not empty: it holds tables of something else, such as {min(found)}.")
    migrate(target)
