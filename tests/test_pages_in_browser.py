"""Every page and mail as Chromium shows it: on a phone and a wide screen, by day and by night, without scripts."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from newsletter.db.engine import reading, transaction
from newsletter.editions.resend.plan import ResendRequest
from newsletter.embedded.inbox import list_messages
from newsletter.papers.paper import AnnouncementKind, Paper
from newsletter.runtime import Runtime
from newsletter.settings import load_settings
from newsletter.subscribers.store import get_by_email
from newsletter.subscribers.subscriber import Consent, Density, Languages, Preferences
from newsletter.subscribers.tokens import Tokens
from newsletter.translation.memory import remember
from newsletter.web.app import create_app
from tests.chromium import Chromium, Scheme, has_chromium, running_chromium
from tests.embedded.peers import running_inbox
from tests.factories import FRIDAY, MORNING, Hand, add_reader, announce, make_paper, open_day
from tests.web.pages import link
from tests.web.serving import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not has_chromium(), reason="Debian's package `chromium` is not installed"),
]

LOOKS: list[tuple[int, Scheme]] = [(320, "light"), (375, "light"), (375, "dark"), (800, "light"), (800, "dark")]

ENDLESS = "https://example.org/" + "unbreakable" * 12
TITLES = {
    "Walking Agents": "行走的智能体",
    f"Agents of {'Donaudampfschifffahrtsgesellschaft' * 3}": "智能体" * 40,
    "Grasping, Reconsidered": "重新思考抓取",
}
ABSTRACT = f"Agents walk, see {ENDLESS} and $O(n^{{2}})$ of {'longname_' * 20}. They fall. They rise again. " * 3
ABSTRACT_ZH = f"智能体行走，详见{ENDLESS}。它们跌倒，又站起来。" * 3

MEASURE = """(() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > root.clientWidth);
    found.push(`is ${root.scrollWidth} px wide: ` + wide.map(e => `${e.localName}.${e.className}`).slice(-3));
  }
  if (document.querySelectorAll('h1').length !== 1) found.push('has not one h1');
  if (!root.lang || !root.dir) found.push('has no lang or dir');
  const colour = text => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
  const over = (top, low) => [0, 1, 2].map(i => top[i] * top[3] + low[i] * (1 - top[3])).concat(1);
  const behind = element => {
    if (!element) return [255, 255, 255, 1];
    const own = colour(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, behind(element.parentElement));
  };
  const light = shade => shade.slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const judge = (element, style, words) => {
    const paper = behind(element), ink = over(colour(style.color), paper);
    const [low, high] = [light(ink), light(paper)].sort((a, b) => a - b);
    const contrast = (high + 0.05) / (low + 0.05);
    if (parseFloat(style.fontSize) < 14) found.push(`${style.fontSize}: ${words}`);
    if (contrast < 4.5) found.push(`contrast ${contrast.toFixed(2)}: ${words}`);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let read = 0;
  while (texts.nextNode()) {
    const words = texts.currentNode.data.trim(), element = texts.currentNode.parentElement;
    if (!words || element.closest('option, .aside-from-sight') || !element.checkVisibility()) continue;
    judge(element, getComputedStyle(element), words.slice(0, 40));
    read += 1;
  }
  for (const field of document.querySelectorAll('[type=email], [type=search], select')) {
    judge(field, getComputedStyle(field), field.name);
    judge(field, getComputedStyle(field, '::placeholder'), `placeholder of ${field.name}`);
  }
  if (read < 3) found.push('has no text');
  return found;
})()"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The real application on loopback, on a morning after the mail went out."""

    runtime: Runtime
    url: str
    paths: dict[str, str]
    """Every page that a link leads to, the mails among them, by name."""

    def newest_mail(self) -> str:
        """Return the address of the newest mail in the inbox."""
        return f"{self.url}/inbox/{list_messages(self.runtime.settings.inbox_folder, 1)[0].key}"


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with running_chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def site(engine: Engine, tmp_path: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        inbox_port = stack.enter_context(running_inbox(tmp_path / "home" / "inbox", lambda: MORNING))
        port = listener.getsockname()[1]
        clock = Hand()
        settings = load_settings(secret_key="a secret of the tests", port=port, inbox_port=inbox_port)
        tokens = Tokens("a secret of the tests", now=clock)
        runtime = Runtime(settings=settings, clock=clock, database=engine, tokens=tokens)
        paths = _live_through_a_morning(runtime)
        stack.enter_context(serving(create_app(runtime), listener))
        yield Site(runtime=runtime, url=f"http://127.0.0.1:{port}", paths=paths)


def _live_through_a_morning(runtime: Runtime) -> dict[str, str]:
    """Announce awkward papers, write to every kind of reader, and return the paths to look at."""
    open_day(runtime.desk, announce(_awkward_papers()))
    with transaction(runtime.database) as session:
        pairs = TITLES | {ABSTRACT: ABSTRACT_ZH}
        remember(session, pairs, source="en", target="zh", engine="test", translated_at=MORNING)
    ann = add_reader(runtime.desk, f"{'ann.' * 14}lee@example.org", "agents", "cat:cs.RO AND " + "word" * 30, "行走")
    wishes = [
        Preferences(languages=Languages.ZH_EN, timezone="Asia/Shanghai"),
        Preferences(density=Density.COMPACT),
        Preferences(density=Density.TITLES, languages=Languages.ZH),
    ]
    for place, preferences in enumerate(wishes):
        add_reader(runtime.desk, f"{place}@example.org", "agents", "grasping", preferences=preferences)
    add_reader(runtime.desk, "dull@example.org", "knitting", preferences=Preferences(wants_empty_mail=True))
    runtime.subscribe("bo@example.org", ["agents", "强化学习"], Preferences(), is_confirmed=False)
    runtime.compose(FRIDAY)
    runtime.dispatch()
    bo = runtime.get_reader("bo@example.org")
    runtime.resend(ResendRequest(edition_on=FRIDAY, to=[ann.id]), by="a test")
    paths = {
        "landing": "/",
        "day": f"/day/{FRIDAY}",
        "filtered day": f"/day/{FRIDAY}?q=agents",
        "wrong filter": f"/day/{FRIDAY}?q=({'agents' * 30}",
        "no result": f"/day/{FRIDAY}?q=knitting",
        "no edition": "/day/2026-09-30",
        "digest": f"{link(runtime, 'digest', ann)}/{FRIDAY}",
        "no digest": f"{link(runtime, 'digest', ann)}/2026-03-18",
        "confirm": link(runtime, "confirm", bo),
        "manage": link(runtime, "manage", ann),
        "manage of a newcomer": link(runtime, "manage", bo) + "?saved=true",
        "unsubscribe": link(runtime, "unsubscribe", ann),
        "bad link": "/manage/x",
        "no such page": "/nothing",
        "wrong method": "/subscribe",
        "wrong number": f"/day/{FRIDAY}?page=x",
        "inbox": "/inbox",
    }
    mails = list_messages(runtime.settings.inbox_folder, 10)
    assert len(mails) == 6  # five digests and a confirmation
    for mail in mails:
        paths |= {f"mail to {mail.recipient}": f"/inbox/{mail.key}/html"}
    opened = f"/inbox/{mails[0].key}"
    return paths | {f"mail's {part}": f"{opened}?part={part}" for part in ("html", "text", "headers")}


def _awkward_papers() -> list[Paper | tuple[Paper, AnnouncementKind]]:
    papers = [make_paper(place, title, abstract=ABSTRACT) for place, title in enumerate(TITLES, start=1)]
    papers[0] = replace(
        papers[0],
        authors=tuple(f"Wolfeschlegelsteinhausenbergerdorff {number}" for number in range(40)),
        categories=("cs.LG", "cs.RO", "cs.AI", "stat.ML", "eess.SY"),
        comment=f"38 pages, code at {ENDLESS}",
    )
    return [*papers, (make_paper(9, "Agents Seen Elsewhere"), AnnouncementKind.CROSS)]


def test_every_page_and_mail_fits_the_screen_and_can_be_read(chromium: Chromium, site: Site) -> None:
    found = {}
    for name, path in site.paths.items():
        chromium.visit(site.url + path)
        for width, scheme in LOOKS:
            chromium.look(width=width, scheme=scheme)
            found[f"{name}, {width} px, {scheme}"] = chromium.evaluate(MEASURE)
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_reader_comes_and_goes_on_a_phone_without_scripts(chromium: Chromium, site: Site, scheme: Scheme) -> None:
    chromium.look(width=375, scheme=scheme)

    def read() -> str:
        assert chromium.evaluate(MEASURE) == []
        return str(chromium.evaluate("document.querySelector('h1').innerText"))

    chromium.visit(site.url)
    chromium.fill("#email", "nobody")
    chromium.fill("#keywords", f"({'agents' * 20} AND\nNOT survey")
    chromium.press("#subscribe .actions button")
    assert chromium.evaluate("document.querySelectorAll('.error').length") == 3
    read()
    chromium.press(".mend button")
    assert chromium.evaluate("document.querySelectorAll('.error').length") == 1
    chromium.fill("#email", "Cy@example.org")
    chromium.fill("#keywords", "agents")
    chromium.press("#subscribe .actions button")
    assert read() == "Look in your inbox"

    site.runtime.dispatch()
    chromium.visit(f"{site.newest_mail()}/html")
    chromium.visit(chromium.evaluate("document.querySelector('a[href*=\"/confirm/\"]').href"))
    assert read() == "One press, and it is yours"
    chromium.press("main button")
    assert read() == "You are subscribed"
    assert _consent(site) is Consent.CONFIRMED

    chromium.press("main a[href*='/manage/']")
    chromium.fill("#keywords", "(agents")
    chromium.press("form .actions button")
    read()
    chromium.fill("#keywords", "agents\nrobots")
    chromium.press("form .actions button")
    assert read() == "Your morning paper"
    assert chromium.evaluate("document.querySelector('[role=status]').innerText").startswith("Saved.")

    chromium.press("main a[href*='/unsubscribe/']")
    assert read() == "Stop the morning paper?"
    chromium.press("main button")
    assert read() == "You are unsubscribed"
    assert _consent(site) is Consent.UNSUBSCRIBED


def _consent(site: Site) -> Consent:
    with reading(site.runtime.database) as session:
        return get_by_email(session, "cy@example.org").consent


def test_the_first_tab_offers_the_way_past_the_head_for_all_to_see(chromium: Chromium, site: Site) -> None:
    chromium.look(width=375)
    chromium.visit(site.url)
    chromium.press_tab()
    left, outline, target = chromium.evaluate(
        "(e => [e.getBoundingClientRect().left, getComputedStyle(e).outlineStyle, e.hash])(document.activeElement)"
    )
    assert (left, outline, target) == (0, "solid", "#content")


def test_a_mail_is_seen_in_its_frame(chromium: Chromium, site: Site) -> None:
    """Its own policy and the page's must both allow it; a browser shows an error page in the frame otherwise."""
    chromium.look(width=375)
    chromium.visit(site.newest_mail())
    assert chromium.frame_addresses() == [f"{site.newest_mail()}/html"]
