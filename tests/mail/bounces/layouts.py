"""Failure notices in the layouts of many servers, written for these tests and kept in layouts.txt.

Each begins with fields: its name, the class and the recipients that it must be read as, the fields of its header, and how it
encloses the mail it is about: as a part of its own, appended to the text, or not at all.
"""

from dataclasses import dataclass
from pathlib import Path

from tests.mail.bounces.mails import DAEMON, make_mail, returned

_BETWEEN = "\n======== next ========\n"
_OURS = ("layout", "kind", "recipients", "encloses")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A notice, and what it says."""

    name: str
    kind: str
    recipients: set[str]
    mail: bytes


def _read(source: str) -> Layout:
    head, _, text = source.partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.split("\n"))
    recipients = {address for address in fields["recipients"].split(", ") if address}
    headers = {name: value for name, value in fields.items() if name not in (*_OURS, "Subject", "From")}
    original = returned(next(iter(recipients), "wei@reader.example"))
    kind = "text/plain; charset=utf-8"
    if fields["encloses"] in ("text", "both"):
        text += "\n\n" + original
    if fields["encloses"] in ("part", "both"):
        text = f"--b1\nContent-Type: {kind}\n\n{text}\n--b1\nContent-Type: message/rfc822\n\n{original}\n--b1--\n"
        kind = 'multipart/mixed; boundary="b1"'
    mail = make_mail(
        text,
        subject=fields.get("Subject", "failure notice"),
        sender=fields.get("From", DAEMON),
        headers=headers,
        kind=kind,
    )
    return Layout(name=fields["layout"], kind=fields["kind"], recipients=recipients, mail=mail)


LAYOUTS = [_read(source) for source in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").split(_BETWEEN)]
