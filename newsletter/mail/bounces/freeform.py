"""Failure notices in running text: whom they name, and what they say of each."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from newsletter.mail.bounces.addresses import ADDRESS, find_addresses, first_address
from newsletter.mail.bounces.headers import decode_words
from newsletter.mail.bounces.notice import Notice
from newsletter.mail.bounces.parts import Part

_HEAD = re.compile(
    r"[\s*>|\-\u2022\u30fb\u00b7]{0,40}(?:\d{1,2}[.)] )?(?:recipient|address|e-?mail|for)?:?\s{0,10}[<\"'(\[]{0,3}(?=[\w\"])",
    re.IGNORECASE,
)
_OUR_NAME_FOR_IT = re.compile(
    r"(?:generated from|expanded from|originally addressed to|original recipient|original address(?:ee)?"
    r"|forwarded (?:from|by)|alias(?:ed)? (?:from|for)|envelope[- ]to)[: ]{0,3}<?",
    re.IGNORECASE,
)
_NAMES_SOMEBODY_ELSE = re.compile(
    r"^\W{0,10}(?:from|to|sender|reply-to|return-path|message-id|subject|mail from|references|in-reply-to|x-envelope-from"
    r"|original sender|date|sent|cc|errors-to|received|helo|ehlo)\b.{0,20}[:=<]"
    r"|\b(?:hello|dear|bonjour|hallo|hola|ciao|ol[aá]|hej)\b|様|您好|님"
    r"|mail from:|contact|assist|question|administrator|support|help ?desk|further information|instead"
    r"|new (?:e-?mail )?address|sender:|reply to|send (?:a |an |your )?(?:mail|e-?mail|message|report)"
    r"|envelope[- ](?:from|sender)|sent by|message from|not accepting mail from|program at|report (?:this|it|the problem)",
    re.IGNORECASE,
)
_ASKS_TO_WRITE = re.compile(
    r"(?:contact|write to|to the address|instead|assistance|send \w+(?: \w+)? to|mail to|reach \w+ at)\W{0,5}$",
    re.IGNORECASE,
)
_STAFF = re.compile(
    r"(?:postmaster|mailer-daemon|abuse|support|help-?desk|no-?reply|webmaster|hostmaster|mailmaster|admin(?:istrator)?)@"
)
_COLUMN = re.compile(r"\t| {2}")
_ANNOUNCES_RECIPIENT = re.compile(r"(?:recipient|following|addressee|deliver|accepting|user).{0,80}:$", re.IGNORECASE)
_NEXT_PEER = re.compile(r"[. ]{0,4}while talking to ", re.IGNORECASE)
_VERDICT = re.compile(r"[45]\d\d (?:[45]\.\d\.\d )?(<?[^\s<>]{1,200}@[^\s<>]{1,200}>?)\.\.\. ")
_SENDER_FIELDS = ("to", "from", "reply-to", "return-path", "sender", "errors-to", "delivered-to")
_REASON = re.compile(r"\(reason: ([^()]{1,500})")  # sendmail quotes the peer so, and then puts it in words of its own
_LONGEST_TEXT = 20_000
_LIMIT_REPLIES = 5
_LIMIT_RECIPIENTS = 100


@dataclass(slots=True)
class Section:
    """What a notice says of one address; `margin` is how far its first line is indented."""

    address: str
    lines: list[str] = field(default_factory=list)
    margin: int = 0

    @property
    def told(self) -> tuple[str, ...]:
        """Return what is said, the closest to the cause first: the reason given, the peer's replies, all of it."""
        reasons = [found[1] for found in _REASON.finditer(self.text[:_LONGEST_TEXT])]
        replies = [line.strip() for line in self.lines if line.lstrip().startswith("<<<")]
        return (*reasons[:1], *replies[:_LIMIT_REPLIES], self.text)

    @property
    def text(self) -> str:
        """Return the words on one line."""
        return " ".join(" ".join(self.lines).split())


def read_sections(mail: Part, notice: Notice) -> list[Section]:
    """Return one section for each address that the notice says failed: of the layouts known, the surest that is there."""
    heads = _merge(_read_heads(notice.lines))
    if declared := _list_declared(mail):
        return _match_declared(declared, heads, notice)
    strangers = _list_strangers(mail, notice)
    for found in _read_layouts(mail, notice, heads):
        if named := [section for section in found if section.address not in strangers]:
            return named
    return _whole(notice, notice.intended[:1])


def _read_layouts(mail: Part, notice: Notice, heads: list[Section]) -> Iterator[list[Section]]:
    """Return what each layout makes of the notice, the surest first."""
    if not _written_to(heads, notice):
        yield _whole(notice, _find_local_part(notice))
    yield heads
    yield _read_transcript(notice.lines)
    yield _whole(notice, _complete_local_part(mail, notice))
    sentences = _merge(_read_sentences(notice))
    yield _written_to(sentences, notice)
    yield sentences


def _whole(notice: Notice, addresses: Iterable[str]) -> list[Section]:
    return [Section(address, list(notice.lines)) for address in addresses]


