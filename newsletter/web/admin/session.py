"""Who is signed in: the cookie, and the permission that every page of the operators names."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from newsletter.operators.roles import Permission
from newsletter.operators.session import ABSOLUTE, SignedIn
from newsletter.settings import Settings
from newsletter.web.client import client_address
from newsletter.web.language import local_path
from newsletter.web.site import CurrentSite, Site, get_site

HOME = "/admin"
SIGN_IN = "/admin/sign-in"
_SESSION = "operator"
_BROWSER = "operator-browser"
_BROWSER_SECONDS = 180 * 24 * 3600


class SignInNeededError(Exception):
    """Nobody is signed in, or no longer."""


@dataclass(frozen=True, slots=True)
class Require:
    """The dependency of a page that needs a permission: returns who is signed in.

    Raises SignInNeededError for nobody, HTTPException 403 for who may not.
    """

    permission: Permission

    def __call__(self, request: Request, site: CurrentSite) -> SignedIn:
        operator = find_signed_in(request, site)
        if operator is None:
            raise SignInNeededError
        if not operator.may(self.permission):
            raise HTTPException(403)
        return operator


def require(permission: Permission) -> Require:
    """Return the dependency of a page that only those with this permission see."""
    return Require(permission)


Looking = Annotated[SignedIn, Depends(require(Permission.LOOK))]
"""Whoever is signed in: for pages that change nothing."""


def find_signed_in(request: Request, site: Site) -> SignedIn | None:
    """Return who is signed in, or None."""
    token = session_token(request, site.runtime.settings)
    return site.runtime.door.find_signed_in(token, network=network_of(request, site)) if token else None


def session_token(request: Request, settings: Settings) -> str:
    """Return the token of the session's cookie; empty when there is none."""
    return request.cookies.get(_name(settings, _SESSION), "")


def kept_by_browser(request: Request, settings: Settings) -> str:
    """Return what this browser kept when somebody signed in here before."""
    return request.cookies.get(_name(settings, _BROWSER), "")


def set_session(response: Response, settings: Settings, *, token: str, kept: str = "") -> None:
    """Give the browser its session, and what it keeps beyond it.

    The cookies are Lax, not Strict: alarm mails link here, and whoever comes from a mail in the browser would otherwise be
    asked to sign in again. What changes anything is a POST with a token of its own (see csrf).
    """
    _set(response, settings, _SESSION, token, int(ABSOLUTE.total_seconds()))
    if kept:
        _set(response, settings, _BROWSER, kept, _BROWSER_SECONDS)


def clear_session(response: Response, settings: Settings) -> None:
    """Take the session's cookie away."""
    _set(response, settings, _SESSION, "", 0)


def network_of(request: Request, site: Site) -> str:
    """Return the network address of who asks; empty when it is not known."""
    return client_address(request, site.runtime.settings.trusted_proxies)


def browser_of(request: Request) -> str:
    """Return what the browser calls itself."""
    return request.headers.get("user-agent", "")


def path_within(written: str) -> str:
    """Return a path to go on to after the sign-in; the first page for anything that is none of the operators' pages."""
    path = local_path(written)
    page = urlsplit(path).path
    is_ours = (page == HOME or page.startswith(f"{HOME}/")) and "/." not in page and "%" not in page
    return HOME if not is_ours or page.startswith(SIGN_IN) else path


def ask_to_sign_in(request: Request, _error: Exception) -> Response:
    """Answer who is not signed in: lead to the sign-in, and from there back to where they wanted to go.

    A script that fetches a part of a page gets 401 instead of the sign-in's page in that part's place.
    """
    if request.headers.get("sec-fetch-dest") == "empty":
        return HTMLResponse("", status_code=401)
    wanted = get_site(request).address
    if request.method not in ("GET", "HEAD"):
        referrer = urlsplit(request.headers.get("referer", ""))
        wanted = referrer.path + (f"?{referrer.query}" if referrer.query else "")
    path = path_within(wanted)
    return RedirectResponse(SIGN_IN if path == HOME else f"{SIGN_IN}?next={quote(path)}", status_code=303)


def _name(settings: Settings, name: str) -> str:
    """Return a cookie's name; with this prefix a browser takes it only over TLS, from this host, for every path."""
    return f"__Host-{name}" if _is_tls(settings) else name


def _is_tls(settings: Settings) -> bool:
    return settings.public_url.startswith("https://")


def _set(response: Response, settings: Settings, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        _name(settings, name),
        value,
        max_age=seconds,
        path="/",
        secure=_is_tls(settings),
        httponly=True,
        samesite="lax",
    )
