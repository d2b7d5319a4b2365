"""From claimed deliveries to the messages they promise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never

from sqlmodel import Session

from newsletter.deliveries.alarm_mails import load_alarm_notes
from newsletter.deliveries.building import OutgoingMessage
from newsletter.deliveries.messages import Message
from newsletter.deliveries.store import Claimed
from newsletter.digests.addresses import Addresses
from newsletter.digests.digest import Digest, DigestLinks
from newsletter.digests.load import list_frozen, load_digests
from newsletter.digests.notice import Notice
from newsletter.digests.render import Renderer
from newsletter.digests.service import AlarmNote, Welcome
from newsletter.digests.slots import FilledMessage, WrittenMessage
from newsletter.digests.speech import say_words
from newsletter.errors import NewsletterError, NotFoundError
from newsletter.mail.dkim.signer import Signer
from newsletter.mail.message import Letter, ListHeaders, WrittenLetter, split_mailbox, write_letter
from newsletter.mail.return_path import ReturnPaths
from newsletter.subscribers.store import list_subscribers
from newsletter.subscribers.subscriber import Languages, Subscriber
from newsletter.translation.language import list_codes, tag_of
from newsletter.words import Words

_TEST_NOTE = Words(
    "This is a test that an operator sent to themselves; its links lead to the operators' pages.",
    "这是管理员发给自己的测试邮件，其中的链接指向管理页面。",
)


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

    def unsubscribe_mailto(self, reader: Subscriber) -> str | None:
        """Return what a program that unsubscribes by mail writes to; None where such mail does not reach us."""
        return f"{self.return_paths.unsubscribe_of(reader.id)}?subject=unsubscribe" if self.return_paths else None


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
    alarms = load_alarm_notes(session, {item.occasion for item in claimed if item.message == Message.ALARM})
    writer = _Writer(
        letterhead=letterhead, renderer=renderer, addresses=addresses, digests=digests, alarms=alarms, now=now
    )
    built: dict[int, OutgoingMessage | Exception] = {}
    for item in claimed:
        try:
            content = writer.write(item, readers[item.subscriber_id])
        except (NewsletterError, LookupError, ValueError, TypeError) as error:
            built[item.id] = error
        else:
            sender = letterhead.sender_of(item.id)
            built[item.id] = OutgoingMessage(sender=sender, recipient=item.email, message=content)
    return built


def write_digest(
    letterhead: Letterhead, renderer: Renderer, reader: Subscriber, digest: Digest, *, message_id: str, date: datetime
) -> bytes:
    """Return the MIME message that carries a digest to its reader, for a peer of any kind."""
    envelope = _Envelope(letterhead=letterhead, reader=reader, message_id=message_id, date=date)
    return _seal_digest(envelope, renderer, digest).octets(is_eight_bit=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    """Writes the messages of one batch."""

    letterhead: Letterhead
    renderer: Renderer
    addresses: Addresses
    digests: Mapping[int, Digest]
    alarms: Mapping[str, Sequence[AlarmNote]]
    now: datetime

    def write(self, item: Claimed, reader: Subscriber) -> WrittenLetter:
        envelope = _Envelope(letterhead=self.letterhead, reader=reader, message_id=item.message_id, date=self.now)
        match Message(item.message):
            case Message.CONFIRM:
                return self._confirmation(envelope)
            case Message.NOTICE:
                return self._notice(envelope, item)
            case Message.DIGEST | Message.TRENDING:
                return _seal_digest(envelope, self.renderer, _digest_of(item, self.digests))
            case Message.WELCOME:
                return self._welcome(envelope)
            case Message.LINK:
                return self._link(envelope)
            case Message.GOODBYE:
                return self._goodbye(envelope)
            case Message.ALARM:
                return self._alarm(envelope, item)
            case Message.TEST:
                return self._test(envelope, _digest_of(item, self.digests))
            case unknown:
                assert_never(unknown)

    def _confirmation(self, envelope: "_Envelope") -> WrittenLetter:
        reader = envelope.reader
        filled = self.renderer.confirmation(
            confirm_url=self.addresses.confirm_url(reader.id, reader.token_version),
            site_url=self.letterhead.public_url,
            keywords=[item.keyword for item in reader.subscriptions],
            languages=self.renderer.usual,
        )
        return envelope.seal(filled, self.renderer.usual, None)

    def _welcome(self, envelope: "_Envelope") -> WrittenLetter:
        reader, preferences, site_url = envelope.reader, envelope.reader.preferences, self.letterhead.public_url
        links = self.addresses.of(reader.id, reader.token_version, self.now.date())
        welcome = Welcome(
            keywords=[item.keyword for item in reader.subscriptions],
            preferences=preferences,
            manage_url=links.manage_url,
            unsubscribe_url=links.unsubscribe_url,
            at=self.now,
        )
        headers = _list_headers(envelope, Message.WELCOME, self.now.date(), links, site_url)
        filled = self.renderer.service.welcome(welcome, site_url=site_url)
        return envelope.seal(filled, preferences.languages, headers)

    def _link(self, envelope: "_Envelope") -> WrittenLetter:
        reader, languages = envelope.reader, envelope.reader.preferences.languages
        url = self.addresses.manage_url(reader.id, reader.token_version)
        filled = self.renderer.service.link(languages, manage_url=url, site_url=self.letterhead.public_url)
        return envelope.seal(filled, languages, None)

    def _goodbye(self, envelope: "_Envelope") -> WrittenLetter:
        reader, languages = envelope.reader, envelope.reader.preferences.languages
        url = self.addresses.confirm_url(reader.id, reader.token_version)
        filled = self.renderer.service.goodbye(languages, return_url=url, site_url=self.letterhead.public_url)
        return envelope.seal(filled, languages, None)

    def _alarm(self, envelope: "_Envelope", item: Claimed) -> WrittenLetter:
        languages = envelope.reader.preferences.languages
        notes = self.alarms.get(item.occasion)
        if not notes:
            raise NotFoundError(f"The alarm of delivery {item.id} is not stored.")
        filled = self.renderer.service.alarms(languages, notes, site_url=self.letterhead.public_url)
        return envelope.seal(filled, languages, None)

    def _test(self, envelope: "_Envelope", digest: Digest) -> WrittenLetter:
        """Write a digest that leads back to the operators' pages: nobody reads it, and nobody can leave by it."""
        pages = f"{self.letterhead.public_url}/admin/mail"
        links = replace(digest.links, browser_url=pages, manage_url=pages, unsubscribe_url=pages)
        note = {code: say_words(code, _TEST_NOTE) for code in list_codes()}
        filled = self.renderer.message(replace(digest, links=links, notes=(note, *digest.notes)))
        return envelope.seal(replace(filled, subject=f"[Test] {filled.subject}"), digest.languages, None)

    def _notice(self, envelope: "_Envelope", item: Claimed) -> WrittenLetter:
        reader, listed_on = envelope.reader, item.edition_on
        if listed_on is None:
            raise NotFoundError(f"Delivery {item.id} does not say of which day it is.")
        links = self.addresses.of(reader.id, reader.token_version, listed_on)
        preferences = reader.preferences
        filled = self.renderer.notice(
            Notice(listed_on=listed_on, timezone=preferences.timezone, languages=preferences.languages, links=links)
        )
        headers = _list_headers(envelope, Message.NOTICE, listed_on, links, links.site_url)
        return envelope.seal(filled, preferences.languages, headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Envelope:
    """Who gets a message from whom, when, and under which Message-ID."""

    letterhead: Letterhead
    reader: Subscriber
    message_id: str
    date: datetime

    def seal(
        self, filled: FilledMessage | WrittenMessage, languages: Languages, list_headers: ListHeaders | None
    ) -> WrittenLetter:
        """Return the letter with these words, to be signed when it is known how it travels."""
        return write_letter(
            Letter(
                to_name=self.reader.name,
                to_address=self.reader.email,
                from_header=self.letterhead.from_header,
                subject=filled.subject,
                text=filled.text,
                html=filled.html,
                message_id=self.message_id,
                date=self.date,
                language=_content_language(languages),
                list_headers=list_headers,
            ),
            self.letterhead.signer,
        )


def _seal_digest(envelope: _Envelope, renderer: Renderer, digest: Digest) -> WrittenLetter:
    message = Message.TRENDING if digest.is_trending else Message.DIGEST
    headers = _list_headers(envelope, message, digest.edition_on, digest.links, digest.links.browser_url)
    return envelope.seal(renderer.write(digest), digest.languages, headers)


def _list_headers(
    envelope: _Envelope, message: Message, edition_on: date, links: DigestLinks, archive_url: str
) -> ListHeaders:
    letterhead = envelope.letterhead
    return ListHeaders(
        unsubscribe_url=links.unsubscribe_url,
        unsubscribe_mailto=letterhead.unsubscribe_mailto(envelope.reader),
        list_id=f"Chenbao 晨报 <digest.{letterhead.domain}>",
        help_url=links.manage_url,
        archive_url=archive_url,
        feedback_id=f"{edition_on:%Y%m%d}:{message}:chenbao:{letterhead.domain}",
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
    return ", ".join(tag_of(code) for code in languages.codes)
