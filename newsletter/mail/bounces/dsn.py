"""Delivery status notifications (RFC 3464), in their own part or anywhere in the text."""

import re
from dataclasses import dataclass, field

from newsletter.mail.bounces.addresses import first_address
from newsletter.mail.bounces.parts import Part

_STATUS_KINDS = ("message/delivery-status", "message/global-delivery-status")
_FIELD = re.compile(r"[ \t>|]{0,12}([A-Za-z][A-Za-z-]{2,40})[ \t]{0,4}:=?[ \t]{0,40}(.*)")
_RECIPIENT_FIELDS = ("original-recipient", "final-recipient", "x-actual-recipient", "original-rcpt-to")
_FIELDS = {
    *(*_RECIPIENT_FIELDS, "action", "status", "diagnostic-code", "remote-mta", "will-retry-until", "last-attempt-date"),
    *("final-log-id", "x-display-name", "x-supplementary-info", "x-powermta-virtualmta", "x-powermta-bouncecategory"),
    *("reporting-mta", "received-from-mta", "arrival-date", "original-envelope-id", "dsn-gateway"),
    *("x-postfix-queue-id", "x-postfix-sender"),
}
_SUCCESS = ("delivered", "relayed", "expanded", "deliverable", "delivery")
_CODE = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_EXIT_STATUS = {67: "unknown user", 68: "unknown host"}
_LIMIT_LINES = 5000
_LIMIT_RECIPIENTS = 100


@dataclass(slots=True)
class StatusGroup:
    """The fields about one recipient, by their names in lower case; an empty mapping is one about the message."""

    fields: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Return the address as we wrote to it where the report shows that, else the one it ended at."""
        for name in _RECIPIENT_FIELDS:
            value = self.fields.get(name, "")
            if "x400" not in value.lower()[:8] and (address := first_address(value.partition(";")[2] or value)):
                return address
        return ""

    @property
    def is_as_we_wrote(self) -> bool:
        """Return whether the report shows the address as the sender gave it, and not only where it ended."""
        return "original-recipient" in self.fields or "original-rcpt-to" in self.fields

    @property
    def action(self) -> str:
        """Return failed, delayed, delivered, relayed, expanded, or what the server made up, in lower case."""
        words = self.fields.get("action", "").lower().split()
        return words[0].strip(";.,()") if words else ""

    @property
    def is_success(self) -> bool:
        """Return whether the mail arrived, as far as the server can say."""
        return self.action in _SUCCESS or (not self.action and (self.status or "").startswith("2"))

    @property
    def is_delayed(self) -> bool:
        """Return whether the mail is still in the server's queue."""
        return self.action.startswith("delay")

    @property
    def status(self) -> str | None:
        """Return the enhanced status code of the field Status."""
        found = _CODE.search(self.fields.get("status", ""))
        return found[1] if found else None

    @property
    def diagnostic(self) -> str:
        """Return the peer's words on one line, and those the field Status holds beside its code."""
        said = self.fields.get("diagnostic-code", "")
        kind, separator, rest = said.partition(";")
        comment = self.fields.get("status", "").partition("(")[2].rstrip(") ")
        reply = rest if separator and len(kind) < 20 else said
        if kind.strip().lower() == "x-unix" and reply.strip().isdigit():  # a programme's exit status (sysexits.h)
            reply = _EXIT_STATUS.get(int(reply.strip()[:9]), f"exit status {reply}")
        fate = self.action if self.action.startswith("expire") else ""
        return " ".join(f"{reply} {comment} {fate}".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """What the report's fields say: the envelope identifier of the mail, and each recipient."""

    envelope_id: str | None
    groups: tuple[StatusGroup, ...]


def read_status_report(mail: Part) -> StatusReport | None:
    """Return the report in the mail's own part for it; else in its text; else None."""
    leaves = list(mail.leaves())
    for part in leaves:
        if part.kind in _STATUS_KINDS and (report := _parse(part.text.split("\n"))):
            return report
    for part in leaves:
        if "-recipient" in part.text.lower() and (report := _parse(_keep_fields(part.text))):
            return report
    return None


def _keep_fields(text: str) -> list[str]:
    """Return the lines of a report that stands in running text, with its empty lines and folded ones."""
    kept: list[str] = []
    is_within = False
    for line in text.split("\n")[:_LIMIT_LINES]:
        found = _FIELD.match(line)
        if found and found[1].lower() in _FIELDS:
            is_within = True
        elif not (is_within and line[:1] in (" ", "\t", ">") and line.strip(" \t>") and not found):
            is_within = False
        kept.append(line if is_within else "")
    return kept


def _parse(lines: list[str]) -> StatusReport | None:
    groups = [StatusGroup()]
    name = ""
    for line in lines[:_LIMIT_LINES]:
        if not line.strip(" \t>|\r"):
            groups.append(StatusGroup())
            name = ""
        elif name and line[:1] in (" ", "\t") and not _is_known_field(line):
            groups[-1].fields[name] += " " + line.strip()
        elif found := _FIELD.match(line):
            name = found[1].lower()
            if name in groups[-1].fields and name in ("final-recipient", "original-recipient"):
                groups.append(StatusGroup())
            groups[-1].fields.setdefault(name, found[2].strip())
        if len(groups) > 4 * _LIMIT_RECIPIENTS:
            break
    return _gather([group for group in groups if group.fields])


def _is_known_field(line: str) -> bool:
    found = _FIELD.match(line)
    return found is not None and found[1].lower() in _FIELDS


def _gather(groups: list[StatusGroup]) -> StatusReport | None:
    """Join what belongs to one recipient: some servers put an empty line between its fields."""
    found: list[StatusGroup] = []
    loose: dict[str, str] = {}
    for group in groups:
        if any(name in group.fields for name in _RECIPIENT_FIELDS):
            found.append(StatusGroup({**loose, **group.fields}))
            loose = {}
        elif group.fields.keys() & {"action", "diagnostic-code", "status"}:
            if found and "action" not in found[-1].fields:
                found[-1].fields.update(group.fields)
            else:
                loose.update(group.fields)
    if not found and loose:
        found.append(StatusGroup(loose))
    if not found:
        return None
    envelope_ids = (group.fields.get("original-envelope-id") for group in groups)
    return StatusReport(envelope_id=next(filter(None, envelope_ids), None), groups=tuple(found[:_LIMIT_RECIPIENTS]))
