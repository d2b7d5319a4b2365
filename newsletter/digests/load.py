"""From frozen rows to digests as they are shown, in a fixed number of statements however many digests are asked for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy
from sqlmodel import Session

from newsletter.db.among import among
from newsletter.digests.addresses import Addresses
from newsletter.digests.digest import Digest
from newsletter.digests.notes import missing_notes, translation_notes
from newsletter.digests.origins import say_origins
from newsletter.digests.stock import Stock, Wanted
from newsletter.digests.store import is_trending_occasion
from newsletter.digests.tables import DigestRow
from newsletter.digests.thaw import ShownSections
from newsletter.languages import DEFAULT
from newsletter.papers.calendar import announced_at
from newsletter.subscribers.subscriber import Density, Languages


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenDigest:
    """What a digest needs beside its papers; from a row, or made on the spot for a preview.

    `missing_count` is how many of the day's papers had not reached us, None when that is unknown; `since_on` the first edition
    of a weekly one.
    """

    subscriber_id: int
    token_version: int
    edition_on: date
    generated_at: datetime
    timezone: str
    languages: Languages
    density: Density
    sections: Sequence[dict[str, Any]]
    is_sample: bool
    missing_count: int | None = 0
    since_on: date | None = None
    is_trending: bool = False


def load_digests(
    session: Session,
    frozen: Sequence[FrozenDigest],
    addresses: Addresses,
    *,
    language: str = DEFAULT,
    stock: Stock | None = None,
) -> list[Digest]:
    """Return the digests as they are shown, in the same order: a few statements for all of them together.

    Papers of a digest in two languages are translated into its other one; of a digest in English alone they bring the texts
    in `language`, for programs that read it. What is in `stock` is not read again.
    """
    stock = stock or Stock(addresses)
    wanted: dict[str, Wanted] = defaultdict(Wanted)
    for item in frozen:
        asked = wanted[item.languages.target or language]
        asked.readers.add(item.subscriber_id)
        asked.ids.update(entry["id"] for section in item.sections for entry in section["entries"])
    shelves = stock.shelves(session, wanted)
    return [_digest(item, shelves[item.languages.target or language][item.subscriber_id], addresses) for item in frozen]


def list_frozen(
    session: Session, digest_ids: Iterable[int], token_versions: Mapping[int, int]
) -> dict[int, FrozenDigest]:
    """Return stored digests by id; `token_versions` gives the current one of each subscriber."""
    columns = DigestRow.__table__.c  # type: ignore[attr-defined]  # of many rows, which a session need not watch
    rows = session.connection().execute(sqlalchemy.select(*columns).where(among(columns.id, list(digest_ids))))
    return {row.id: thaw(row, token_versions.get(row.subscriber_id, 0)) for row in rows}


def thaw(row: DigestRow | sqlalchemy.Row[Any], token_version: int) -> FrozenDigest:
    """Return a stored digest as a plain value."""
    return FrozenDigest(
        subscriber_id=row.subscriber_id,
        token_version=token_version,
        edition_on=row.edition_on,
        generated_at=row.composed_at,
        timezone=row.timezone,
        languages=Languages(row.languages),
        density=Density(row.density),
        sections=row.sections,
        is_sample=row.is_sample,
        missing_count=row.missing_count,
        since_on=row.since_on,
        is_trending=is_trending_occasion(row.occasion),
    )


def _digest(frozen: FrozenDigest, shown: ShownSections, addresses: Addresses) -> Digest:
    sections = tuple([shown.section(stored, frozen.edition_on, frozen.since_on) for stored in frozen.sections])
    return Digest(
        edition_on=frozen.edition_on,
        announced_at=announced_at(frozen.edition_on),
        generated_at=frozen.generated_at,
        timezone=frozen.timezone,
        languages=frozen.languages,
        density=frozen.density,
        sections=sections,
        links=addresses.of(
            frozen.subscriber_id, frozen.token_version, frozen.edition_on, is_trending=frozen.is_trending
        ),
        notes=(*missing_notes(frozen.missing_count), *translation_notes(frozen.languages, sections)),
        origin=say_origins(frozen.languages, sections),
        is_sample=frozen.is_sample,
        since_on=frozen.since_on,
        is_trending=frozen.is_trending,
    )
