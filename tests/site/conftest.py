"""A browser, and the site for it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import Engine

from tests.site.house import Site, running_site

Scheme = Literal["light", "dark"]
Window = Callable[..., Page]
CHROMIUM = shutil.which("chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = pytest.mark.skip(reason="Debian's package `chromium` is not installed")
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(missing)


@pytest.fixture(scope="module")  # while it runs, no other test of this process may use asyncio
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield browser
        browser.close()


@pytest.fixture
def site(engine: Engine, tmp_path: Path) -> Iterator[Site]:
    with running_site(engine, tmp_path) as found:
        yield found


@pytest.fixture
def window(chromium: Browser, site: Site) -> Iterator[Window]:
    """Open windows of visitors who share nothing; afterwards all are closed, and no page had an error in its console."""
    contexts = []
    complaints: list[str] = []

    def open_window(
        *,
        width: int = 375,
        scheme: Scheme = "light",
        locale: str = "en-GB",
        has_scripts: bool = True,
        is_owner: bool = False,
    ) -> Page:
        context = chromium.new_context(
            base_url=site.url,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            locale=locale,
            java_script_enabled=has_scripts,
        )
        contexts.append(context)
        if is_owner:
            context.add_cookies([{"name": "operator", "value": site.session, "url": site.url}])
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_window
    for context in contexts:
        context.close()
    # a page that is answered 404, and a mail in its sandbox that axe-core would look into, are as they should be
    expected = ("the server responded with a status of", "Blocked script execution in")
    assert [said for said in complaints if not any(part in said for part in expected)] == []
