"""Who asks is found out without believing strangers."""

from dataclasses import replace

import pytest
from fastapi import Request

from newsletter.web import client
from newsletter.web.client import client_address
from tests.web.browser import Browser
from tests.web.pages import Page

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


@pytest.mark.parametrize(
    "path", ["/search?q=agents", "/search/results?q=agents", "/keywords?q=a", "/keywords/preview?q=a"]
)
def test_who_searches_without_end_is_asked_to_wait(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(client, "LOOKING_UP", replace(client.LOOKING_UP, quota=2))
    assert [browser.get(path).status_code for _ in range(2)] == [200, 200]
    refused = browser.get(path)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert Page(refused).heading == "Too many requests from here"
