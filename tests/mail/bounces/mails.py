"""Small mails of our own making, in the manner of many servers."""

from collections.abc import Mapping

DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.example>"
RETURN_PATH = "bounces@sender.example"


def make_mail(
    text: str,
    *,
    subject: str = "failure notice",
    sender: str = DAEMON,
    headers: Mapping[str, str] | None = None,
    kind: str = "text/plain; charset=utf-8",
) -> bytes:
    """Return a mail to our return path."""
    fields = {"From": sender, "To": RETURN_PATH, "Subject": subject, "Content-Type": kind, **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{head}\r\n{text}".encode()


def returned(recipient: str, *, body: str = "Good morning.") -> str:
    """Return the mail of ours that a report encloses."""
    return (
        f"Return-Path: <{RETURN_PATH}>\nReceived: from relay.sender.example by mx.example; Thu, 19 Mar 2026 06:00:00 +0000\n"
        f"From: Chenbao <news@sender.example>\nTo: {recipient}\nSubject: Chenbao\n"
        f"Message-ID: <2026-03-19.7@sender.example>\nMIME-Version: 1.0\n\n{body}\n"
    )


def make_report(
    *groups: str, text: str = "", original: str | None = None, report_type: str = "delivery-status"
) -> bytes:
    """Return a multipart/report (RFC 6522) whose machine-readable part consists of these groups of fields."""
    enclosed = returned("wei@reader.example") if original is None else original
    body = (
        f"--b1\nContent-Type: text/plain\n\n{text}\n--b1\nContent-Type: message/{report_type}\n\n"
        + "\n\n".join(groups)
        + f"\n\n--b1\nContent-Type: message/rfc822\n\n{enclosed}\n--b1--\n"
    )
    return make_mail(body, subject="Undelivered", kind=f'multipart/report; report-type={report_type}; boundary="b1"')
