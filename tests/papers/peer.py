"""A loopback HTTP peer that answers as it is told, and remembers what it was asked."""

import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from sqlalchemy import Engine

from newsletter.clock import Clock
from newsletter.papers.ask import Collector
from newsletter.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer; `length` overrides Content-Length, `resets` answers with a connection reset."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    resets: bool = False
    drip_seconds: float = 0.0
    """Greater than 0: the body comes byte by byte, with this pause, until the other side hangs up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    path: str
    headers: dict[str, str]
    started_at: float
    parallel: int


@dataclass(slots=True)
class Peer:
    """Answers the replies given for the beginning of a path, each once and the last one for ever; or by a function."""

    url: str
    routes: dict[str, list[Reply]] = field(default_factory=dict)
    answer: Callable[[str], Reply | None] | None = None
    requests: list[Request] = field(default_factory=list)
    running: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def on(self, path: str, *replies: Reply | bytes) -> None:
        self.routes[path] = [Reply(body=reply) if isinstance(reply, bytes) else reply for reply in replies]

    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    def reply_to(self, path: str) -> Reply:
        if self.answer and (found := self.answer(path)):
            return found
        for start, replies in self.routes.items():
            if path.startswith(start):
                return replies.pop(0) if len(replies) > 1 else replies[0]
        return Reply(status=404, body=b"<html>Not found</html>")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    peer: Peer

    def do_GET(self) -> None:
        peer = self.peer
        with peer.lock:
            peer.running += 1
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen = Request(path=self.path, headers=headers, started_at=time.monotonic(), parallel=peer.running)
            peer.requests.append(seen)
            reply = peer.reply_to(self.path)
        try:
            self._send(reply)
        except OSError:
            self.close_connection = True  # the other side hung up
        finally:
            with peer.lock:
                peer.running -= 1

    def _send(self, reply: Reply) -> None:
        if reply.resets:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
        self.end_headers()
        if not reply.drip_seconds:
            self.wfile.write(reply.body)
            return
        while True:
            self.wfile.write(b" ")
            time.sleep(reply.drip_seconds)

    def log_message(self, *_arguments: object) -> None:
        """Keep quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client may go away at any time."""


def start_peer() -> tuple[Peer, Callable[[], None]]:
    """Return a running peer and the function that ends it."""
    peer = Peer("")
    handler = type("Handler", (_Handler,), {"peer": peer})
    server = _Server(("127.0.0.1", 0), handler)
    peer.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return peer, stop


def settings_for(url: str, *categories: str) -> Settings:
    """Settings with a loopback server in the place of all of arXiv's."""
    return Settings(
        arxiv_url=url,
        arxiv_api_url=url,
        arxiv_feed_url=url,
        arxiv_oai_url=url,
        arxiv_interval_seconds=0,
        categories=categories or ("cs",),
    )


def collector_for(database: Engine, http: requests.Session, url: str, *categories: str, now: Clock) -> Collector:
    """A collector with a loopback server in the place of all of arXiv's."""
    return Collector(database=database, http=http, settings=settings_for(url, *categories), now=now)
