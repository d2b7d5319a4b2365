"""One mail sent to oneself: does it arrive, unchanged and with signatures that hold?"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from newsletter.embedded.inbox import read_by_message_id
from newsletter.errors import NameServerError
from newsletter.findings import Finding, Grade
from newsletter.inspection.look import look
from newsletter.inspection.sender import Sender
from newsletter.mail.arrival import PART, Journey, judge_arrival
from newsletter.mail.content import Ready
from newsletter.mail.intake.imap import find_in_mailbox, parse_imap_url
from newsletter.mail.message import Letter, ListHeaders, build_message, split_mailbox
from newsletter.mail.server import SmtpAccount, parse_smtp_urls
from newsletter.mail.smtp import Outcome, SmtpTransport
from newsletter.settings import Settings
from newsletter.subscribers.addresses import parse_address
from newsletter.translation.language import tag_of
from newsletter.words import WRITTEN, Words

PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 1.0
_RELAY_HINT = Words(
    "`newsletter check` without --mail looks at the connection to the relay.",
    "`newsletter check`（不带 --mail）可检查与中继的连接。",
)
_WHY = Words(
    "This mail was sent by {} to see whether mail from here arrives. It needs no answer.",
    "这封邮件由 {} 发出，用来检查邮件能否送达，无需回复。",
)
_TEXT = "\n\n".join(_WHY.get(code).format("`newsletter check --mail`") for code in WRITTEN) + "\n"
_LINES = "\n".join(
    f'<p lang="{tag_of(code)}">{_WHY.get(code).format("<code>newsletter check --mail</code>")}</p>' for code in WRITTEN
)
_HTML = f"""\
<!doctype html>
<html lang="en" dir="ltr"><head><meta charset="utf-8"><title>Chenbao</title></head><body>
{_LINES}
</body></html>
"""


def try_mail(sender: Sender, *, to: str = "", patience_seconds: float = PATIENCE_SECONDS) -> list[Finding]:
    """Send one mail through each account (`to` empty: to ourselves), wait for it, and judge what arrives.

    Raises AddressError when mail cannot be sent to `to`.
    """
    to = parse_address(to) if to else split_mailbox(sender.settings.mail_from)[1]
    accounts = parse_smtp_urls(sender.settings.smtp)
    findings: list[Finding] = []
    for account in accounts:
        found = look(PART, partial(_try, sender, account, to, patience_seconds), hint=_RELAY_HINT)
        findings += [replace(one, part=f"{PART} by {account.name}") for one in found] if len(accounts) > 1 else found
    return findings


def _try(sender: Sender, account: SmtpAccount, to: str, patience_seconds: float) -> Iterator[Finding]:
    """Send one mail through an account, wait for it, and judge what arrived."""
    message_id = f"<check.{secrets.token_hex(10)}@{sender.from_domain}>"
    sent = _write(sender, to, message_id)
    return_path = f"{split_mailbox(sender.settings.mail_from)[1].rpartition('@')[0]}@{sender.return_domain}"
    with SmtpTransport(account.server) as transport:
        reply = transport.send(return_path, to, Ready(sent), before_final_dot=lambda: None)
    if reply.outcome is not Outcome.ACCEPTED:
        yield Finding(
            part=PART,
            grade=Grade.PROBLEM,
            text=f"{reply.server} did not take a mail to {to}: {reply.code or ''} {reply.text}".rstrip(),
            hint="Mend what the relay names; `newsletter check` without --mail looks at the connection alone.",
        )
        return
    yield Finding(part=PART, grade=Grade.OK, text=f"{reply.server} took a mail to {to}")
    find = _finder(sender.settings, message_id)
    if find is None:
        yield Finding(
            part=PART,
            grade=Grade.WARNING,
            text=f"nobody looked at what arrived at {to}",
            hint="Open it there and show the original: Authentication-Results must say dkim=pass, spf=pass and dmarc=pass. "
            "With NEWSLETTER_CHECK_IMAP_URL this is done for you.",
        )
        return
    yield from _judge_found(sender, sent, _wait_for(find, patience_seconds))


def _judge_found(sender: Sender, sent: bytes, arrived: bytes | None) -> Iterator[Finding]:
    if arrived is None:
        yield Finding(
            part=PART,
            grade=Grade.PROBLEM,
            text="it did not arrive in time",
            hint="Look into the spam folder and the relay's log; a receiver may also hold back a first mail for some minutes.",
        )
        return
    journey = Journey(sent=sent, arrived=arrived, signer=sender.signer, texts=_published(sender))
    yield from judge_arrival(journey)


def _published(sender: Sender) -> Mapping[str, list[str]]:
    try:
        return {name: sender.resolver.find_texts(name) for name in sender.selectors}
    except NameServerError:
        return {}  # said already; our own key is as good to tell whether the mail was changed


def _finder(settings: Settings, message_id: str) -> Callable[[], bytes | None] | None:
    """Return what looks for the mail; None when nobody told us where it arrives."""
    if settings.uses_inbox:
        return lambda: read_by_message_id(settings.inbox_folder, message_id)
    if url := settings.check_imap_url or settings.bounce_imap_url:
        setting = "NEWSLETTER_CHECK_IMAP_URL" if settings.check_imap_url else "NEWSLETTER_BOUNCE_IMAP_URL"
        mailbox = parse_imap_url(url, setting=setting)
        return lambda: find_in_mailbox(mailbox, message_id)
    return None


def _wait_for(find: Callable[[], bytes | None], patience_seconds: float) -> bytes | None:
    deadline = time.monotonic() + patience_seconds
    while (found := find()) is None and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return found


def _write(sender: Sender, to: str, message_id: str) -> bytes:
    """Return a mail with every header that a digest has."""
    settings = sender.settings
    site, now = settings.public_url, settings.now()
    letter = Letter(
        to_name="",
        to_address=to,
        from_header=settings.mail_from,
        subject="Chenbao 晨报: does this mail arrive?",
        text=_TEXT,
        html=_HTML,
        message_id=message_id,
        date=now,
        language=", ".join(tag_of(code) for code in WRITTEN),
        list_headers=ListHeaders(
            unsubscribe_url=site,
            unsubscribe_mailto=None,
            list_id=f"Chenbao 晨报 <digest.{sender.from_domain}>",
            help_url=site,
            archive_url=site,
            feedback_id=f"{now:%Y%m%d}:check:chenbao:{sender.from_domain}",
        ),
    )
    message = build_message(letter)
    return sender.signer.sign(message, at=now) if sender.signer else message
