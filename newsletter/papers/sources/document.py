"""Fetch one document from a source of papers: tried a few times, and checked to be what was asked for."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Any

import requests
import structlog

from newsletter.errors import Fault, NoConnectionError, SourceError
from newsletter.papers.sources.gate import MAX_WAIT_SECONDS, is_rate_notice, service_of, unreachable
from newsletter.papers.sources.holding import parse_retry_after

TRIES = 3
_TEMPORARY = (requests.codes.request_timeout, requests.codes.too_many_requests)
_log = structlog.get_logger(__name__)
_witness: ContextVar[Callable[[SourceError], object]] = ContextVar("witness", default=lambda _error: None)


class Document(StrEnum):
    """The kinds of document that sources answer with; the value is the name of the root element, where there is one."""

    PAGE = "html"
    FEED = "feed"
    OAI = "OAI-PMH"
    JSON = "json"


class RefusedError(SourceError):
    """The source refused this very request (HTTP 4xx): asking again would not help. `body` is what it said."""

    def __init__(self, message: str, *, status: int, body: bytes) -> None:
        super().__init__(message, retryable=False, fault=Fault.REFUSED)
        self.status = status
        self.body = body


@contextmanager
def witnessed(by: Callable[[SourceError], object]) -> Iterator[None]:
    """Tell `by` each failure of a request within the block, also of those that went well when they were tried again."""
    token = _witness.set(by)
    try:
        yield
    finally:
        _witness.reset(token)


def fetch_document(session: requests.Session, url: str, *, expect: Document) -> bytes:
    """Return the body at `url`, whole and of the expected kind; temporary failures are tried again, three times in all.

    The gate does the waiting, so `session` should be a polite one. Where no connection comes about, only whoever asked for
    the document knows how long to be patient: NoConnectionError is raised at once. Raises RefusedError for HTTP 4xx, and
    SourceError (retryable) when it is down, asks us to slow down, or answers 200 with something else or half a document.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return _fetch_once(session, url, expect)
        except NoConnectionError as error:
            _witness.get()(error)
            raise
        except SourceError as error:
            _witness.get()(error)
            told_to_wait = error.retry_after_seconds or 0
            if not error.retryable or told_to_wait > MAX_WAIT_SECONDS or attempt == TRIES:
                raise
            _log.warning("source_request_failed", service=service_of(url), attempt=attempt, reason=str(error))
    raise AssertionError("unreachable: the last attempt returns or raises")


def _fetch_once(session: requests.Session, url: str, expect: Document) -> bytes:
    try:
        response = session.get(url)
    except requests.RequestException as error:  # what requests finds wrong before or after the transport
        raise unreachable(service_of(url), error) from error
    if response.status_code != requests.codes.ok or is_rate_notice(response):
        raise _failure(response, service_of(url))
    if not _is_whole(response.content, expect):
        raise SourceError(
            f"{service_of(url)} answered with something that is not a whole {expect} document: "
            f"{excerpt(response.content) or 'an empty body'!r}. It is usually well again after some minutes.",
            retryable=True,
            fault=Fault.TRUNCATED if _begins_as(response.content, expect) else Fault.UNUSABLE,
        )
    return response.content


def _failure(response: requests.Response, service: str) -> SourceError:
    status, said = response.status_code, excerpt(response.content)
    if is_rate_notice(response):
        reason, fault = f"{service} asked us to slow down (HTTP {status}, {said!r})", Fault.RATE_LIMITED
    elif status in _TEMPORARY or status >= requests.codes.internal_server_error:
        reason = f"{service} is not available at the moment (HTTP {status})"
        fault = Fault.RATE_LIMITED if status == requests.codes.too_many_requests else Fault.UNAVAILABLE
    else:
        return RefusedError(
            f"{service} refused the request (HTTP {status}: {said!r}).", status=status, body=response.content
        )
    wait = parse_retry_after(response.headers.get("Retry-After"), now=time.time())
    when = "later" if wait is None else f"in {wait:.0f} seconds"
    return SourceError(f"{reason}; try again {when}.", retryable=True, retry_after_seconds=wait, fault=fault)


def _is_whole(body: bytes, expect: Document) -> bool:
    """Tell whether the body begins and ends as such a document: a cut one can still come with a fitting length."""
    if expect is Document.JSON:
        return _is_json(body)
    tail = body[-200:].rstrip().lower()
    return _begins_as(body, expect) and tail.endswith(b"</" + expect.lower().encode() + b">")


def _begins_as(body: bytes, expect: Document) -> bool:
    if expect is Document.JSON:
        return body.lstrip()[:1] in (b"[", b"{")
    return b"<" + expect.lower().encode() in body[:2000].lower()


def _is_json(body: bytes) -> bool:
    try:
        read_json(body)
    except ValueError:
        return False
    return True


def read_json(body: bytes) -> Any:
    """Return the value that a JSON text stands for; raises ValueError when it is none, is cut off or is too deep."""
    try:
        return json.loads(body, parse_int=_read_int)
    except RecursionError as error:
        raise ValueError("too deep") from error


def _read_int(digits: str) -> int | float:
    """Read a number that Python would call too long to read as one that is too large to be any count."""
    return int(digits) if len(digits) < 20 else float(digits)


def excerpt(body: bytes) -> str:
    """Return the beginning of a body as one short line without markup."""
    text = re.sub(rb"<(script|style)\b.*?</\1>|<[^>]*>", b" ", body[:4000], flags=re.DOTALL | re.IGNORECASE)
    return " ".join(text.decode("utf-8", "replace").split())[:120]
