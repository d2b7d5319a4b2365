"""What servers say, and what it means for the address."""

import re
import time

import pytest

from newsletter.mail.bounces.causes import CAUSES, find_cause


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("Sender address rejected: User unknown in local recipient table", "sender"),
        ("Unknown sender", "sender"),
        ("Requested action not taken: mailbox unavailable, over quota", "full"),
        ("The e-mail account that you tried to reach is over quota and inactive", "full"),
        ("Recipient address rejected: User unknown in virtual mailbox table", "unknown user"),
        ("This account has been disabled or discontinued [#102].", "unknown user"),
        ("sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", "relaying"),
        ("SPF: 192.0.2.1 is not allowed to send mail for sender.example", "sender"),
        ("Unauthenticated email is not accepted due to domain's DMARC policy", "relaying"),
        ("Client host rejected: cannot find your reverse hostname", "name of the sending host"),
        ("Service unavailable; Client host [192.0.2.1] blocked using zen.example.org", "block list"),
        ("Message rejected as spam by content filter", "spam"),
        ("Virus detected in attachment", "virus"),
        ("Host not found, try again", "unknown host for now"),
        ("Host or domain name not found", "unknown host"),
        ("The domain accepts no mail: nullMX", "unknown host"),
        ("Message size exceeds fixed maximum message size", "too large"),
        ("Greylisted, see you in five minutes", "too many"),
        ("Message loop: too many hops", "loop"),
        ("message expired", "expired"),
        ("connection refused", "network"),
        ("local configuration error", "system"),
        ("Recipient rejected", "refused"),
        ("denied", "rejected"),
    ],
)
def test_a_phrase_tells_its_cause(said: str, cause: str) -> None:
    found = find_cause(said)
    assert found is not None
    assert found.name == cause


@pytest.mark.parametrize(
    "said",
    [
        "Thank you for your patience.",
        "host mx.spam-filter.example[192.0.2.1] said: 550 5.0.0",
        "<user-unknown@reader.example>: 550",
        "see https://help.example/mailbox-full/user-unknown",
        "This is a permanent error; I've given up.",
    ],
)
def test_names_addresses_and_boilerplate_tell_none(said: str) -> None:
    assert find_cause(said) is None


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.name)
def test_no_phrase_takes_long_over_what_almost_matches(cause: object) -> None:
    assert isinstance(cause, type(CAUSES[0]))
    words = re.findall(r"[a-z]{4,}", cause.phrases.pattern)[:40]
    began = time.process_time()
    for word in words:
        cause.phrases.search(f"{word} " * (6000 // len(word)))
    assert time.process_time() - began < 5  # a second or so at worst; a regular expression that explodes takes minutes
