"""Who asks: the network address a request came from, and whether it has asked too often."""

import ipaddress
import math
from collections.abc import Sequence
from datetime import timedelta

from fastapi import HTTPException, Request

from newsletter.web.limits import Policy, network_name
from newsletter.web.site import CurrentSite, Site

LOOKING_UP = Policy(name="looking-up", quota=600, within=timedelta(minutes=1))
"""Searches and tries of keywords from one network: a whole laboratory that types, and no machine that empties the index."""


def refuse_flood(request: Request, site: Site) -> None:
    """Count a request that may lead to a mail; raises HTTPException 429, with Retry-After, when there were too many.

    The answer depends on who asks alone, never on the address that was typed, so it tells nothing about that one.
    """
    wait = site.runtime.admit_network(client_address(request, site.runtime.settings.trusted_proxies))
    if wait is not None:
        raise HTTPException(429, headers={"Retry-After": str(math.ceil(wait.total_seconds()))})


def refuse_rush(request: Request, site: CurrentSite) -> None:
    """Count a request that makes us search; raises HTTPException 429, with Retry-After, when there were too many."""
    network = network_name(client_address(request, site.runtime.settings.trusted_proxies))
    standing = request.app.state.limiter.take(LOOKING_UP, network)
    if not standing.is_admitted:
        raise HTTPException(429, headers=standing.headers)


def client_address(request: Request, trusted: Sequence[str]) -> str:
    """Return the network address of who asks; empty when it is not known, as behind a local socket.

    X-Forwarded-For is believed only as far as each hop was written down by a proxy that the settings name: anybody can send
    that header, and who makes up a new address with each request would never be limited.
    """
    peer = request.client.host if request.client else ""
    hops = [hop.strip() for line in request.headers.getlist("x-forwarded-for") for hop in line.split(",")]
    address = _read(peer)
    while address and _is_trusted(address, trusted) and hops:
        found = _read(hops.pop())
        if not found:
            break
        address = found
    return address


def _read(written: str) -> str:
    """Return an address in its usual form, or nothing when it is none; some proxies add a port."""
    bare = written.strip("[]") if written.count(":") != 1 else written.partition(":")[0]
    bare = bare.partition("]")[0].partition("%")[0]
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return ""


def _is_trusted(address: str, trusted: Sequence[str]) -> bool:
    found = ipaddress.ip_address(address)
    return any(found in ipaddress.ip_network(network) for network in trusted)
