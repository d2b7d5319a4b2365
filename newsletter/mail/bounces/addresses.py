"""Addresses in reports."""

import re
from collections.abc import Iterable

# atoms with dots, quoted local parts, and what anonymised or broken mails have; lengths of RFC 5321 bound the search
_ATOM = r"A-Za-z0-9_\u00c0-\u024f"
ADDRESS = re.compile(
    rf"(?<![{_ATOM}.+@=/?&%!#$'*-])"
    rf"(\"[^\"\s@]{{1,62}}\"@|[{_ATOM}.!#$%&'*+/=?^`{{|}}~\-\U0001f000-\U0001ffff]{{1,128}}@)"
    rf"((?:[{_ATOM}-]{{1,63}}\.){{0,12}}[{_ATOM}-]{{1,63}})"
)
_EMBEDDED = re.compile(r"(?:smtp|dda:smtp|internet|rfc-?822|rfc|mailto|unknown|dns|x400)[=:;]+", re.IGNORECASE)


def find_addresses(text: str) -> list[str]:
    """Return the addresses in a text in their order, in lower case, each once."""
    return unique(clean(found[0]) for found in ADDRESS.finditer(_EMBEDDED.sub(" ", text)))


def first_address(text: str) -> str:
    """Return the first address in a text, "" if there is none."""
    return next(iter(find_addresses(text)), "")


def clean(address: str) -> str:
    """Return an address as it is compared: lower case, without the punctuation of the sentence it stood in."""
    bare = address.strip("\"'`<>()[]{}.,;:!*|/~")
    return (bare if bare.startswith("=?") else bare.strip("?=-")).lower()


def unique(addresses: Iterable[str]) -> list[str]:
    """Return each once, in the order they came."""
    return list(dict.fromkeys(address for address in addresses if address))
