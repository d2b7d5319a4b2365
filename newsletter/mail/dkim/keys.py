"""The keys of DKIM: making them, reading them, and the DNS record that publishes their public half."""

import base64
import binascii
import re
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from newsletter.errors import InputError, SettingsError
from newsletter.mail.dkim.signer import Algorithm, SigningKey

RSA_BITS = 2048
LEAST_RSA_BITS = 1024
"""Receivers must not accept less (RFC 8301)."""
_STRING_OCTETS = 255  # RFC 1035 section 3.3: a TXT record is made of strings
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SELECTOR = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")

TYPE_NAMES = {Algorithm.RSA: "rsa", Algorithm.ED25519: "ed25519"}
"""What the kinds of keys are called in a record's `k=`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """What a DNS record publishes under one selector; `is_testing` tells receivers to treat failures as if unsigned."""

    key: RSAPublicKey | Ed25519PublicKey = field(repr=False)
    is_testing: bool = False

    @property
    def bits(self) -> int:
        return self.key.key_size if isinstance(self.key, RSAPublicKey) else 256


def generate_key(algorithm: Algorithm, selector: str) -> SigningKey:
    """Make a new key; RSA has 2048 bits, the most that every receiver takes."""
    private = generate_private_key(65537, RSA_BITS) if algorithm is Algorithm.RSA else Ed25519PrivateKey.generate()
    return SigningKey(selector=check_selector(selector), private=private)


def parse_key(pem: str, *, setting: str, algorithm: Algorithm, selector: str) -> SigningKey:
    """Read a private key in PEM; backslash-n counts as a line end, as many ways to set a variable want it.

    Raises SettingsError, which names the setting and never repeats the key.
    """
    wanted = f"{setting} needs {'an RSA' if algorithm is Algorithm.RSA else 'an Ed25519'} private key in PEM"
    try:
        private = serialization.load_pem_private_key(pem.replace("\\n", "\n").encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SettingsError(
            f"{wanted} without a password, and this is none; `newsletter dkim keygen` makes one."
        ) from None  # the cause may quote the key
    check_selector(selector)
    if isinstance(private, RSAPrivateKey) and algorithm is Algorithm.RSA:
        if private.key_size < LEAST_RSA_BITS:
            raise SettingsError(
                f"{setting} has {private.key_size} bits, and receivers ignore keys under {LEAST_RSA_BITS}; "
                f"make one of {RSA_BITS} with `newsletter dkim keygen` under a new selector."
            )
        return SigningKey(selector=selector, private=private)
    if isinstance(private, Ed25519PrivateKey) and algorithm is Algorithm.ED25519:
        return SigningKey(selector=selector, private=private)
    raise SettingsError(f"{wanted}; this is another kind of key.")


def format_key(key: SigningKey) -> bytes:
    """Return the private key in PEM (PKCS #8), not encrypted."""
    return key.private.private_bytes(Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def check_selector(selector: str) -> str:
    """Return the selector. Raises SettingsError when it cannot stand in a DNS name."""
    if not _SELECTOR.fullmatch(selector):
        raise SettingsError(
            f"{selector!r} is not a DKIM selector; write small letters, digits and hyphens, like chenbao1."
        )
    return selector


def record_name(selector: str, domain: str) -> str:
    """Return where in the DNS a selector's public key stands."""
    return f"{selector}._domainkey.{domain}"


def format_record(key: SigningKey) -> str:
    """Return the text of the TXT record that publishes the key (RFC 6376 section 3.6.1)."""
    return f"v=DKIM1; k={TYPE_NAMES[key.algorithm]}; p={base64.b64encode(public_octets(key.private.public_key())).decode()}"


def split_record(text: str) -> list[str]:
    """Return a record's text as the strings of a TXT record, each of 255 octets at most."""
    return [text[start : start + _STRING_OCTETS] for start in range(0, len(text), _STRING_OCTETS)]


def parse_record(text: str) -> PublicKey:
    """Read a TXT record's public key. Raises InputError with what is wrong with it."""
    tags = parse_tags(text)
    if tags.get("v", "DKIM1") != "DKIM1":
        raise InputError("its v= is not DKIM1")
    if "p" not in tags:
        raise InputError("it has no p=, so no key")
    if not tags["p"]:
        raise InputError("its p= is empty, which means that the key was withdrawn")
    if "sha256" not in tags.get("h", "sha256").split(":"):
        raise InputError("its h= forbids SHA-256")
    if not {"*", "email"} & set(tags.get("s", "*").split(":")):
        raise InputError("its s= forbids mail")
    try:
        key = _read_public(tags.get("k", "rsa"), base64.b64decode(tags["p"], validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm) as error:
        raise InputError("its p= is not a key; perhaps a part of it was lost on the way into the DNS") from error
    return PublicKey(key=key, is_testing="y" in tags.get("t", "").split(":"))


def public_octets(key: RSAPublicKey | Ed25519PublicKey) -> bytes:
    """Return a public key as `p=` holds it, before base64 (RFC 8463 section 4)."""
    if isinstance(key, RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return key.public_bytes_raw()


def parse_tags(text: str) -> dict[str, str]:
    """Read a tag list, ``v=1; a=…`` (RFC 6376 section 3.2), without the blanks in its values."""
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    return {name.strip(): re.sub(r"\s+", "", value) for name, _, value in pairs}


def _read_public(kind: str, octets: bytes) -> RSAPublicKey | Ed25519PublicKey:
    if kind == "ed25519":
        return Ed25519PublicKey.from_public_bytes(octets)
    key = serialization.load_der_public_key(octets)
    if kind != "rsa" or not isinstance(key, RSAPublicKey):
        raise ValueError(kind)
    return key
