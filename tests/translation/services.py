"""Four translation services on one loopback port: small, honest, and able to misbehave on request."""

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from newsletter.translation.engines import Engine
from newsletter.translation.engines.deepl import DeepL
from newsletter.translation.engines.google import Google
from newsletter.translation.engines.http import Service
from newsletter.translation.engines.libretranslate import LibreTranslate
from newsletter.translation.engines.openai import OpenAI
from tests.chinese import in_chinese

KEY = "standin-key"
PATHS = {
    "deepl": "/v2/translate",
    "google": "/language/translate/v2",
    "libretranslate": "/translate",
    "openai": "/v1/chat/completions",
}
KINDS = tuple(PATHS)
RECORDED_KINDS = ("deepl", "libretranslate", "openai")
"""Those that the recorded services play, too."""
GOOD = "good"
BAD_MODES = ("empty", "source", "count", "invalid_json")


def open_kind(kind: str, url: str, *, key: str = KEY, timeout_seconds: float = 20.0) -> Engine:
    """An engine of one kind that asks the service at `url`."""
    service = Service(title=kind, url=url, key=key, timeout_seconds=timeout_seconds)
    engines: dict[str, type[DeepL | Google | LibreTranslate | OpenAI]] = {
        "deepl": DeepL,
        "google": Google,
        "libretranslate": LibreTranslate,
        "openai": OpenAI,
    }
    return engines[kind](service)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How to answer one request: `mode` is good, one of BAD_MODES, `reset` or `hang`; a `status` answers by itself."""

    mode: str = GOOD
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    size: int

    @property
    def texts(self) -> list[str]:
        """The texts to translate, whatever the protocol."""
        if "q" in self.body:
            return list(self.body["q"])
        if "text" in self.body:
            return list(self.body["text"])
        return [item["text"] for item in json.loads(self.body["messages"][-1]["content"])["texts"]]


class Services:
    """The server. `replies` are used up one a translation; then `otherwise` holds."""

    def __init__(self) -> None:
        self.glossaries: dict[str, dict[str, Any]] = {}
        """DeepL's, by id."""
        self.room = 1000
        """So many glossaries fit."""
        self.glossary_reply = Reply()
        """How every request about glossaries is answered, if not well."""
        self.managed: list[tuple[str, str]] = []
        """Method and path of the requests that are not for a translation."""
        self.asked: list[Asked] = []
        self.replies: deque[Reply] = deque()
        self.otherwise = Reply()
        self.canned = ""
        """The body of every answer with status 200, if not empty."""
        self.poison = ""
        """A batch that holds a text with this word is refused with status 400."""
        self.released = threading.Event()
        self._made = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.services = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def manage(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Answer a request about glossaries or usage with a status and a body."""
        with self._lock:
            self.managed.append((method, path))
            if path == "/v2/usage":
                return 200, {"character_count": 180118, "character_limit": 1250000}
            if self.glossary_reply.status != 200:
                return self.glossary_reply.status, {"message": "No"}
            if method == "GET":
                return 200, {"glossaries": list(self.glossaries.values())}
            if method == "DELETE":
                return (204, None) if self.glossaries.pop(path.rpartition("/")[2], None) else (404, {})
            if len(self.glossaries) >= self.room:
                return 456, {"message": "Quota for this billing period has been exceeded."}
            return 201, self.add_glossary(body["name"], body["dictionaries"])

    def add_glossary(self, name: str, dictionaries: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
        """Keep a glossary as if it had been made now; each is younger than the one before."""
        number = self._made = self._made + 1
        made = {"glossary_id": f"g{number}", "name": name, "creation_time": f"2026-03-20T00:00:{number:02}Z"}
        self.glossaries[f"g{number}"] = made | {"dictionaries": list(dictionaries)}
        return made

    def take(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            if asked.body.get("glossary_id", "") not in ("", *self.glossaries):
                return Reply(status=404, body='{"message": "Glossary not found"}')
            if self.poison and any(self.poison in text for text in asked.texts):
                return Reply(status=400, body='{"message": "Bad request"}')
            return self.replies.popleft() if self.replies else self.otherwise


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    services: Services


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/v3/"):
            self._manage("POST", json.loads(raw))
            return
        asked = Asked(path=self.path, headers=dict(self.headers), body=json.loads(raw), size=len(raw))
        reply = self.server.services.take(asked)
        if reply.mode == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif reply.mode == "hang":
            self.server.services.released.wait(30)
        elif reply.status != 200:
            self._send(reply.status, reply.body, reply.headers)
        else:
            body = self.server.services.canned or _answer(asked, reply.mode)
            self._send(200, body, reply.headers)

    def do_GET(self) -> None:
        self._manage("GET", {})

    def do_DELETE(self) -> None:
        self._manage("DELETE", {})

    def _manage(self, method: str, body: dict[str, Any]) -> None:
        status, answer = self.server.services.manage(method, self.path, body)
        self._send(status, "" if answer is None else json.dumps(answer), {})

    def _send(self, status: int, body: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Keep the test's output quiet."""

    def finish(self) -> None:
        if not self.wfile.closed and self.connection.fileno() >= 0:
            super().finish()


def _answer(asked: Asked, mode: str) -> str:
    done = _spoil([in_chinese(text) for text in asked.texts], asked.texts, mode)
    cut = -2 if mode == "invalid_json" else None
    match asked.path:
        case "/v2/translate":
            return json.dumps({"translations": [{"text": text} for text in done]})[:cut]
        case "/language/translate/v2":
            return json.dumps({"data": {"translations": [{"translatedText": text} for text in done]}})[:cut]
        case "/translate":
            return json.dumps({"translatedText": done})[:cut]
        case _:
            items = [{"id": number, "text": text} for number, text in enumerate(done, 1)]
            content = json.dumps({"translations": items})[:cut]
            choice = {"finish_reason": "stop", "message": {"content": content}}
            return json.dumps({"choices": [choice], "usage": {"prompt_tokens": 300, "completion_tokens": 100}})


def _spoil(done: list[str], sources: Sequence[str], mode: str) -> list[str]:
    match mode:
        case "empty":
            return [""] * len(done)
        case "source":
            return list(sources)
        case "count":
            return done[:-1]
        case _:
            return done
