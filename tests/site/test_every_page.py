"""Every page and mail: on a phone and a wide screen, by day and by night, in both languages, with and without scripts."""

from urllib.parse import urlsplit

import pytest

from tests.site.conftest import Scheme, Window
from tests.site.house import Site
from tests.site.measures import find_faults, find_violations

LOOKS: dict[str, list[tuple[int, Scheme]]] = {
    "en-GB": [(320, "light"), (375, "light"), (375, "dark"), (800, "light"), (800, "dark")],
    "zh-CN": [(320, "light"), (800, "dark")],  # the same sheets; only the words are others
}
LARGEST_PAGE_BYTES = 100_000
pytestmark = pytest.mark.timeout(600)  # some ninety pages, most of them looked at five times


@pytest.mark.parametrize("locale", LOOKS)
def test_every_page_and_mail_fits_the_screen_and_can_be_read(window: Window, site: Site, locale: str) -> None:
    guest, owner = (window(locale=locale, has_scripts=False, is_owner=is_owner) for is_owner in (False, True))
    found = {}
    for name, path in site.paths.items():
        page = guest if name in site.outside else owner
        page.goto(path)
        assert urlsplit(page.url).path == urlsplit(path).path, f"{name} leads elsewhere"
        for width, scheme in LOOKS[locale]:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            found[f"{name}, {width} px, {scheme}"] = find_faults(page)
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize("locale", LOOKS)
def test_every_page_is_open_to_everybody_and_light(window: Window, site: Site, locale: str) -> None:
    """axe-core has nothing to say against it, and what it brings beside itself is small. In Chinese the public pages do."""
    guest, owner = (window(locale=locale, is_owner=is_owner) for is_owner in (False, True))
    weights: dict[str, int] = {}
    for page in (guest, owner):
        page.on("response", lambda answer: weights.update({answer.url: int(answer.headers.get("content-length", 0))}))
    found, heavy = {}, {}
    for name, path in site.paths.items():
        # a mail is laid out in tables, for programs that know nothing else, and lets no script look into it
        if path.endswith(("/html", "/preview/mail")) or (locale != "en-GB" and path.startswith("/admin")):
            continue
        weights.clear()
        page = guest if name in site.outside else owner
        page.goto(path)
        found[name] = find_violations(page)
        heavy[name] = sum(size for url, size in weights.items() if "/static/" in url)
    assert {name: faults for name, faults in found.items() if faults} == {}
    assert {name: size for name, size in heavy.items() if size > LARGEST_PAGE_BYTES} == {}
    assert max(heavy.values()) > 0


def test_the_first_tab_offers_the_way_past_the_head_for_all_to_see(window: Window, site: Site) -> None:
    page = window()
    page.goto("/")
    page.keyboard.press("Tab")
    left, outline, target = page.evaluate(
        "(e => [e.getBoundingClientRect().left, getComputedStyle(e).outlineStyle, e.hash])(document.activeElement)"
    )
    assert (left, outline, target) == (0, "solid", "#content")


def test_a_mail_is_seen_in_its_frame(window: Window, site: Site) -> None:
    """Its own policy and the page's must both allow it; a browser shows an error page in the frame otherwise."""
    page = window()
    page.goto(site.newest_mail())
    assert [frame.url for frame in page.frames[1:]] == [f"{site.newest_mail()}/html"]
    assert page.frames[1].locator("h1, h2, td").count() > 0
