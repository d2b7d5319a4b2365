"""What every message of an installation has in common, and the envelope that one reader's message goes into."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from newsletter.deliveries.messages import Message
from newsletter.digests.digest import DigestLinks
from newsletter.digests.slots import FilledMessage, WrittenMessage
from newsletter.mail.dkim.signer import Signer
from newsletter.mail.message import Letter, ListHeaders, WrittenLetter, split_mailbox, write_letter
from newsletter.mail.return_path import ReturnPaths
from newsletter.subscribers.subscriber import Languages
from newsletter.translation.language import tag_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What every message of one installation has in common: the From header, the address of its site, and where reports go.

    `return_paths` is None where no mail about bounces can reach us: then they go to the From address, which people read.
    `signer` is None where no DKIM key is configured.
    """

    from_header: str
    public_url: str
    return_paths: ReturnPaths | None = None
    signer: Signer | None = None

    @property
    def address(self) -> str:
        """The address in the From header."""
        return split_mailbox(self.from_header)[1]

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    def sender_of(self, delivery_id: int) -> str:
        """Return the address that reports about a delivery go to."""
        return self.return_paths.of(delivery_id) if self.return_paths else self.address

    def unsubscribe_mailto(self, subscriber_id: int) -> str | None:
        """Return what a program that unsubscribes by mail writes to; None where such mail does not reach us."""
        return f"{self.return_paths.unsubscribe_of(subscriber_id)}?subject=unsubscribe" if self.return_paths else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who gets a message."""

    id: int
    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who gets a message from whom, when, and under which Message-ID."""

    letterhead: Letterhead
    to: Recipient
    message_id: str
    date: datetime

    def seal(
        self, filled: FilledMessage | WrittenMessage, languages: Languages, list_headers: ListHeaders | None
    ) -> WrittenLetter:
        """Return the letter with these words, to be signed when it is known how it travels."""
        return write_letter(
            Letter(
                to_name=self.to.name,
                to_address=self.to.email,
                from_header=self.letterhead.from_header,
                subject=filled.subject,
                text=filled.text,
                html=filled.html,
                message_id=self.message_id,
                date=self.date,
                language=_content_language(languages),
                list_headers=list_headers,
                is_plain=isinstance(filled, WrittenMessage) and filled.is_plain,
            ),
            self.letterhead.signer,
        )


def list_headers_of(
    envelope: Envelope, message: Message, edition_on: date, links: DigestLinks, archive_url: str
) -> ListHeaders:
    """Return what makes a message a list's."""
    letterhead, domain = envelope.letterhead, envelope.letterhead.domain
    return ListHeaders(
        unsubscribe_url=links.unsubscribe_url,
        unsubscribe_mailto=letterhead.unsubscribe_mailto(envelope.to.id),
        list_id=f"Chenbao 晨报 <digest.{domain}>",
        help_url=links.manage_url,
        archive_url=archive_url,
        feedback_id=f"{edition_on.isoformat().replace('-', '')}:{message}:chenbao:{domain}",
    )


@cache
def _content_language(languages: Languages) -> str:
    return ", ".join(tag_of(code) for code in languages.codes)
