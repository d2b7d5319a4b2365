"""One request to a translation service, and what its status means for us."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from newsletter.errors import BadTranslationError, TranslationError, TranslationRefusedError

_CONNECT_SECONDS = 10.0
# Google answers 400 to a wrong key, and 403 both to a quota that is used up and to haste; OpenAI 429 to either
_KEY = re.compile(r"API_KEY_INVALID|API key not valid")
_QUOTA = re.compile(r"insufficient_quota|dailyLimitExceeded|Daily Limit Exceeded")
_RATE = re.compile(r"[rR]ateLimitExceeded|Rate Limit Exceeded")
_EXCERPT = 200  # characters of the service's own words that an error quotes


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Where a translation service is and how it is asked.

    `url` is its origin; a path before the API's own (`https://host/compatible`) is kept. Neither the key nor the URL,
    which may hold a password, is ever shown.
    """

    title: str
    url: str = field(repr=False)
    key: str = field(default="", repr=False)
    setting: str = "NEWSLETTER_TRANSLATOR"
    """The settings that errors send people to begin with this."""
    timeout_seconds: float = 120.0  # a service on our own CPU, or a model that writes ten abstracts, needs its time

    def post(self, path: str, body: object, *, headers: Mapping[str, str] | None = None) -> Any:
        """Send the body as JSON and return the decoded JSON of the answer.

        Raises TranslationError or one of its kinds.
        """
        return self.ask("POST", path, body, headers=headers)

    def ask(self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None) -> Any:
        """Send a request, with a body unless that is None; return the decoded JSON, or None for an answer without body.

        Raises TranslationError or one of its kinds.
        """
        sent = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
        try:
            response = requests.request(
                method,
                _join(self.url, path),
                data=None if body is None else encode(body),
                headers=sent,
                timeout=(min(_CONNECT_SECONDS, self.timeout_seconds), self.timeout_seconds),
                allow_redirects=False,  # a redirected POST loses its body, and the key must not go elsewhere
            )
        except requests.Timeout as error:
            raise self._unreachable(f"did not answer within {self.timeout_seconds:g} seconds") from error
        except requests.RequestException as error:
            raise self._unreachable(f"could not be reached ({type(error).__name__})") from error
        if response.status_code == requests.codes.no_content:
            return None
        if response.status_code not in (requests.codes.ok, requests.codes.created):
            raise self.error_for(response.status_code, response.headers, response.text)
        try:
            return json.loads(response.content)
        except ValueError as error:
            raise self.bad_answer("its answer is not JSON") from error

    def error_for(self, status: int, headers: Mapping[str, str], text: str) -> TranslationError:
        """Return the error that a status of failure stands for, and what the service says with it."""
        where = f"{self.title} ({self.host})"
        if status in (402, 456) or (status in (403, 429) and _QUOTA.search(text)):
            return _refused(
                f"{where} says the quota is used up (status {status}); it works again when that is renewed."
            )
        is_too_fast = status == 403 and _RATE.search(text)
        if (status in (401, 403) and not is_too_fast) or (status == 400 and _KEY.search(text)):
            return _refused(f"{where} refused the key (status {status}); check {self.setting}_KEY.")
        if status == 404 or 300 <= status < 400:
            return _refused(
                f"{where} has no such address or model (status {status}); "
                f"check {self.setting}_URL and {self.setting}_MODEL."
            )
        if is_too_fast or status in (408, 425, 429) or status >= 500:
            return TranslationError(
                f"{where} is busy or out of order (status {status}); it is tried again later.",
                retryable=True,
                retry_after_seconds=parse_retry_after(headers.get("Retry-After"), headers.get("Date")),
            )
        return TranslationError(f"{where} rejected the texts (status {status}): {self._quote(text)}", retryable=False)

    def bad_answer(self, reason: str, *, tokens_in: int = 0, tokens_out: int = 0) -> BadTranslationError:
        """Return the error for an answer that cannot be used; its tokens are paid all the same."""
        return BadTranslationError(
            f"{self.title} ({self.host}) gave a bad answer: {reason}.",
            retryable=True,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
        )

    @property
    def host(self) -> str:
        """The host and port that are asked, without any password."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)

    def _unreachable(self, reason: str) -> TranslationError:
        return TranslationError(f"{self.title} ({self.host}) {reason}; it is tried again later.", retryable=True)

    def _quote(self, text: str) -> str:
        shown = text.replace(self.key, "…") if self.key else text
        return " ".join(shown.split())[:_EXCERPT]


def encode(body: object) -> bytes:
    """Return the body as compact UTF-8 JSON; half a surrogate pair, which UTF-8 cannot hold, becomes a question mark."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def parse_retry_after(value: str | None, date: str | None) -> float | None:
    """Read a Retry-After header as seconds; a date is counted from the answer's own Date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    seconds = value.strip()
    if seconds.isdecimal():
        return float(seconds)
    try:
        waiting = parsedate_to_datetime(value) - parsedate_to_datetime(date or "")
    except (ValueError, TypeError):
        return None
    return max(0.0, waiting.total_seconds())


def _join(url: str, path: str) -> str:
    """Put the API's path behind the URL; people often paste its first part (`…/v1`) along."""
    return url.rstrip("/").removesuffix("/" + path.split("/")[1]) + path


def _refused(message: str) -> TranslationRefusedError:
    return TranslationRefusedError(message, retryable=False)
