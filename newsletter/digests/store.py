"""Frozen digests in the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, func, select

from newsletter.db.bulk import insert_rows
from newsletter.digests.tables import DigestRow

_TRENDING = "trending-"
_TEST = "test-"


def trending_occasion(edition_on: date) -> str:
    """Return what sets the trending papers of a day, in a mail of their own, apart from other digests."""
    return f"{_TRENDING}{edition_on}"


def occasion_of_test(at: datetime) -> str:
    """Return what sets a test that an operator sends at that instant apart from every reader's digest."""
    return f"{_TEST}{at:%Y-%m-%dT%H:%M:%S.%f}"


def digest_occasion(edition_on: date, *, is_sample: bool) -> str:
    """Return what sets the digests of an edition apart: a sample edition and the real one of its day are two."""
    return f"{edition_on}-sample" if is_sample else str(edition_on)


def recomposed_occasion(occasion: str, revision: int) -> str:
    """Return what sets a digest that was composed anew for a resend apart from the one that was frozen first."""
    return f"{occasion}+{revision}"


def is_trending_occasion(occasion: str) -> bool:
    """Tell whether the digest of this occasion holds trending papers in a mail of their own."""
    return occasion.startswith(_TRENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDigest:
    """A digest to be frozen; `sections` is the JSON that a `Freezer` writes, the rest as in its table."""

    subscriber_id: int
    occasion: str
    edition_on: date
    is_sample: bool
    paper_count: int
    sections: str
    languages: str
    density: str
    timezone: str
    missing_count: int | None
    since_on: date | None
    composed_at: datetime


_NEW = tuple(field.name for field in fields(NewDigest))
_values_of = attrgetter(*_NEW)


def freeze(session: Session, rows: Sequence[NewDigest]) -> None:
    """Store new digests; one that is there already stays as it was frozen."""
    insert_rows(session, DigestRow, _NEW, [_values_of(row) for row in rows], same={})


def list_ids(session: Session, occasion: str, subscriber_ids: Iterable[int]) -> dict[int, int]:
    """Return the digest id of each of these subscribers on this occasion."""
    statement = select(DigestRow.subscriber_id, DigestRow.id).where(
        DigestRow.occasion == occasion, col(DigestRow.subscriber_id).in_(list(subscriber_ids))
    )
    return {subscriber: digest for subscriber, digest in session.exec(statement) if digest is not None}


def find_row(session: Session, subscriber_id: int, edition_on: date) -> DigestRow | None:
    """Return a reader's digest of a day (the real edition's before a sample's), as it was last composed, or None."""
    statement = select(DigestRow).where(
        DigestRow.subscriber_id == subscriber_id,
        DigestRow.edition_on == edition_on,
        DigestRow.occasion != trending_occasion(edition_on),
        is_no_test(),
    )
    newest = statement.order_by(col(DigestRow.is_sample), col(DigestRow.id).desc())
    return session.exec(newest.limit(1)).first()


def find_first_composed_at(session: Session, edition_on: date, *, is_sample: bool) -> datetime | None:
    """Return when the first digest of an edition was composed, or None when there is none."""
    statement = select(func.min(col(DigestRow.composed_at))).where(
        DigestRow.edition_on == edition_on,
        DigestRow.is_sample == is_sample,
        DigestRow.occasion != trending_occasion(edition_on),
        is_no_test(),
    )
    return session.exec(statement).one()


def is_no_test() -> ColumnElement[bool]:
    """Return the condition that a digest is a reader's own, and not an operator's test."""
    return ~col(DigestRow.occasion).startswith(_TEST)


def find_trending_row(session: Session, subscriber_id: int, edition_on: date) -> DigestRow | None:
    """Return the trending papers that a reader got in a mail of their own, or None."""
    statement = select(DigestRow).where(
        DigestRow.subscriber_id == subscriber_id, DigestRow.occasion == trending_occasion(edition_on)
    )
    return session.exec(statement).first()


def forget(session: Session, subscriber_id: int) -> None:
    """Empty a reader's digests: their papers and keywords tell who somebody is. How many papers there were stays."""
    theirs = update(DigestRow).where(col(DigestRow.subscriber_id) == subscriber_id)
    session.connection().execute(theirs.values(sections=[], timezone="UTC"))
