"""A headless Chromium for tests, driven by its DevTools protocol over a pipe: no port, no driver, no further package."""

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.embedded.peers import PATIENCE_SECONDS

Scheme = Literal["light", "dark"]

_COMMAND = (
    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--hide-scrollbars", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
)  # fmt: skip


@dataclass
class Chromium:
    """One tab. Scripts of the pages do not run: what a test sees works without them."""

    _to_browser: int
    _from_browser: int
    _tab: str = ""
    _session: str = ""
    _document: str = ""
    _asked: int = 0
    _rest: bytes = b""
    _events: list[dict[str, Any]] = field(default_factory=list)

    def open_tab(self) -> None:
        self._tab = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=self._tab, flatten=True)["sessionId"]
        self._ask("Page.enable")
        self._ask("Page.setLifecycleEventsEnabled", enabled=True)
        self._ask("Emulation.setScriptExecutionDisabled", value=True)

    def look(self, *, width: int, scheme: Scheme = "light") -> None:
        """Make the window this wide (CSS pixels), on a system that prefers this colour scheme."""
        self._ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600
        )
        self._ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def visit(self, url: str) -> None:
        """Open an address and wait until all of it is there."""
        found = self._ask("Page.navigate", url=url)
        assert "errorText" not in found, f"{url}: {found['errorText']}"
        self._document = found["loaderId"]
        self._wait_until(lambda document: document == self._document)

    def press(self, selector: str) -> None:
        """Press the first such button or link and wait for the page it leads to."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")
        self._document = self._wait_until(lambda document: document != self._document)

    def press_tab(self) -> None:
        for kind in ("rawKeyDown", "keyUp"):
            self._ask("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)

    def fill(self, selector: str, text: str) -> None:
        """Write into a field."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).value = {json.dumps(text)}")

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression in the page."""
        found = self._ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def frame_addresses(self) -> list[str]:
        """Return what is shown in frames that are walled off from the page."""
        return [target["url"] for target in self._ask("Target.getTargets")["targetInfos"] if target["type"] == "iframe"]

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._asked += 1
        question = {"id": self._asked, "method": method, "params": parameters}
        if self._session:
            question["sessionId"] = self._session
        os.write(self._to_browser, json.dumps(question).encode() + b"\0")
        while (message := self._read()).get("id") != self._asked:
            self._events.append(message)
        assert "error" not in message, f"{method}: {message['error']}"
        found: dict[str, Any] = message["result"]
        return found

    def _wait_until(self, is_awaited: Callable[[str], bool]) -> str:
        """Return the first awaited document that is loaded, and forget what came before."""
        while True:
            message = self._events.pop(0) if self._events else self._read()
            what = message.get("params", {})
            if what.get("name") == "load" and what["frameId"] == self._tab and is_awaited(what["loaderId"]):
                return str(what["loaderId"])

    def _read(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while b"\0" not in self._rest:
            is_ready, _, _ = select.select([self._from_browser], [], [], max(0.0, deadline - time.monotonic()))
            piece = os.read(self._from_browser, 1 << 20) if is_ready else b""
            assert piece, "the browser ended or fell silent"
            self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


@contextmanager
def running_chromium(profile: Path) -> Iterator[Chromium]:
    """Run a browser with a profile folder of its own and yield its tab; afterwards it has ended."""
    # it listens on descriptor 3 and answers on 4; the shell puts the pipes of its input and output there
    shell = ("sh", "-c", 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null', "sh")
    command = [*shell, *_COMMAND, f"--user-data-dir={profile}"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            browser = Chromium(process.stdin.fileno(), process.stdout.fileno())
            browser.open_tab()
            yield browser
        finally:
            process.terminate()


def has_chromium() -> bool:
    return shutil.which("chromium") is not None
