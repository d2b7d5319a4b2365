"""What became of a mail on its way, judged by comparing what was sent with what arrived."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from newsletter.errors import InputError
from newsletter.findings import Finding, Grade
from newsletter.mail.dkim.canonical import Form, canonical_body, canonical_field, split_message
from newsletter.mail.dkim.keys import PublicKey, parse_record, record_name
from newsletter.mail.dkim.signer import Signer, SigningKey
from newsletter.mail.dkim.verify import Signature, find_signatures, why_invalid

PART = "mail"
_ONE_CLICK = ("list-unsubscribe", "list-unsubscribe-post")
_COMMENT = re.compile(r"\([^()]*\)")
_HOP = re.compile(r"\bby\s+(?P<host>\S+).*?\bwith\s+(?P<protocol>[A-Z0-9]+)", re.IGNORECASE | re.DOTALL)
_LOCAL = re.compile(r"\[(IPv6:)?(127\.|::1\])|\blocalhost\b", re.IGNORECASE)
_MECHANISMS = ("spf", "dkim", "dmarc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One mail, as it was handed over and as it was found; `texts` are the TXT records at the selectors of our keys."""

    sent: bytes
    arrived: bytes
    signer: Signer | None
    texts: Mapping[str, Sequence[str]]


def judge_arrival(journey: Journey) -> Iterator[Finding]:
    """Judge signatures, the headers for unsubscribing, the body, the encryption on the way, and the receiver's own verdict."""
    yield from _judge_signatures(journey)
    yield _judge_one_click(journey)
    yield _judge_body(journey)
    fields, _ = split_message(journey.arrived)
    yield from _judge_hops([value for name, value in fields if name == "received"])
    yield from _judge_verdict([value for name, value in fields if name == "authentication-results"])


def _judge_signatures(journey: Journey) -> Iterator[Finding]:
    found = find_signatures(journey.arrived)
    for key in journey.signer.keys if journey.signer else ():
        domain = journey.signer.domain if journey.signer else ""
        own = next((one for one in found if (one.domain, one.selector) == (domain, key.selector)), None)
        if own is None:
            hint = "Ask your provider why DKIM-Signature headers are removed; most relays leave them in place."
            yield _problem(f"it arrived without the signature of {key.selector} ({key.algorithm})", hint)
        else:
            yield _judge_signature(journey, key, own)


def _judge_signature(journey: Journey, key: SigningKey, signature: Signature) -> Finding:
    published = _published(journey.texts.get(record_name(key.selector, signature.domain), ()))
    public = published or PublicKey(key=key.private.public_key())
    reason = why_invalid(journey.arrived, signature, public)
    if reason is None:
        against = "against the DNS" if published else "against our own key, as the DNS has none"
        return _ok(f"the signature of {key.selector} ({key.algorithm}) holds, checked {against}")
    return _problem(
        f"the signature of {key.selector} ({key.algorithm}) does not hold: {reason}",
        "Compare the headers of what arrived with those of the embedded inbox; a relay that rewrites mail must sign it itself.",
    )


def _published(texts: Sequence[str]) -> PublicKey | None:
    try:
        return parse_record(texts[0]) if len(texts) == 1 else None
    except InputError:
        return None  # what is wrong with the record is a finding of its own


def _judge_one_click(journey: Journey) -> Finding:
    before, after = (
        [canonical_field(name, value) for name, value in split_message(content)[0] if name in _ONE_CLICK]
        for content in (journey.sent, journey.arrived)
    )
    if before != after:
        return _problem(
            "List-Unsubscribe or List-Unsubscribe-Post did not arrive as it was sent",
            "Turn off your provider's own unsubscribe headers and link tracking.",
        )
    covered = [set(_ONE_CLICK) <= set(one.covered) for one in find_signatures(journey.arrived)]
    if journey.signer is not None and not any(covered):
        return _problem("no signature covers the headers for unsubscribing", "See the findings about the signature.")
    return _ok("both headers for unsubscribing arrived" + (", covered by the signature" if any(covered) else ""))


def _judge_body(journey: Journey) -> Finding:
    sent, arrived = (
        canonical_body(split_message(content)[1], Form.SIMPLE) for content in (journey.sent, journey.arrived)
    )
    if sent == arrived:
        return _ok("every line of its body arrived as it was sent")
    lines = zip_longest(sent.split(b"\r\n"), arrived.split(b"\r\n"))
    first = next(number for number, (one, other) in enumerate(lines, 1) if one != other)
    hint = "Turn off footers, link tracking and virus notes of the relay."
    return _problem(f"its body was changed on the way, from line {first} on", hint)


def _judge_hops(received: Sequence[bytes]) -> Iterator[Finding]:
    hops = [value.decode("utf-8", "replace") for value in received]
    far = [(hop, found) for hop in hops if not _LOCAL.search(hop) and (found := _HOP.search(hop))]
    bare = [found["host"] for hop, found in far if not _is_encrypted(hop, found["protocol"])]
    if bare:
        yield _warning(
            f"it went to {', '.join(bare)} without encryption",
            "Use smtps:// or smtp+starttls:// in NEWSLETTER_SMTP_URL; in Postfix set smtp_tls_security_level = may.",
        )
    elif far:
        yield _ok(f"it was encrypted on all its {len(far)} ways between hosts")


def _is_encrypted(hop: str, protocol: str) -> bool:
    """Tell whether a Received field speaks of TLS: ESMTPS, ESMTPSA (RFC 3848), or the cipher in a comment."""
    return bool(re.search(r"SA?$", protocol, re.IGNORECASE) or re.search(r"\bTLSv?\d|\bcipher\b", hop, re.IGNORECASE))


def _judge_verdict(results: Sequence[bytes]) -> Iterator[Finding]:
    if not results:
        return
    text = results[0].decode("utf-8", "replace").replace("\r\n", "")  # the topmost is the last receiver's
    while _COMMENT.search(text):
        text = _COMMENT.sub("", text)
    server, *clauses = (clause.strip() for clause in text.split(";"))
    said = dict(clause.partition("=")[::2] for clause in clauses if "=" in clause)
    verdicts = {name: said[name].split()[0].lower() for name in _MECHANISMS if said.get(name, "").strip()}
    for name, verdict in verdicts.items():
        if verdict == "pass":
            yield _ok(f"{server} says {name}=pass")
        else:
            hint = f"See the findings about {name.upper()}; what {server} found counts."
            yield _problem(f"{server} says {name}={verdict}", hint)


def _ok(text: str) -> Finding:
    return Finding(part=PART, grade=Grade.OK, text=text)


def _warning(text: str, hint: str) -> Finding:
    return Finding(part=PART, grade=Grade.WARNING, text=text, hint=hint)


def _problem(text: str, hint: str) -> Finding:
    return Finding(part=PART, grade=Grade.PROBLEM, text=text, hint=hint)
