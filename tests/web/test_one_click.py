"""One-click unsubscribing (RFC 8058) with curl at a real web server, by the address that stands in List-Unsubscribe."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from newsletter.db.engine import reading
from newsletter.runtime import Runtime
from newsletter.settings import load_settings
from newsletter.subscribers.store import get_subscriber
from newsletter.subscribers.subscriber import Consent, Subscriber
from newsletter.subscribers.tokens import Tokens
from newsletter.web.app import create_app
from tests.factories import FRIDAY, Hand, add_reader
from tests.web.serving import serving

ENCODINGS = {
    "urlencoded": ("--data", "List-Unsubscribe=One-Click"),
    "multipart": ("--form", "List-Unsubscribe=One-Click"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A mailbox provider that holds one reader's mail, and acts on its List-Unsubscribe."""

    runtime: Runtime
    reader: Subscriber
    curl: str
    jar: Path

    @property
    def url(self) -> str:
        links = self.runtime.addresses.of(self.reader.id, self.reader.token_version, FRIDAY)
        return links.unsubscribe_url

    def call(self, *options: str) -> tuple[str, str]:
        """Return the answer's status and headers, and its body; curl follows no redirect, and keeps cookies in the jar."""
        command = [
            self.curl,
            "--silent",
            "--show-error",
            "--include",
            "--max-time",
            "30",
            "--cookie-jar",
            str(self.jar),
        ]
        done = subprocess.run([*command, *options, self.url], capture_output=True, text=True, check=True, timeout=60)
        head, _, body = done.stdout.partition("\n\n")
        return head, body

    def consent(self) -> Consent:
        with reading(self.runtime.database) as session:
            return get_subscriber(session, self.reader.id).consent

    def cookies(self) -> list[str]:
        lines = self.jar.read_text().splitlines() if self.jar.exists() else []
        return [line for line in lines if line and not line.startswith("# ")]


@pytest.fixture
def mailbox(engine: Engine, tmp_path: Path) -> Iterator[Mailbox]:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("not installed: the Debian package curl")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings = load_settings(secret_key="a secret of the tests", port=listener.getsockname()[1])
        clock = Hand()
        tokens = Tokens(settings.secret_key, now=clock)
        runtime = Runtime(settings=settings, clock=clock, database=engine, tokens=tokens)
        reader = add_reader(runtime.desk, "ann@example.org", "agents")
        with serving(create_app(runtime), listener):
            yield Mailbox(runtime=runtime, reader=reader, curl=curl, jar=tmp_path / "cookies")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_post_in_either_encoding_unsubscribes_at_once_and_again_does_no_harm(mailbox: Mailbox, encoding: str) -> None:
    first, page = mailbox.call(*ENCODINGS[encoding])
    assert first.startswith("HTTP/1.1 200 ")
    assert mailbox.consent() is Consent.UNSUBSCRIBED
    again, same = mailbox.call(*ENCODINGS[encoding])
    assert again.startswith("HTTP/1.1 200 ")
    assert same == page
    for head in (first, again):
        assert "location:" not in head.lower()
        assert "set-cookie:" not in head.lower()
    assert mailbox.cookies() == []


@pytest.mark.parametrize("options", [("--get",), ("--head",)], ids=["GET", "HEAD"])
def test_opening_the_address_changes_nothing(mailbox: Mailbox, options: tuple[str, ...]) -> None:
    head, page = mailbox.call(*options)
    assert head.startswith("HTTP/1.1 200 ")
    assert mailbox.consent() is Consent.CONFIRMED
    assert "--head" in options or ("<form" in page and "<button" in page)
    assert mailbox.cookies() == []
