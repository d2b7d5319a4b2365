"""What every answer carries, and how much every request may bring."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_UPLOAD_BYTES = 12 * 1024 * 1024
"""What an operator may bring to the import of readers."""
_UPLOADS = "/admin/readers/import"
MAX_BODY_BYTES = 512 * 1024  # a hundred keywords of 500 Chinese characters, percent-encoded, are 450 KB

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FRAMED_MAIL_POLICY = (
    # a stored mail is somebody else's HTML: no script, no network, no form, and only our own page may frame it
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)

DEFAULT_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # addresses carry tokens, and arXiv need not know them
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "SAMEORIGIN",  # for browsers that do not know frame-ancestors; only our own page frames a mail
    "Cache-Control": "no-store",  # pages that everybody may keep say so themselves
}
OPERATORS_REFERRER = "same-origin"
"""Among the operators' pages: without a referrer browsers send no Origin either, by which their forms are known."""
STAY_ENCRYPTED = {"Strict-Transport-Security": "max-age=31536000"}
"""For a site that is reached by https."""


class SecureHeaders:
    """Adds the headers above to every answer that does not set its own."""

    def __init__(self, app: ASGIApp, *, is_encrypted: bool = False) -> None:
        self._app = app
        self._headers = DEFAULT_HEADERS | (STAY_ENCRYPTED if is_encrypted else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if scope["path"].startswith("/admin"):
                    headers.setdefault("Referrer-Policy", OPERATORS_REFERRER)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class BodyLimit:
    """Refuses a request body over the limit, announced or not, before it is held in memory."""

    def __init__(self, app: ASGIApp, *, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        received = 0
        most = max(self._max_bytes, MAX_UPLOAD_BYTES) if scope["path"].startswith(_UPLOADS) else self._max_bytes
        announced = Headers(scope=scope).get("content-length", "")

        async def receive_some() -> Message:
            nonlocal received
            if announced.isdecimal() and int(announced) > most:
                raise HTTPException(413)
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise HTTPException(413)
            return message

        await self._app(scope, receive_some, send)
