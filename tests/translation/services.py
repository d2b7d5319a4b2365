"""Three translation services on one loopback port: small, honest, and able to misbehave on request."""

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
from newsletter.translation.engines.http import Service
from newsletter.translation.engines.libretranslate import LibreTranslate
from newsletter.translation.engines.openai import OpenAI

KEY = "standin-key"
KINDS = ("deepl", "libretranslate", "openai")
PATHS = {"deepl": "/v2/translate", "libretranslate": "/translate", "openai": "/v1/chat/completions"}
GOOD = "good"
BAD_MODES = ("empty", "source", "count", "invalid_json")


def open_kind(kind: str, url: str, *, key: str = KEY, timeout_seconds: float = 20.0) -> Engine:
    """An engine of one kind that asks the service at `url`."""
    service = Service(title=kind, url=url, key=key, timeout_seconds=timeout_seconds)
    engines: dict[str, type[DeepL | LibreTranslate | OpenAI]] = {
        "deepl": DeepL,
        "libretranslate": LibreTranslate,
        "openai": OpenAI,
    }
    return engines[kind](service)


def chinese(text: str) -> str:
    """What the loopback services answer for a text."""
    return f"译文：{text}"


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
    """The server. `replies` are used up one a request; then `otherwise` holds."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.replies: deque[Reply] = deque()
        self.otherwise = Reply()
        self.canned = ""
        """The body of every answer with status 200, if not empty."""
        self.poison = ""
        """A batch that holds a text with this word is refused with status 400."""
        self.released = threading.Event()
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

    def take(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
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
    done = _spoil([chinese(text) for text in asked.texts], asked.texts, mode)
    cut = -2 if mode == "invalid_json" else None
    match asked.path:
        case "/v2/translate":
            return json.dumps({"translations": [{"text": text} for text in done]})[:cut]
        case "/translate":
            return json.dumps({"translatedText": done})[:cut]
        case _:
            items = [{"id": number, "text": text} for number, text in enumerate(done, 1)]
            content = json.dumps({"translations": items})[:cut]
            return json.dumps({"choices": [{"finish_reason": "stop", "message": {"content": content}}]})


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
