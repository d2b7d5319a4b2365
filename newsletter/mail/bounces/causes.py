"""Why mail comes back: an ordered table from a server's words to what they mean for the address.

The first cause with a phrase in the text wins, so the order carries knowledge: a sender that does not exist is named before
a recipient that does not exist, a full mailbox before one that is unavailable, a block list before a connection that was
refused.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from newsletter.mail.bounces.phrases import passage, recipient, sender
from newsletter.mail.bounces.report import BounceClass


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause: its name, what it means for the address, and the phrases that tell it.

    A weak one tells that the mail was refused but hardly why; who answered what to which command weighs more.
    """

    name: str
    kind: BounceClass
    phrases: re.Pattern[str]
    is_weak: bool = False


def _cause(name: str, kind: BounceClass, told_by: tuple[str, ...], *, is_weak: bool = False) -> Cause:
    return Cause(name, kind, re.compile(r"(?<![a-z0-9])(?:" + "|".join(told_by) + ")"), is_weak)


_HARD, _SOFT, _POLICY = BounceClass.HARD, BounceClass.SOFT, BounceClass.POLICY

CAUSES = (
    _cause("sender", _POLICY, sender.SENDER),
    _cause("full", _SOFT, recipient.FULL),
    _cause("busy", _SOFT, recipient.BUSY),
    _cause("unknown user", _HARD, recipient.UNKNOWN_USER),
    _cause("relaying", _POLICY, sender.RELAYING),
    _cause("authentication", _POLICY, sender.AUTHENTICATION),
    _cause("name of the sending host", _POLICY, sender.SENDING_HOST),
    _cause("block list", _POLICY, sender.BLOCK_LIST),
    _cause("spam", _POLICY, sender.SPAM),
    _cause("virus", _POLICY, sender.VIRUS),
    _cause("content limit", _POLICY, sender.CONTENT_LIMITS),
    _cause("unknown host for now", _SOFT, passage.UNKNOWN_HOST_FOR_NOW),
    _cause("unknown host", _HARD, recipient.UNKNOWN_HOST),
    _cause("too large", _SOFT, passage.TOO_LARGE),
    _cause("loop", _SOFT, passage.LOOP),
    _cause("too many", _SOFT, passage.TOO_MANY),
    _cause("expired", _SOFT, passage.EXPIRED),
    _cause("network", _SOFT, passage.NETWORK),
    _cause("policy", _POLICY, sender.POLICY),
    _cause("system", _SOFT, passage.SYSTEM),
    _cause("missing", _HARD, recipient.MISSING),
    _cause("refused", _HARD, recipient.REFUSED, is_weak=True),
    _cause("rejected", _POLICY, sender.REJECTED, is_weak=True),
    _cause("unavailable", _SOFT, passage.UNAVAILABLE),
)

# what stands in every report of some servers and tells nothing about this one
_BOILERPLATE = re.compile(
    r"this is a (?:permanent|temporary) error|(?:i've|i have) given up|(?:i'm )?sorry it didn't work out"
    r"|a? ?mime-encapsulated message"
    r"|message from (?:the )?interscan [\w -]{1,60}?(?:nt|suite)\b"
    r"|mail delivery (?:software|system|subsystem|agent)|for further assistance[^.]{0,80}"
    r"|smtp error from remote mail ?(?:server|er) after|error from remote mail server"
    r"|an error (?:has )?occurred while (?:trying|attempting) to deliver[^:]{0,120}"
    r"|please check (?:if|the)[^.]{0,60}address[^.]{0,60}|delivery has failed to these|(?:this is an )?automatically generated"
    r"|\(delivery attempts: \d+\)|(?:message )?will be deleted from queue|delivery status notification"
    r"|permanent failure for one or more recipients"
)
_ADDRESS = re.compile(r"<?[^\s<>@,;:()\[\]]{1,200}@[^\s<>@,;:()\[\]]{1,200}>?(?:\.{3})?:?")
_URL_PATH = re.compile(r"(https?://[^\s/]{1,100})\S{0,500}")
_PEER = re.compile(r"\b(?:host|at|from|to|server|by) [\w.-]{1,120} ?\[[\w.:]{1,50}\](?::\d{1,5})?(?: said:?)?")
# a host is called after what it does (relay, antispam); but block lists tell a cause, and Exchange writes causes with dots
_HOST = re.compile(
    r"(?<![/\w.-])(?!(?:resolver|routing|smtpsend|storedrv|queue|transport)\.)(?:[a-z0-9][a-z0-9_-]{0,62}\.){2,8}[a-z]{2,12}\b(?!\.?/)"
)
_BLOCK_LIST = re.compile(r"bl\b|spamhaus|spamcop|sorbs|barracuda|cloudmark|senderscore")
# Cisco's mail gateways put a sentence of their own before the reply they quote
_BEFORE_QUOTED_REPLY = re.compile(r"[45]\.\d\.\d - [a-z ]{5,60}(?=[45]\d\d-')")
_CODES = re.compile(r"\b[245]\d\d[ -]#?[245]\.\d{1,3}\.\d{1,3}\b|\b[245]\.\d{1,3}\.\d{1,3}\b|(?<!\d)[245]\d\d-")
_IP_ADDRESS = re.compile(r"\bip address(?:es)?\b")  # it is about the sending host, not about an address to write to
_LIMIT = 6000


@lru_cache(maxsize=8)  # the recipients of one report share what stands around them
def find_cause(text: str) -> Cause | None:
    """Return the cause that a server's words tell, or None if they tell none."""
    told = simplify(text)
    return next((cause for cause in CAUSES if cause.phrases.search(told)), None)


def simplify(text: str) -> str:
    """Return words alone: in lower case, without the addresses, hosts, paths and codes that would be mistaken for them."""
    told = " ".join(text[:_LIMIT].split()).lower().replace("\u2019", "'")
    told = _URL_PATH.sub(r"\1 ", _ADDRESS.sub(" ", told))
    told = _HOST.sub(lambda host: host[0] if _BLOCK_LIST.search(host[0]) else " ", told)
    told = _IP_ADDRESS.sub("ip", _BEFORE_QUOTED_REPLY.sub(" ", told))
    told = _BOILERPLATE.sub(" ", _CODES.sub(" ", _PEER.sub(" ", told)))
    return " ".join(told.split())
