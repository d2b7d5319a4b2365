"""What we verify, we verify as others do: the example of RFC 8463, and every signature of our own."""

import pytest

from newsletter.mail.dkim.keys import format_record, parse_record
from newsletter.mail.dkim.verify import find_signatures, why_invalid
from newsletter.mail.message import build_message
from tests.mail.dkim.keys import AT, ED25519_KEY, RSA_KEY, SIGNER
from tests.mail.test_message import LETTER

# RFC 8463 appendix A
EXAMPLE = """\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
""".replace("\n", "\r\n").encode()
EXAMPLE_RECORDS = {
    "brisbane": "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "test": "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16"
    "JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QID"
    "AQAB",
}
MESSAGE = SIGNER.sign(build_message(LETTER), at=AT)


@pytest.mark.parametrize("number", [0, 1])
def test_the_example_of_the_standard_holds(number: int) -> None:
    signature = find_signatures(EXAMPLE)[number]
    public = parse_record(EXAMPLE_RECORDS[signature.selector])
    assert why_invalid(EXAMPLE, signature, public) is None
    assert "body was changed" in str(why_invalid(EXAMPLE.replace(b"lost", b"won"), signature, public))
    assert "header field was changed" in str(why_invalid(EXAMPLE.replace(b"dinner", b"lunch"), signature, public))


def test_our_own_signatures_hold() -> None:
    first, second = find_signatures(MESSAGE)
    assert (first.selector, second.selector) == (RSA_KEY.selector, ED25519_KEY.selector)
    assert why_invalid(MESSAGE, first, parse_record(format_record(RSA_KEY))) is None
    assert why_invalid(MESSAGE, second, parse_record(format_record(ED25519_KEY))) is None


def test_another_key_than_the_one_that_signed_does_not_fit() -> None:
    first, _ = find_signatures(MESSAGE)
    assert "published key is for ed25519" in str(why_invalid(MESSAGE, first, parse_record(format_record(ED25519_KEY))))
    assert "not the one that signed" in str(why_invalid(MESSAGE, first, parse_record(EXAMPLE_RECORDS["test"])))


def test_a_field_that_is_no_signature_is_left_out() -> None:
    assert find_signatures(b"DKIM-Signature: nothing\r\nFrom: a@example.org\r\n\r\n") == []
    cut = MESSAGE.replace(b" b=", b" b=%", 1)
    first, _ = find_signatures(cut)
    assert why_invalid(cut, first, parse_record(format_record(RSA_KEY))) is not None
