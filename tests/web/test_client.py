"""Who asks is found out without believing strangers."""

import pytest
from fastapi import Request

from newsletter.web.client import client_address

PROXY = "127.0.0.1"


def request(peer: str | None, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    return Request({"type": "http", "client": (peer, 1) if peer else None, "headers": headers})


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "found"),
    [
        ("192.0.2.7", (), (), "192.0.2.7"),
        ("192.0.2.7", ("198.51.100.1",), (), "192.0.2.7"),
        (PROXY, ("198.51.100.1",), (), PROXY),
        (PROXY, ("198.51.100.1",), (PROXY,), "198.51.100.1"),
        (PROXY, ("203.0.113.9, 198.51.100.1",), (PROXY,), "198.51.100.1"),
        (PROXY, ("203.0.113.9", "198.51.100.1"), (PROXY,), "198.51.100.1"),
        (PROXY, ("198.51.100.1, 10.1.2.3",), (PROXY, "10.0.0.0/8"), "198.51.100.1"),
        (PROXY, ("10.1.2.3",), (PROXY, "10.0.0.0/8"), "10.1.2.3"),
        (PROXY, ("unknown",), (PROXY,), PROXY),
        (PROXY, ("198.51.100.1:4711",), (PROXY,), "198.51.100.1"),
        (PROXY, ("[2001:db8::1]:4711",), (PROXY,), "2001:db8::1"),
        (PROXY, ("2001:db8::1",), (PROXY,), "2001:db8::1"),
        (None, ("198.51.100.1",), (PROXY,), ""),
    ],
)
def test_a_forwarded_address_is_believed_only_from_a_proxy_that_the_settings_name(
    peer: str | None, forwarded: tuple[str, ...], trusted: tuple[str, ...], found: str
) -> None:
    assert client_address(request(peer, *forwarded), trusted) == found
