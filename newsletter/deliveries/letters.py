"""From claimed deliveries to the messages they promise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from sqlmodel import Session

from newsletter.deliveries.alarm_mails import load_alarm_notes
from newsletter.deliveries.building import OutgoingMessage
from newsletter.deliveries.letterhead import Envelope, Letterhead, Recipient, list_headers_of
from newsletter.deliveries.messages import Message
from newsletter.deliveries.store import Claimed
from newsletter.digests.addresses import Addresses
from newsletter.digests.digest import Digest
from newsletter.digests.load import list_frozen, load_digests
from newsletter.digests.notice import Notice
from newsletter.digests.render import Renderer
from newsletter.digests.service import AlarmNote, Welcome
from newsletter.digests.speech import say_words
from newsletter.digests.stock import Stock
from newsletter.errors import NewsletterError, NotFoundError
from newsletter.mail.content import Content
from newsletter.mail.message import WrittenLetter
from newsletter.subscribers.store import list_subscribers, list_token_versions
from newsletter.subscribers.subscriber import Subscriber
from newsletter.translation.language import list_codes
from newsletter.words import Words

_TEST_NOTE = Words(
    "This is a test that an operator sent to themselves; its links lead to the operators' pages.",
    "这是管理员发给自己的测试邮件，其中的链接指向管理页面。",
)

_OF_DIGESTS = (Message.DIGEST, Message.TRENDING, Message.TEST)


def build_messages(
    session: Session,
    claimed: Sequence[Claimed],
    letterhead: Letterhead,
    renderer: Renderer,
    addresses: Addresses,
    *,
    now: datetime,
    stock: Stock | None = None,
) -> dict[int, OutgoingMessage | Exception]:
    """Return each delivery's message, or the error that keeps it from being built, in a fixed number of statements.

    One delivery that cannot be built never holds up the others. `stock` keeps what the next batch needs, too.
    """
    asking = {item.subscriber_id for item in claimed if Message(item.message) not in _OF_DIGESTS}
    readers = {int(reader.id): reader for reader in list_subscribers(session, ids=asking)} if asking else {}
    digests = _load(session, claimed, addresses, stock or Stock(addresses), now)
    occasions = {item.occasion for item in claimed if item.message == Message.ALARM}
    alarms = load_alarm_notes(session, occasions) if occasions else {}
    writer = _Writer(
        letterhead=letterhead,
        renderer=renderer,
        addresses=addresses,
        digests=digests,
        alarms=alarms,
        readers=readers,
        now=now,
    )
    built: dict[int, OutgoingMessage | Exception] = {}
    for item in claimed:
        try:
            content = writer.write(item)
        except (NewsletterError, LookupError, ValueError, TypeError) as error:
            built[item.id] = error
        else:
            sender = letterhead.sender_of(item.id)
            built[item.id] = OutgoingMessage(sender=sender, recipient=item.email, message=content)
    return built


def seal_digest(
    letterhead: Letterhead, renderer: Renderer, reader: Subscriber, digest: Digest, *, message_id: str, date: datetime
) -> Content:
    """Return the message that carries a digest to its reader, signed."""
    to = Recipient(id=reader.id, name=reader.name, email=reader.email)
    envelope = Envelope(letterhead=letterhead, to=to, message_id=message_id, date=date)
    return _seal_digest(envelope, renderer, digest)


def write_digest(
    letterhead: Letterhead, renderer: Renderer, reader: Subscriber, digest: Digest, *, message_id: str, date: datetime
) -> bytes:
    """Return the MIME message that carries a digest to its reader, for a peer of any kind."""
    content = seal_digest(letterhead, renderer, reader, digest, message_id=message_id, date=date)
    return content.octets(is_eight_bit=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    """Writes the messages of one batch."""

    letterhead: Letterhead
    renderer: Renderer
    addresses: Addresses
    digests: Mapping[int, Digest]
    alarms: Mapping[str, Sequence[AlarmNote]]
    readers: Mapping[int, Subscriber]
    now: datetime

    def write(self, item: Claimed) -> WrittenLetter:
        to = Recipient(id=item.subscriber_id, name=item.name, email=item.email)
        envelope = Envelope(letterhead=self.letterhead, to=to, message_id=item.message_id, date=self.now)
        match Message(item.message):
            case Message.DIGEST | Message.TRENDING:
                return _seal_digest(envelope, self.renderer, _digest_of(item, self.digests))
            case Message.TEST:
                return self._test(envelope, _digest_of(item, self.digests))
            case Message.CONFIRM:
                return self._confirmation(envelope, self._reader(item))
            case Message.NOTICE:
                return self._notice(envelope, item)
            case Message.WELCOME:
                return self._welcome(envelope, self._reader(item))
            case Message.LINK:
                return self._link(envelope, self._reader(item))
            case Message.GOODBYE:
                return self._goodbye(envelope, self._reader(item))
            case Message.ALARM:
                return self._alarm(envelope, item)
            case unknown:
                assert_never(unknown)

    def _reader(self, item: Claimed) -> Subscriber:
        return self.readers[item.subscriber_id]

    def _confirmation(self, envelope: Envelope, reader: Subscriber) -> WrittenLetter:
        filled = self.renderer.confirmation(
            confirm_url=self.addresses.confirm_url(reader.id, reader.token_version),
            site_url=self.letterhead.public_url,
            keywords=[item.keyword for item in reader.subscriptions],
            languages=self.renderer.usual,
        )
        return envelope.seal(filled, self.renderer.usual, None)

    def _welcome(self, envelope: Envelope, reader: Subscriber) -> WrittenLetter:
        preferences, site_url = reader.preferences, self.letterhead.public_url
        links = self.addresses.of(reader.id, reader.token_version, self.now.date())
        welcome = Welcome(
            keywords=[item.keyword for item in reader.subscriptions],
            preferences=preferences,
            manage_url=links.manage_url,
            unsubscribe_url=links.unsubscribe_url,
            at=self.now,
        )
        headers = list_headers_of(envelope, Message.WELCOME, self.now.date(), links, site_url)
        filled = self.renderer.service.welcome(welcome, site_url=site_url)
        return envelope.seal(filled, preferences.languages, headers)

    def _link(self, envelope: Envelope, reader: Subscriber) -> WrittenLetter:
        languages = reader.preferences.languages
        url = self.addresses.manage_url(reader.id, reader.token_version)
        filled = self.renderer.service.link(languages, manage_url=url, site_url=self.letterhead.public_url)
        return envelope.seal(filled, languages, None)

    def _goodbye(self, envelope: Envelope, reader: Subscriber) -> WrittenLetter:
        languages = reader.preferences.languages
        url = self.addresses.confirm_url(reader.id, reader.token_version)
        filled = self.renderer.service.goodbye(languages, return_url=url, site_url=self.letterhead.public_url)
        return envelope.seal(filled, languages, None)

    def _alarm(self, envelope: Envelope, item: Claimed) -> WrittenLetter:
        languages = self._reader(item).preferences.languages
        notes = self.alarms.get(item.occasion)
        if not notes:
            raise NotFoundError(f"The alarm of delivery {item.id} is not stored.")
        filled = self.renderer.service.alarms(languages, notes, site_url=self.letterhead.public_url)
        return envelope.seal(filled, languages, None)

    def _test(self, envelope: Envelope, digest: Digest) -> WrittenLetter:
        """Write a digest that leads back to the operators' pages: nobody reads it, and nobody can leave by it."""
        pages = f"{self.letterhead.public_url}/admin/mail"
        links = replace(digest.links, browser_url=pages, manage_url=pages, unsubscribe_url=pages)
        note = {code: say_words(code, _TEST_NOTE) for code in list_codes()}
        filled = self.renderer.message(replace(digest, links=links, notes=(note, *digest.notes)))
        return envelope.seal(replace(filled, subject=f"[Test] {filled.subject}"), digest.languages, None)

    def _notice(self, envelope: Envelope, item: Claimed) -> WrittenLetter:
        reader, listed_on = self._reader(item), item.edition_on
        if listed_on is None:
            raise NotFoundError(f"Delivery {item.id} does not say of which day it is.")
        links = self.addresses.of(reader.id, reader.token_version, listed_on)
        preferences = reader.preferences
        filled = self.renderer.notice(
            Notice(listed_on=listed_on, timezone=preferences.timezone, languages=preferences.languages, links=links)
        )
        headers = list_headers_of(envelope, Message.NOTICE, listed_on, links, links.site_url)
        return envelope.seal(filled, preferences.languages, headers)


def _seal_digest(envelope: Envelope, renderer: Renderer, digest: Digest) -> WrittenLetter:
    message = Message.TRENDING if digest.is_trending else Message.DIGEST
    headers = list_headers_of(envelope, message, digest.edition_on, digest.links, digest.links.browser_url)
    return envelope.seal(renderer.write(digest), digest.languages, headers)


def _load(
    session: Session, claimed: Sequence[Claimed], addresses: Addresses, stock: Stock, now: datetime
) -> dict[int, Digest]:
    wanted = {item.digest_id: item.subscriber_id for item in claimed if item.digest_id is not None}
    if not wanted:
        return {}
    versions = list_token_versions(session, wanted.values())
    frozen = list_frozen(session, wanted, versions)
    stock.refresh(now)
    return dict(zip(frozen, load_digests(session, list(frozen.values()), addresses, stock=stock), strict=True))


def _digest_of(item: Claimed, digests: Mapping[int, Digest]) -> Digest:
    found = digests.get(item.digest_id) if item.digest_id is not None else None
    if found is None:
        raise NotFoundError(f"The digest of delivery {item.id} is not stored.")
    return found