def _written_to(sections: list[Section], notice: Notice) -> list[Section]:
    """Return those that the returned mail was written to: the others are where it was forwarded."""
    ours = {*notice.intended, *find_addresses(notice.original.readable("to"))}
    return [section for section in sections if section.address in ours]


def _list_declared(mail: Part) -> list[str]:
    return find_addresses(", ".join(decode_words(value) for value in mail.headers.all("x-failed-recipients")))


def _match_declared(declared: list[str], heads: list[Section], notice: Notice) -> list[Section]:
    """Give each address of the header X-Failed-Recipients its words; where the text names ours for it, ours is meant."""
    known = {section.address: section for section in heads}
    if len(known) == len(declared) and not known.keys() & set(declared):
        return heads
    return [known.get(address) or Section(address, list(notice.lines)) for address in declared]


def _list_strangers(mail: Part, notice: Notice) -> set[str]:
    """Return the addresses that a notice shows without meaning that they failed: the sender's, the server's, the staff's."""
    shown = [decode_words(value) for name in _SENDER_FIELDS for value in mail.headers.all(name)]
    shown += [notice.original.readable(name) for name in _SENDER_FIELDS[1:-1]]
    staff = {address for address in find_addresses(notice.text) if _STAFF.match(address)}
    ours = find_addresses(notice.original.readable("to"))
    return (set(find_addresses(" ".join(shown))) - set(ours)) | (staff - set(notice.intended))


def _read_heads(lines: tuple[str, ...]) -> list[Section]:
    """Read the layout of most servers: a line begins with the address, and what follows is said of it."""
    found: list[Section] = []
    before = ""
    is_paragraph_open = False
    for line in lines:
        margin = len(line) - len(line.lstrip())
        address = "" if _ASKS_TO_WRITE.search(before) else _head_address(line)
        ours = _find_our_name(line)
        if ours and found:
            found[-1].address = ours
        elif ours or (address and not (is_paragraph_open and margin > found[-1].margin)):
            found.append(Section(ours or address, [line], margin))
            is_paragraph_open = True
        elif found:
            found[-1].lines.append(line)
        is_paragraph_open = is_paragraph_open and bool(line.strip())
        before = line.strip() or before
    return found[:_LIMIT_RECIPIENTS]


def _find_our_name(line: str) -> str:
    found = _OUR_NAME_FOR_IT.search(line)
    return first_address(line[found.end() :]) if found else ""


def _head_address(line: str) -> str:
    head = _HEAD.match(line)
    if head is None or "@" not in line or _NAMES_SOMEBODY_ELSE.search(line):
        return ""
    found = ADDRESS.match(line, head.end())
    return first_address(found[0]) if found else ""


def _read_transcript(lines: tuple[str, ...]) -> list[Section]:
    """Read what old sendmail logs of each conversation: it ends with a reply code, the address, three dots and why."""
    found: list[Section] = []
    since: list[str] = []
    for line in lines:
        if _NEXT_PEER.match(line):
            since = []
        since.append(line)
        if verdict := _VERDICT.match(line):
            found.append(Section(first_address(verdict[1]), since))
            since = []
    return _merge(found[:_LIMIT_RECIPIENTS])


def _read_sentences(notice: Notice) -> list[Section]:
    """Read addresses from within sentences, leaving out lines that name somebody else."""
    found: list[Section] = []
    before = ""
    for at, line in enumerate(notice.lines):
        if "@" in line and not _NAMES_SOMEBODY_ELSE.search(line) and not _ASKS_TO_WRITE.search(before):
            around = list(notice.lines[max(0, at - 3) : at + 60])
            found.extend(Section(address, around) for address in find_addresses(line))
        before = line.strip() or before
        if len(found) > _LIMIT_RECIPIENTS:
            break
    return found


def _find_local_part(notice: Notice) -> list[str]:
    """Return the address we wrote to if a line begins with its local part."""
    intended = {address.partition("@")[0]: address for address in notice.intended}
    first_words = (_bare_words(line)[:1] for line in notice.lines)
    return [intended[words[0]] for words in first_words if words and words[0] in intended][:1]


def _complete_local_part(mail: Part, notice: Notice) -> list[str]:
    """Return the address whose local part stands alone in an indented line's first column, at the host of the server."""
    host = first_address(mail.headers.get("from")).partition("@")[2]
    before = ""
    for line in notice.lines:
        words = _bare_words(_COLUMN.split(line.strip())[0])
        is_alone = len(words) == 1 and line[0] in " \t" and "@" not in line
        if host and is_alone and not notice.intended and _ANNOUNCES_RECIPIENT.search(before):
            return [f"{words[0]}@{host}"]
        before = line.strip() or before
    return []


def _bare_words(line: str) -> list[str]:
    return line.strip(" \t<>\"'*-:.").lower().split()


def _merge(sections: Iterable[Section]) -> list[Section]:
    """Join what is said of the same address in several places."""
    merged: dict[str, Section] = {}
    for section in sections:
        known = merged.setdefault(section.address, section)
        if known is not section:
            known.lines = known.lines + section.lines
    return [section for section in merged.values() if section.address]
