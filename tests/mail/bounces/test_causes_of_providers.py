"""What providers and programmes are known to say, by what it means for the address."""

import pytest

from newsletter.mail.bounces.judge import Evidence, judge
from newsletter.mail.bounces.report import BounceClass

_SAID = {
    BounceClass.HARD: (
        "archived recipient",
        "BAD_RECIPIENT",
        "that domain or user isn't in my list of allowed rcpthosts",
        "user or domain is disabled",
        "Le compte du destinataire est bloque. The recipient account isblocked. LPN007_426",
        "Mailaddress is administratively disabled",
        "The account or domain may not exist, they may be blacklisted, or missing the proper dns entries.",
        "all host address lookups failed permanently",
        "DNS Error: Domain name not found",
        "DNS Error: DNS server returned answer with no data",
        "Mailbox was not used for more than 3 months",
        "Remote SMTP server has rejected address",
        "Cannot route mail to user (wei@reader.example)",
        "No one by that name at this address",
    ),
    BounceClass.SOFT: (
        "maildir delivery failed: domaindisk quota of reader exceeded",
        "mail system full",
        "taille limite du message atteinte",
        "failed to deliver to domain reader.example after 20 tries",
        "all hosts have been failing for a long time and were last tried after this message arrived",
        "it has not been collected after",
        "host name lookup failure",
        "delivery to file forbidden",
        "Several matches found in Domino Directory",
        "message ended early",
        "This domain's DNS violates RFC 1035.",
        "unable to resolve route reader.example",
        "Host not reachable.",
    ),
    BounceClass.POLICY: (
        "can't determine purported responsible address",
        "access denied. ip name lookup failed",
        "email blocked by SPAMHAUS",
        "error: no valid recipients from 192.0.2.1",
        "extreme bad ip profile",
        "invalid ip for sending mail of domain",
        "message header size, or recipient list, exceeds policy limit",
        "message mime complexity exceeds the policy maximum",
        "this message contains improperly-formatted binary content",
        "badsendermx",
        "empty email address",
        "has an outgoing mail suspension",
        "sending this from a different address or alias using the",
        "sender domain listed at bl.example",
        "domain sender.example is a dead domain",
        "501 5.5.4 invalid domain name",
        "x-dg-ref header is too long",
        "this route requires high-strength ciphers",
        "Adresse IP source bloquee pour incident de spam. Client host blocked for spamming issues. OFR006_102",
        "Connected to 192.0.2.112 but my name was rejected. Remote host said: 501 5.0.0 Invalid domain name",
    ),
}


@pytest.mark.parametrize(("kind", "said"), [(kind, said) for kind, told in _SAID.items() for said in told])
def test_what_a_server_says_has_its_meaning(kind: BounceClass, said: str) -> None:
    assert judge(Evidence(told=(said,))).kind is kind
