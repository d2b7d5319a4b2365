"""Keys as an operator hands them over, and the records that publish them."""

import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric.dsa import generate_private_key as generate_dsa_key
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from newsletter.errors import InputError, SettingsError
from newsletter.mail.dkim.keys import (
    check_selector,
    format_key,
    format_record,
    parse_key,
    parse_record,
    public_octets,
    split_record,
)
from newsletter.mail.dkim.signer import Algorithm, SigningKey
from tests.mail.dkim.keys import ED25519_KEY, RSA_KEY


def read(pem: str, algorithm: Algorithm = Algorithm.RSA) -> SigningKey:
    return parse_key(pem, setting="NEWSLETTER_DKIM_KEY", algorithm=algorithm, selector="chenbao")


@pytest.mark.parametrize("key", [RSA_KEY, ED25519_KEY], ids=lambda key: key.algorithm)
def test_a_key_is_read_as_it_was_written(key: SigningKey) -> None:
    pem = format_key(key).decode()
    for text in (pem, pem.replace("\n", "\\n")):
        again = read(text, key.algorithm)
        assert public_octets(again.private.public_key()) == public_octets(key.private.public_key())


@pytest.mark.parametrize("key", [RSA_KEY, ED25519_KEY], ids=lambda key: key.algorithm)
def test_a_record_publishes_the_public_key_in_strings_that_the_dns_takes(key: SigningKey) -> None:
    strings = split_record(format_record(key))
    assert all(len(part) <= 255 for part in strings)
    found = parse_record("".join(strings))
    assert public_octets(found.key) == public_octets(key.private.public_key())
    assert not found.is_testing


def test_an_rsa_key_has_2048_bits() -> None:
    assert parse_record(format_record(RSA_KEY)).bits == 2048


def encrypted() -> str:
    return RSA_KEY.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode()


def another_kind() -> str:
    return generate_dsa_key(1024).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize("pem", ["", "a secret", encrypted(), another_kind(), format_key(ED25519_KEY).decode()])
def test_what_is_no_rsa_key_is_refused_without_repeating_it(pem: str) -> None:
    with pytest.raises(SettingsError, match="NEWSLETTER_DKIM_KEY needs an RSA private key in PEM") as caught:
        read(pem)
    assert not pem or pem not in str(caught.value)


def test_a_key_that_receivers_ignore_is_refused() -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the openssl command is not installed; our own library makes no key that is too short")
    weak = subprocess.run([openssl, "genrsa", "512"], check=True, capture_output=True, text=True, timeout=60)
    with pytest.raises(SettingsError, match=r"512 bits.*keygen"):
        read(weak.stdout)


@pytest.mark.parametrize("selector", ["", "Chenbao", "a_b", "-a", "a..b", "晨报", "a;b", "x" * 64])
def test_what_cannot_stand_in_a_dns_name_is_no_selector(selector: str) -> None:
    with pytest.raises(SettingsError, match="selector"):
        check_selector(selector)


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ("v=DKIM2; p=AB==", "not DKIM1"),
        ("v=DKIM1; k=rsa", "no p="),
        ("v=DKIM1; p=", "withdrawn"),
        ("v=DKIM1; h=sha1; p=AB==", "SHA-256"),
        ("v=DKIM1; s=other; p=AB==", "forbids mail"),
        ("v=DKIM1; k=rsa; p=AB==", "not a key"),
        ("v=DKIM1; k=rsa; p=%%%", "not a key"),
        ("v=DKIM1; k=ed25519; p=AB==", "not a key"),
        pytest.param(format_record(ED25519_KEY).replace("ed25519", "rsa"), "not a key", id="wrong kind"),
        pytest.param(format_record(RSA_KEY)[:300], "not a key", id="cut off"),
        ("anything", "no p="),
    ],
)
def test_a_record_without_a_usable_key_says_why(record: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        parse_record(record)


def test_a_record_may_say_that_the_domain_is_only_testing() -> None:
    assert parse_record(format_record(RSA_KEY) + "; t=s:y").is_testing
