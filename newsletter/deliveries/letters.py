"""From claimed deliveries to the messages they promise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from newsletter.deliveries.dispatch import OutgoingMessage
from newsletter.deliveries.messages import Message
from newsletter.deliveries.store import Claimed
from newsletter.digests.digest import Digest
from newsletter.digests.load import Addresses, list_frozen, load_digests
from newsletter.digests.render import Renderer
from newsletter.errors import NewsletterError, NotFoundError
from newsletter.mail.message import Letter, ListHeaders, build_message, split_mailbox
from newsletter.subscribers.store import list_subscribers
from newsletter.subscribers.subscriber import Languages, Subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What every message of one installation has in common: the From header and the address of its site."""

    from_header: str
    public_url: str

    @property
    def sender(self) -> str:
        """The address that bounces go to."""
        return split_mailbox(self.from_header)[1]


def build_messages(
    session: Session,
    claimed: Sequence[Claimed],
    letterhead: Letterhead,
    renderer: Renderer,
    addresses: Addresses,
    *,
    now: datetime,
) -> dict[int, OutgoingMessage | Exception]:
    """Return each delivery's message, or the error that keeps it from being built, in a fixed number of statements.

    One delivery that cannot be built never holds up the others.
    """
    readers = {
        int(reader.id): reader for reader in list_subscribers(session, ids={item.subscriber_id for item in claimed})
    }
    digests = _load(session, claimed, readers, addresses)
    built: dict[int, OutgoingMessage | Exception] = {}
    for item in claimed:
        try:
            reader = readers[item.subscriber_id]
            if item.message == Message.CONFIRM:
                content = _write_confirmation(
                    letterhead, renderer, reader, addresses, message_id=item.message_id, date=now
                )
            else:
                digest = _digest_of(item, digests)
                content = write_digest(letterhead, renderer, reader, digest, message_id=item.message_id, date=now)
        except (NewsletterError, LookupError, ValueError, TypeError) as error:
            built[item.id] = error
        else:
            built[item.id] = OutgoingMessage(sender=letterhead.sender, recipient=item.email, message=content)
    return built


def write_digest(
    letterhead: Letterhead, renderer: Renderer, reader: Subscriber, digest: Digest, *, message_id: str, date: datetime
) -> bytes:
    """Return the MIME message that carries a digest to its reader."""
    filled = renderer.message(digest)
    domain = letterhead.sender.rpartition("@")[2]
    message = Message.TRENDING if digest.is_trending else Message.DIGEST
    headers = ListHeaders(
        unsubscribe_url=digest.links.unsubscribe_url,
        unsubscribe_mailto=None,
        list_id=f"Chenbao 晨报 <digest.{domain}>",
        help_url=digest.links.manage_url,
        archive_url=digest.links.browser_url,
        feedback_id=f"{digest.edition_on:%Y%m%d}:{message}:chenbao:{domain}",
    )
    return build_message(
        Letter(
            to_name=reader.name,
            to_address=reader.email,
            from_header=letterhead.from_header,
            subject=filled.subject,
            text=filled.text,
            html=filled.html,
            message_id=message_id,
            date=date,
            language=_content_language(digest.languages),
            list_headers=headers,
        )
    )


def _write_confirmation(
    letterhead: Letterhead,
    renderer: Renderer,
    reader: Subscriber,
    addresses: Addresses,
    *,
    message_id: str,
    date: datetime,
) -> bytes:
    filled = renderer.confirmation(
        confirm_url=addresses.confirm_url(reader.id, reader.token_version),
        site_url=letterhead.public_url,
        keywords=[item.keyword for item in reader.subscriptions],
    )
    return build_message(
        Letter(
            to_name=reader.name,
            to_address=reader.email,
            from_header=letterhead.from_header,
            subject=filled.subject,
            text=filled.text,
            html=filled.html,
            message_id=message_id,
            date=date,
            language=_content_language(Languages.EN_ZH),
            list_headers=None,
        )
    )


def _load(
    session: Session, claimed: Sequence[Claimed], readers: Mapping[int, Subscriber], addresses: Addresses
) -> dict[int, Digest]:
    versions = {subscriber_id: reader.token_version for subscriber_id, reader in readers.items()}
    wanted = {item.digest_id for item in claimed if item.digest_id is not None}
    frozen = list_frozen(session, wanted, versions)
    return dict(zip(frozen, load_digests(session, list(frozen.values()), addresses), strict=True))


def _digest_of(item: Claimed, digests: Mapping[int, Digest]) -> Digest:
    found = digests.get(item.digest_id) if item.digest_id is not None else None
    if found is None:
        raise NotFoundError(f"The digest of delivery {item.id} is not stored.")
    return found


def _content_language(languages: Languages) -> str:
    return ", ".join("zh-Hans" if code == "zh" else code for code in languages.codes)
