"""A reader's frozen digests, day after day."""

from datetime import date

from sqlmodel import Session, col, or_, select

from newsletter.digests.tables import DigestRow


def list_rows(
    session: Session, subscriber_id: int, *, limit: int, before: tuple[date, int] | None = None
) -> list[DigestRow]:
    """Return a reader's digests, the newest day first; from those before (day, id) on where that is given.

    One that was composed anew for a resend is a digest of its own; trending papers in a mail of their own are, too.
    """
    edition_on, digest_id = col(DigestRow.edition_on), col(DigestRow.id)
    statement = select(DigestRow).where(DigestRow.subscriber_id == subscriber_id)
    if before is not None:
        day, last_id = before
        statement = statement.where(or_(edition_on < day, (edition_on == day) & (digest_id < last_id)))
    return list(session.exec(statement.order_by(edition_on.desc(), digest_id.desc()).limit(limit)))
