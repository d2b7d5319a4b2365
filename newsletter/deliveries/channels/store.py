"""Every SQL statement about channels, their slots, and the accounts' usage."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, case, delete, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, func, select

from newsletter.db.upsert import insert_missing
from newsletter.deliveries.caps import BUCKET, DAY, HOUR, Usage, bucket_of
from newsletter.deliveries.channels.tables import AccountUsageRow, ChannelRow, ChannelSlotRow
from newsletter.deliveries.pacing import Hold, Pace

WHOLE = "*"
"""The destination under which an account as a whole is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChannel:
    """A channel as stored: its pace, and when the next turn may begin that no worker has taken."""

    pace: Pace
    free_at: datetime | None = None
    changed_at: datetime | None = None


def list_channels(
    session: Session, account: str, destinations: Collection[str] | None = None, *, for_update: bool = False
) -> dict[str, StoredChannel]:
    """Return an account's stored channels, or those of some destinations, by destination.

    Rows are locked in the order of their key, so that two workers never wait for each other.
    """
    statement = select(ChannelRow).where(ChannelRow.account == account).order_by(col(ChannelRow.destination))
    if destinations is not None:
        statement = statement.where(col(ChannelRow.destination).in_(destinations))
    if for_update:
        statement = statement.with_for_update()
    columns = statement.with_only_columns(*ChannelRow.__table__.columns)  # type: ignore[attr-defined]
    return {row.destination: _to_channel(row) for row in session.connection().execute(columns)}


def add_channels(session: Session, account: str, starts: Mapping[str, Pace], *, at: datetime) -> None:
    """Store channels that are not stored yet."""
    rows = [
        {"account": account, "destination": destination, "free_at": None, "changed_at": at, **_pace_values(pace)}
        for destination, pace in sorted(starts.items())
    ]
    if rows:
        insert_missing(session, ChannelRow, rows)


def save_channels(session: Session, account: str, changed: Mapping[str, StoredChannel], *, at: datetime) -> None:
    """Write the pace and the free turn of stored channels."""
    if not changed:
        return
    rows = [
        {"its_destination": destination, "free_at": channel.free_at, "changed_at": at, **_pace_values(channel.pace)}
        for destination, channel in sorted(changed.items())
    ]
    names = [name for name in rows[0] if name != "its_destination"]
    table = ChannelRow.__table__  # type: ignore[attr-defined]
    statement = (
        update(table)
        .where(table.c.account == account, table.c.destination == bindparam("its_destination"))
        .values({name: bindparam(name) for name in names})
    )
    session.connection().execute(statement, rows)


def list_slots(
    session: Session, account: str, destinations: Collection[str], *, at: datetime
) -> dict[str, dict[str, int]]:
    """Return who holds slots of channels that are not over, and how many: by destination and owner."""
    statement = select(ChannelSlotRow.destination, ChannelSlotRow.owner, ChannelSlotRow.count).where(
        ChannelSlotRow.account == account,
        col(ChannelSlotRow.destination).in_(destinations),
        col(ChannelSlotRow.until) > at,
    )
    found: dict[str, dict[str, int]] = {}
    for destination, owner, count in session.exec(statement):
        found.setdefault(destination, {})[owner] = count
    return found


def set_slots(session: Session, account: str, owner: str, counts: Mapping[str, int], *, until: datetime) -> None:
    """Let a worker hold so many slots in exactly these channels of an account."""
    drop_slots(session, account, [owner])
    rows = [
        {"account": account, "destination": destination, "owner": owner, "until": until, "count": count}
        for destination, count in sorted(counts.items())
    ]
    if rows:
        session.connection().execute(insert(ChannelSlotRow.__table__), rows)  # type: ignore[attr-defined]


def drop_slots(session: Session, account: str, owners: Collection[str]) -> None:
    """Take the slots in an account's channels from workers that are done, or dead."""
    mine = and_(col(ChannelSlotRow.account) == account, col(ChannelSlotRow.owner).in_(owners))
    session.connection().execute(delete(ChannelSlotRow).where(mine))


def add_usage(session: Session, account: str, began_at: datetime, count: int) -> None:
    """Count messages (fewer, if negative) in one bucket of an account's usage."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(AccountUsageRow).values(account=account, began_at=began_at, count=count)
    added = {"count": col(AccountUsageRow.count) + count}
    session.connection().execute(statement.on_conflict_do_update(index_elements=["account", "began_at"], set_=added))


def measure_usage(session: Session, account: str, *, at: datetime) -> Usage:
    """Return what an account carried in the last hour and day; of the oldest five minutes all is counted."""
    began_at, number = col(AccountUsageRow.began_at), col(AccountUsageRow.count)
    in_hour = case((began_at >= bucket_of(at - HOUR), number), else_=0)
    statement = select(func.coalesce(func.sum(in_hour), 0), func.coalesce(func.sum(number), 0)).where(
        AccountUsageRow.account == account, began_at >= bucket_of(at - DAY)
    )
    hour, day = session.exec(statement).one()
    return Usage(hour=int(hour), day=int(day))


def find_usage_end(session: Session, account: str, window: timedelta, room: int, *, at: datetime) -> datetime:
    """Return when so much of a window's usage is past that fewer than `room` messages are counted in it."""
    began_at = col(AccountUsageRow.began_at)
    statement = (
        select(AccountUsageRow.began_at, AccountUsageRow.count)
        .where(AccountUsageRow.account == account, began_at >= bucket_of(at - window))
        .order_by(began_at)
    )
    rows = session.exec(statement).all()
    counted = sum(count for _, count in rows)
    for bucket, count in rows:
        counted -= count
        if counted < room:
            return bucket + BUCKET + window
    return at + window


def forget_old(session: Session, account: str, *, at: datetime) -> None:
    """Forget slots that are over, and usage that no cap looks at any more."""
    is_over = and_(col(ChannelSlotRow.account) == account, col(ChannelSlotRow.until) <= at)
    is_past = and_(col(AccountUsageRow.account) == account, col(AccountUsageRow.began_at) < at - 2 * DAY)
    session.connection().execute(delete(ChannelSlotRow).where(is_over))
    session.connection().execute(delete(AccountUsageRow).where(is_past))


def _pace_values(pace: Pace) -> dict[str, Any]:
    return {
        "connection_limit": pace.connection_limit,
        "rate_per_second": pace.rate_per_second,
        "hold": None if pace.hold is None else pace.hold.value,
        "held_until": pace.held_until,
        "hold_count": pace.hold_count,
        "reason": pace.reason,
        "streak": pace.streak,
        "was_slowed": pace.was_slowed,
    }


def _to_channel(row: Any) -> StoredChannel:
    pace = Pace(
        connection_limit=row.connection_limit,
        rate_per_second=row.rate_per_second,
        hold=None if row.hold is None else Hold(row.hold),
        held_until=row.held_until,
        hold_count=row.hold_count,
        reason=row.reason,
        streak=row.streak,
        was_slowed=row.was_slowed,
    )
    return StoredChannel(pace=pace, free_at=row.free_at, changed_at=row.changed_at)
