"""Editions in the database, and the tries to collect them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Integer, String, and_, column, update, values
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.tables import DeliveryRow
from newsletter.digests.tables import DigestRow
from newsletter.editions.agenda import CollectionTry
from newsletter.editions.tables import CollectionRow, EditionRow
from newsletter.errors import NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One day of the newsletter, by listing date.

    `composed_at` is the instant as of which its papers were taken; None until every reader has their row.
    """

    edition_on: date
    is_sample: bool
    announced_at: datetime
    opened_at: datetime
    composed_at: datetime | None
    paper_count: int


def open_edition(
    session: Session,
    edition_on: date,
    *,
    announced_at: datetime,
    opened_at: datetime,
    paper_count: int,
    is_sample: bool,
) -> Edition:
    """Make the edition of a day, or bring its count up to date; a real edition takes the place of a sample one."""
    row = session.get(EditionRow, edition_on)
    if row is None:
        row = EditionRow(edition_on=edition_on, announced_at=announced_at, opened_at=opened_at, is_sample=is_sample)
    elif row.is_sample and not is_sample:
        row.is_sample, row.composed_at, row.opened_at = False, None, opened_at
    row.paper_count = paper_count
    session.add(row)
    session.flush()
    return _edition(row)


def get_edition(session: Session, edition_on: date) -> Edition:
    """Return an edition; raises NotFoundError, naming the newest one we have."""
    row = session.get(EditionRow, edition_on)
    if row is None:
        newest = find_newest(session)
        known = f"the newest is {newest.edition_on}" if newest else "there is none yet; run `newsletter collect`"
        raise NotFoundError(f"There is no edition of {edition_on}; {known}.")
    return _edition(row)


def find_newest(session: Session) -> Edition | None:
    """Return the newest edition, or None."""
    return next(iter(list_editions(session, limit=1)), None)


def find_newest_real(session: Session) -> date | None:
    """Return the date of the newest edition that is no sample, or None."""
    statement = select(col(EditionRow.edition_on)).where(col(EditionRow.is_sample).is_(False))
    return session.exec(statement.order_by(col(EditionRow.edition_on).desc()).limit(1)).first()


def find_composed_before(session: Session, edition_on: date) -> Edition | None:
    """Return the newest edition before a day that was composed and is no sample, or None."""
    statement = select(EditionRow).where(
        EditionRow.edition_on < edition_on,
        col(EditionRow.is_sample).is_(False),
        col(EditionRow.composed_at).is_not(None),
    )
    row = session.exec(statement.order_by(col(EditionRow.edition_on).desc()).limit(1)).first()
    return None if row is None else _edition(row)


def list_real_days(session: Session, *, since: date) -> list[date]:
    """Return the days from `since` on that have an edition which is no sample, oldest first."""
    statement = select(col(EditionRow.edition_on)).where(
        EditionRow.edition_on >= since, col(EditionRow.is_sample).is_(False)
    )
    return sorted(session.exec(statement))


def find_days_beside(session: Session, day: date) -> tuple[date | None, date | None]:
    """Return the days of the editions before and after a day, None where there is none."""
    edition_on = col(EditionRow.edition_on)
    before = select(func.max(edition_on)).where(edition_on < day).scalar_subquery()
    behind = select(func.min(edition_on)).where(edition_on > day).scalar_subquery()
    return session.exec(select(before, behind)).one()


def list_editions(session: Session, *, limit: int = 30, before: date | None = None) -> list[Edition]:
    """Return the newest editions, or the newest before a day, newest first."""
    statement = select(EditionRow).order_by(col(EditionRow.edition_on).desc()).limit(limit)
    if before is not None:
        statement = statement.where(EditionRow.edition_on < before)
    return [_edition(row) for row in session.exec(statement)]


def mark_composed(session: Session, edition_on: date, *, at: datetime) -> None:
    """Record that every reader of the day has their row; the first time stays."""
    unmarked = update(EditionRow).where(col(EditionRow.edition_on) == edition_on, col(EditionRow.composed_at).is_(None))
    session.connection().execute(unmarked.values(composed_at=at))


def list_mailed_sections(
    session: Session, wanted: Sequence[tuple[int, str]]
) -> list[tuple[int, Sequence[Mapping[str, Any]]]]:
    """Return (subscriber, sections) of every digest that a delivery of (subscriber, occasion) brought, or may have.

    A day that was composed anew has two.
    """
    columns = column("subscriber_id", Integer), column("occasion", String)
    # joined, since SQLite reads the whole table for pairs after IN
    pairs = values(*columns, name="wanted").data(list(wanted)).cte()
    is_wanted = and_(
        col(DeliveryRow.subscriber_id) == pairs.c.subscriber_id,
        col(DeliveryRow.message).in_((Message.DIGEST.value, Message.TRENDING.value)),
        col(DeliveryRow.occasion) == pairs.c.occasion,
        col(DeliveryRow.state).not_in((DeliveryState.SKIPPED.value, DeliveryState.FAILED.value)),
    )
    statement = (
        select(col(DigestRow.subscriber_id), col(DigestRow.sections))
        .join(DeliveryRow, col(DeliveryRow.digest_id) == col(DigestRow.id))
        .join(pairs, is_wanted)
    )
    return list(session.exec(statement))


def find_last_try(session: Session, listed_on: date) -> CollectionTry | None:
    """Return the last try to collect a listing date, or None."""
    statement = (
        select(CollectionRow).where(CollectionRow.listed_on == listed_on).order_by(col(CollectionRow.number).desc())
    )
    row = session.exec(statement.limit(1)).first()
    if row is None:
        return None
    return CollectionTry(number=row.number, started_at=row.started_at, ended_at=row.ended_at)


def claim_collection(session: Session, listed_on: date, *, at: datetime) -> int | None:
    """Take the next try for a listing date; returns its number, or None when another process took it first."""
    last = find_last_try(session, listed_on)
    number = last.number + 1 if last else 1
    session.add(CollectionRow(listed_on=listed_on, number=number, started_at=at))
    try:
        session.flush()
    except IntegrityError:  # the unique key is the claim: somebody else holds this number
        session.rollback()
        return None
    return number


def end_collection(session: Session, listed_on: date, number: int, *, at: datetime, problem: str | None) -> None:
    """Record how a try ended."""
    statement = select(CollectionRow).where(CollectionRow.listed_on == listed_on, CollectionRow.number == number)
    row = session.exec(statement).one()
    row.ended_at, row.problem = at, problem
    session.add(row)
    session.flush()


def _edition(row: EditionRow) -> Edition:
    return Edition(
        edition_on=row.edition_on,
        is_sample=row.is_sample,
        announced_at=row.announced_at,
        opened_at=row.opened_at,
        composed_at=row.composed_at,
        paper_count=row.paper_count,
    )
