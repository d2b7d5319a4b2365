"""Work on mails before they go: see any reader's of any day in any form, and try one on oneself."""

from dataclasses import dataclass, replace
from datetime import date

from newsletter.db.engine import reading
from newsletter.digests import store as digests
from newsletter.digests.load import FrozenDigest, thaw
from newsletter.digests.slots import FilledMessage
from newsletter.editions.compose import preview_digest
from newsletter.editions.try_out import queue_test
from newsletter.operators.audit import Note
from newsletter.runtime.digests import DigestWork
from newsletter.runtime.readers import ReaderWork
from newsletter.subscribers.subscriber import Density, Languages, Subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class MailForm:
    """In which form a mail is looked at: None as the reader gets it."""

    languages: Languages | None = None
    density: Density | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedMail:
    """A reader's mail of a day; `is_frozen` when it is the very digest that was composed for them."""

    message: FilledMessage
    frozen: FrozenDigest
    is_frozen: bool
    paper_count: int


class MailroomWork(DigestWork, ReaderWork):
    """What operators can do with a mail that nobody has got yet."""

    def preview_mail(self, reader: Subscriber, edition_on: date, form: MailForm) -> PreviewedMail:
        """Return a reader's mail of a day: as it was composed, else as it would be now. Raises NotFoundError.

        Nothing is stored, and nobody is asked for a translation: what is not translated yet is shown in English.
        """
        frozen, is_frozen = self._freeze(reader, edition_on)
        frozen = replace(frozen, languages=form.languages or frozen.languages, density=form.density or frozen.density)
        digest = self.show(frozen)
        # nobody leaves, or changes somebody's choices, from a preview
        here = digest.links.site_url
        digest = replace(digest, links=replace(digest.links, browser_url=here, manage_url=here, unsubscribe_url=here))
        return PreviewedMail(
            message=self.renderer.message(digest),
            frozen=frozen,
            is_frozen=is_frozen,
            paper_count=digest.count + digest.trending_count,
        )

    def send_test(self, mail: PreviewedMail, address: str, *, note: Note) -> None:
        """Queue a copy of a previewed mail for an operator's own address. Raises AddressError."""
        delivery = queue_test(self.desk, mail.frozen, address, message_id=self.message_id, note=note)
        self.wake_delivery(delivery)

    def _freeze(self, reader: Subscriber, edition_on: date) -> tuple[FrozenDigest, bool]:
        with reading(self.database) as session:
            row = digests.find_row(session, reader.id, edition_on)
            if row is not None:
                return thaw(row, reader.token_version), True
        desk = replace(self.desk, translators=())
        missing_count = self.count_missing(edition_on)
        return preview_digest(desk, reader, edition_on, missing_count=missing_count), False
