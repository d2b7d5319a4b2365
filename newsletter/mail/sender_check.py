"""What the DNS says about our sender, judged: every shortcoming in a sentence, with what to change."""

from collections.abc import Iterator, Mapping, Sequence

from newsletter.errors import InputError
from newsletter.findings import Finding, Grade
from newsletter.mail.dkim.keys import RSA_BITS, parse_record, parse_tags, public_octets, record_name
from newsletter.mail.dkim.signer import Algorithm, SigningKey
from newsletter.mail.spf import MOST_LOOKUPS, SpfReading, SpfResult

_CLOSING = {SpfResult.FAIL: "-all", SpfResult.SOFTFAIL: "~all"}


def judge_spf(reading: SpfReading, *, domain: str, address: str | None) -> Iterator[Finding]:
    """Judge the SPF record of the return path's domain, and whether it lets our relay's address send."""
    if not reading.records:
        named = f"ip4:{address}" if address and ":" not in address else f"ip6:{address}" if address else "include:…"
        yield _problem(
            "SPF",
            f"{domain} has no SPF record, so nobody can tell our relay from a forger",
            f'Publish a TXT record at {domain}: "v=spf1 {named} -all" (your provider says what to include).',
        )
        return
    for problem in reading.problems:
        yield _problem("SPF", problem, "Receivers take a record with a mistake for none: mend it.")
    if reading.lookups > MOST_LOOKUPS:
        yield _problem(
            "SPF",
            f"the record of {domain} costs {reading.lookups} DNS look-ups, and more than {MOST_LOOKUPS} make it invalid",
            "Drop includes that send no mail for you, or replace them with the networks they name (ip4:, ip6:).",
        )
    if reading.problems or reading.lookups > MOST_LOOKUPS:
        return
    if reading.default is SpfResult.PASS:
        yield _problem(
            "SPF", f"{domain} lets everybody send mail in its name (+all)", "End the record in -all or ~all."
        )
    elif reading.default not in _CLOSING:
        yield _warning(
            "SPF", f"the record of {domain} does not say that others may not send", "End it in -all or ~all."
        )
    else:
        looks = f"{reading.lookups} of {MOST_LOOKUPS} look-ups"
        yield _ok("SPF", f"{domain} has one record, ends in {_CLOSING[reading.default]}, costs {looks}")
    yield from _judge_relay(reading, domain, address)


def _judge_relay(reading: SpfReading, domain: str, address: str | None) -> Iterator[Finding]:
    if address is None or reading.result is None:
        yield _warning(
            "SPF",
            "whether the record names our relay cannot be told from here"
            if address is None
            else f"whether the record names {address} cannot be told: it has terms that depend on the mail",
            "Give the address that the relay sends from (--relay-ip), or read spf= in the Authentication-Results of a mail "
            "that arrived elsewhere (--to).",
        )
    elif reading.result is SpfResult.PASS:
        yield _ok("SPF", f"it lets our relay, {address}, send")
    else:
        family = "ip6" if ":" in address else "ip4"
        yield _problem(
            "SPF",
            f"it does not let our relay, {address}, send ({reading.result})",
            f"Add {family}:{address} to the record of {domain}, before its last term.",
        )


def judge_dkim(key: SigningKey, domain: str, texts: Sequence[str]) -> Iterator[Finding]:
    """Judge what is published under the selector of one of our keys."""
    name = record_name(key.selector, domain)
    publish = f"Publish the TXT record that `newsletter dkim show` prints for {name}."
    if len(texts) != 1:
        found = f"{len(texts)} TXT records" if texts else "no TXT record"
        hint = "Leave only the one of `newsletter dkim show`." if texts else publish
        yield _problem("DKIM", f"{name} has {found}, so receivers cannot verify our signature ({key.algorithm})", hint)
        return
    try:
        public = parse_record(texts[0])
    except InputError as error:
        yield _problem("DKIM", f"the record {name} cannot be used: {error}", publish)
        return
    if public_octets(public.key) != public_octets(key.private.public_key()):
        yield _problem("DKIM", f"the record {name} holds another key than the one that signs", publish)
        return
    yield _ok("DKIM", f"{name} holds the key that signs ({key.algorithm})")
    if key.algorithm is Algorithm.RSA and public.bits < RSA_BITS:
        yield _warning(
            "DKIM",
            f"the key of {name} has {public.bits} bits",
            f"Make one of {RSA_BITS} with `newsletter dkim keygen` under a new selector; large providers ask for it.",
        )
    if public.is_testing:
        yield _warning("DKIM", f"{name} says that it is only a test (t=y)", "Remove t=y from the record.")


def judge_unsigned(*, has_keys: bool) -> Finding:
    """Judge an installation that signs nothing."""
    hint = "Publish the records of `newsletter dkim keygen`, then set NEWSLETTER_DKIM_SELECTOR."
    text = "keys were made, but mail is not signed with them" if has_keys else "mail is not signed"
    return _problem("DKIM", f"{text}; large providers refuse bulk mail without a signature", hint)


