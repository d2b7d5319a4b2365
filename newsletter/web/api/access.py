"""Who calls, how often they may, and what their token allows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.api_tokens.token import Scope as TokenScope
from newsletter.api_tokens.token import find_prefix
from newsletter.operators.account import Operator
from newsletter.runtime.api import Caller
from newsletter.subscribers.subscriber import Subscriber
from newsletter.web.api.errors import ApiError, too_many
from newsletter.web.api.problems import Kind, Problem
from newsletter.web.client import client_address
from newsletter.web.limits import Limiter, Policy, network_name
from newsletter.web.site import CurrentSite

ANONYMOUS = Policy(name="anonymous", quota=60, within=timedelta(minutes=1))
KNOWN = Policy(name="token", quota=600, within=timedelta(minutes=1))
_HEADERS = "rate_headers"

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    bearerFormat="chenbao_<name>_<secret>",
    description="A token made by `newsletter token create`, or on the reader's own page.",
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


class RateHeaders:
    """Adds to every answer how its asker stands with the limits; errors say so, too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in state.get(_HEADERS, {}).items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def find_caller(request: Request, site: CurrentSite, credentials: Credentials) -> Caller | None:
    """Return who calls, None for a stranger, counting the request; raises ApiError for a bad token or too many requests.

    A token that is none is refused rather than ignored: its holder would take the public's limits for their own.
    """
    caller = None
    if credentials is not None and find_prefix(credentials.credentials) is not None:
        caller = site.runtime.find_caller(credentials.credentials)
    _admit(request, site, caller)
    if caller is None and "authorization" in request.headers:
        detail = "The Authorization header holds no token that is good now."
        raise ApiError(Problem(kind=Kind.UNAUTHORIZED, detail=detail), {"WWW-Authenticate": 'Bearer realm="chenbao"'})
    return caller


MaybeCaller = Annotated[Caller | None, Depends(find_caller)]


def allow(scope: TokenScope) -> Callable[[Caller | None], Caller]:
    """Return the dependency that lets only those in whose token has a scope; raises ApiError."""

    def check(caller: MaybeCaller) -> Caller:
        if caller is None:
            detail = f"This needs a token with the scope {scope.value}."
            raise ApiError(
                Problem(kind=Kind.UNAUTHORIZED, detail=detail), {"WWW-Authenticate": 'Bearer realm="chenbao"'}
            )
        _require(caller, scope)
        return caller

    return check


def look_in(caller: MaybeCaller) -> None:
    """Let in everybody but who brings a token that is not for reading papers: a token does what it says and no more."""
    if caller is not None:
        _require(caller, TokenScope.PAPERS_READ)


def _require(caller: Caller, scope: TokenScope) -> None:
    if scope not in caller.scopes:
        detail = f"The token has no scope {scope.value}, or its owner may not do this any more."
        said = f'Bearer realm="chenbao", error="insufficient_scope", scope="{scope.value}"'
        raise ApiError(
            Problem(kind=Kind.FORBIDDEN, detail=detail, more={"scope": scope.value}), {"WWW-Authenticate": said}
        )


def _admit(request: Request, site: CurrentSite, caller: Caller | None) -> None:
    limiter: Limiter = request.app.state.limiter
    if caller is None:
        address = client_address(request, site.runtime.settings.trusted_proxies)
        standing = limiter.take(ANONYMOUS, network_name(address))
    else:
        standing = limiter.take(KNOWN, f"token:{caller.token.prefix}")
    setattr(request.state, _HEADERS, standing.headers)
    if not standing.is_admitted:
        raise too_many(standing.reset_seconds, standing.headers)


def reader_of(caller: Caller) -> Subscriber:
    """Return the reader in whose name somebody calls; raises ApiError for an operator's token."""
    if caller.reader is None:
        raise ApiError(Problem(kind=Kind.FORBIDDEN, detail="This is for readers; the token is an operator's."))
    return caller.reader


def operator_of(caller: Caller) -> Operator:
    """Return the operator in whose name somebody calls; raises ApiError for a reader's token."""
    if caller.operator is None:
        raise ApiError(Problem(kind=Kind.FORBIDDEN, detail="This is for operators; the token is a reader's."))
    return caller.operator