def judge_dmarc(
    records: Mapping[str, Sequence[str]], *, from_domain: str, signing_domain: str | None, return_domain: str
) -> Iterator[Finding]:
    """Judge the DMARC policy for the From header's domain; `records` holds the TXT records of `dmarc_names`."""
    name = next((name for name in dmarc_names(from_domain) if _policies(records.get(name, ()))), None)
    if name is None:
        yield _problem(
            "DMARC",
            f"{from_domain} has no DMARC record, and large providers want one of every bulk sender",
            f'Publish a TXT record at _dmarc.{from_domain}: "v=DMARC1; p=none; rua=mailto:you@{from_domain}".',
        )
        return
    found = _policies(records[name])
    if len(found) > 1:
        yield _problem("DMARC", f"{name} has {len(found)} policies, which count as none", "Leave one of them.")
        return
    tags = parse_tags(found[0])
    yield from _judge_policy(name, tags, is_own=name == f"_dmarc.{from_domain}")
    yield from _judge_alignment(tags, name, from_domain, signing_domain, return_domain)


def dmarc_names(domain: str) -> list[str]:
    """Return where a domain's DMARC policy may stand, its own first, then those above it but the topmost."""
    labels = domain.split(".")
    return [f"_dmarc.{'.'.join(labels[start:])}" for start in range(max(1, len(labels) - 1))]


def _policies(texts: Sequence[str]) -> list[str]:
    return [text for text in texts if parse_tags(text).get("v") == "DMARC1"]


def _judge_policy(name: str, tags: Mapping[str, str], *, is_own: bool) -> Iterator[Finding]:
    policy = tags.get("p", "") if is_own else tags.get("sp", tags.get("p", ""))
    if policy not in ("none", "quarantine", "reject"):
        hint = "Write p=none, p=quarantine or p=reject."
        yield _problem("DMARC", f"{name} has no policy that exists (p={policy})", hint)
        return
    yield _ok("DMARC", f"{name} asks receivers to do this with forged mail: {policy}")
    if policy == "none":
        yield _warning(
            "DMARC",
            "forged mail in our name is let through (p=none), which is right only at the beginning",
            "When the reports show that all your own mail passes, write p=quarantine.",
        )
    if "rua" not in tags:
        yield _warning(
            "DMARC", f"{name} asks for no reports", f"Add rua=mailto:… to {name}, to see who sends in your name."
        )


def _judge_alignment(
    tags: Mapping[str, str], name: str, from_domain: str, signing_domain: str | None, return_domain: str
) -> Iterator[Finding]:
    top = name.removeprefix("_dmarc.")
    by_dkim = signing_domain is not None and _is_aligned(from_domain, signing_domain, top, tags.get("adkim", "r"))
    by_spf = _is_aligned(from_domain, return_domain, top, tags.get("aspf", "r"))
    if signing_domain is not None and not by_dkim:
        yield _problem(
            "DMARC",
            f"the signature is of {signing_domain}, which does not stand for From's {from_domain}",
            "Set NEWSLETTER_DKIM_DOMAIN to the domain of NEWSLETTER_MAIL_FROM, and publish the key there.",
        )
    if not by_spf:
        yield (_warning if by_dkim else _problem)(
            "DMARC",
            f"the return path is at {return_domain}, which does not stand for From's {from_domain}",
            "Choose a NEWSLETTER_BOUNCE_DOMAIN under the domain of NEWSLETTER_MAIL_FROM.",
        )
    if by_dkim and by_spf:
        yield _ok("DMARC", f"signature and return path stand for {from_domain}")


def _is_aligned(from_domain: str, other: str, top: str, mode: str) -> bool:
    """Tell whether a domain stands for From's; relaxed: both are under the domain that holds the policy (RFC 7489 3.1)."""
    if from_domain == other or mode == "s":
        return from_domain == other
    return _is_under(other, top) or _is_under(from_domain, other)


def _is_under(domain: str, top: str) -> bool:
    return domain == top or domain.endswith(f".{top}")


def judge_mx(domain: str, hosts: Sequence[str], *, receives: str) -> Finding:
    """Judge whether a domain takes mail; `receives` says what comes there."""
    if hosts:
        return _ok("MX", f"{domain} takes mail ({receives}) at {', '.join(hosts)}")
    return _problem(
        "MX",
        f"{domain} takes no mail, so {receives} are lost, and many receivers refuse mail from such a domain",
        f"Publish an MX record for {domain} that names the host which takes its mail.",
    )


def judge_ptr(address: str, names: Mapping[str, Sequence[str]]) -> Finding:
    """Judge the reverse name of an address; `names` holds each of its names with the addresses that this name has."""
    if not names:
        return _problem(
            "PTR",
            f"{address}, which our relay sends from, has no name (PTR)",
            "Ask whoever gave you the address (host or network provider) to name it like the relay's host.",
        )
    confirmed = [name for name, addresses in names.items() if address in addresses]
    if confirmed:
        return _ok("PTR", f"{address} is {confirmed[0]}, and that name leads back to it")
    name = next(iter(names))
    return _problem(
        "PTR",
        f"{address} calls itself {name}, but that name does not lead back to it",
        f"Publish an {'AAAA' if ':' in address else 'A'} record for {name} with {address}.",
    )


def _ok(part: str, text: str) -> Finding:
    return Finding(part=part, grade=Grade.OK, text=text)


def _warning(part: str, text: str, hint: str) -> Finding:
    return Finding(part=part, grade=Grade.WARNING, text=text, hint=hint)


def _problem(part: str, text: str, hint: str) -> Finding:
    return Finding(part=part, grade=Grade.PROBLEM, text=text, hint=hint)
