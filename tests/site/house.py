"""The real application on loopback, on a morning after the mail went out, with papers that are hard to lay out."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Engine

from newsletter.api_tokens.token import OF_READERS
from newsletter.db.engine import transaction
from newsletter.editions.resend.plan import ResendRequest
from newsletter.embedded.inbox import list_messages
from newsletter.operators.roles import Role
from newsletter.papers.paper import AnnouncementKind, Paper
from newsletter.runtime import Runtime
from newsletter.settings import load_settings
from newsletter.subscribers.subscriber import Density, Languages, Preferences
from newsletter.subscribers.tokens import Tokens
from newsletter.translation.memory import remember
from newsletter.translation.own_terms import put_term
from newsletter.web.app import create_app
from tests.editions.trends import trend
from tests.embedded.peers import running_inbox
from tests.factories import FRIDAY, MORNING, Hand, add_reader, announce, make_paper, open_day
from tests.web.admin.conftest import open_session
from tests.web.pages import link
from tests.web.serving import serving

ENDLESS = "https://example.org/" + "unbreakable" * 12
TITLES = {
    "Walking Agents": "行走的智能体",
    f"Agents of {'Donaudampfschifffahrtsgesellschaft' * 3}": "智能体" * 40,
    "Grasping, Reconsidered": "重新思考抓取",
}
ABSTRACT = f"Agents walk, see {ENDLESS} and $O(n^{{2}})$ of {'longname_' * 20}. They fall. They rise again. " * 3
ABSTRACT_ZH = f"智能体行走，详见{ENDLESS}。它们跌倒，又站起来。" * 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The real application on loopback, on a morning after the mail went out."""

    runtime: Runtime
    url: str
    paths: dict[str, str]
    """Every page that a link leads to, the mails among them, by name."""
    session: str
    """The cookie of an owner who is signed in."""
    outside: frozenset[str] = frozenset({"sign in", "enrolment", "bad enrolment"})
    """The operators' pages for whoever is not signed in; others are led on from them."""

    def newest_mail(self, to: str = "") -> str:
        """Return the address of the newest mail in the inbox, to somebody or to anybody."""
        return f"{self.url}/inbox/{self.newest_key(to)}"

    def newest_key(self, to: str = "") -> str:
        """Return what the inbox calls its newest mail to somebody or to anybody; several come at once."""
        found = list_messages(self.runtime.settings.inbox_folder, 100)
        return next(message.key for message in found if not to or message.recipient == to)


@contextmanager
def running_site(engine: Engine, folder: Path) -> Iterator[Site]:
    """Run the site with an inbox of its own until the block ends."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        inbox_port = stack.enter_context(running_inbox(folder / "home" / "inbox", lambda: MORNING))
        port = listener.getsockname()[1]
        clock = Hand()
        settings = load_settings(secret_key="a secret of the tests", port=port, inbox_port=inbox_port)
        tokens = Tokens("a secret of the tests", now=clock)
        runtime = Runtime(settings=settings, clock=clock, database=engine, tokens=tokens)
        paths = _live_through_a_morning(runtime)
        stack.enter_context(serving(create_app(runtime), listener))
        session = open_session(runtime, "owner@example.org", Role.OWNER)
        yield Site(runtime=runtime, url=f"http://127.0.0.1:{port}", paths=paths, session=session)


def _live_through_a_morning(runtime: Runtime) -> dict[str, str]:
    """Announce awkward papers, write to every kind of reader, and return the paths to look at."""
    open_day(runtime.desk, announce(_awkward_papers()))
    with transaction(runtime.database) as session:
        pairs = TITLES | {ABSTRACT: ABSTRACT_ZH}
        remember(session, pairs, source="en", target="zh", engine="test", translated_at=MORNING)
    trend(runtime.desk, [paper for paper in _awkward_papers() if isinstance(paper, Paper)])
    runtime.sweep_search()
    ann = add_reader(runtime.desk, f"{'ann.' * 14}lee@example.org", "agents", "cat:cs.RO AND " + "word" * 30, "行走")
    wishes = [
        Preferences(languages=Languages("zh+en"), timezone="Asia/Shanghai"),
        Preferences(density=Density.COMPACT),
        Preferences(density=Density.TITLES, languages=Languages("zh")),
    ]
    for place, preferences in enumerate(wishes):
        add_reader(runtime.desk, f"{place}@example.org", "agents", "grasping", preferences=preferences)
    add_reader(runtime.desk, "dull@example.org", "knitting", preferences=Preferences(wants_empty_mail=True))
    runtime.subscribe("bo@example.org", ["agents", "强化学习"], Preferences(), is_confirmed=False)
    runtime.compose(FRIDAY)
    runtime.dispatch()
    bo = runtime.get_reader("bo@example.org")
    runtime.resend(ResendRequest(edition_on=FRIDAY, to=[ann.id]), by="a test")
    with transaction(runtime.database) as session:
        for owner in (None, ann.id):
            put_term(
                session,
                "footed " * 7 + "robot",
                ["足式机器人" * 4],
                ["脚踏机器人"],
                source="en",
                target="zh",
                by="ann@example.org",
                at=MORNING,
                subscriber_id=owner,
            )
    for name in ("词" * 40, "unbreakable" * 7):
        runtime.create_own_token(ann, OF_READERS, days=30, name=name)
    paths = {
        "landing": "/",
        "day": f"/day/{FRIDAY}",
        "filtered day": f"/day/{FRIDAY}?q=agents",
        "wrong filter": f"/day/{FRIDAY}?q=({'agents' * 30}",
        "no result": f"/day/{FRIDAY}?q=knitting",
        "no edition": "/day/2026-09-30",
        "what trends of a day": f"/day/{FRIDAY}?order=trending&cat=cs.RO",
        "paper": "/paper/2603.00001",
        "papers like one": "/paper/2603.00001/similar",
        "no such paper": "/paper/2699.00001",
        "trending": "/trending",
        "no trends": "/trending?date=2026-03-21",
        "search": "/search",
        "results": "/search?q=agents",
        "search that cannot be read": f"/search?q=({'agents' * 30}",
        "nothing found": f"/search?q={'quilting' * 20}",
        "digest": f"{link(runtime, 'digest', ann)}/{FRIDAY}",
        "no digest": f"{link(runtime, 'digest', ann)}/2026-03-18",
        "confirm": link(runtime, "confirm", bo),
        "manage": link(runtime, "manage", ann),
        "manage of a newcomer": link(runtime, "manage", bo) + "?saved=true",
        "unsubscribe": link(runtime, "unsubscribe", ann),
        "next mail": link(runtime, "manage", ann) + "/preview",
        "next mail in its frame": link(runtime, "manage", ann) + "/preview/mail",
        "past mails": link(runtime, "manage", ann) + "/history",
        "pause": link(runtime, "manage", ann) + "/pause",
        "data": link(runtime, "manage", ann) + "/data",
        "tokens": link(runtime, "manage", ann) + "/tokens",
        "own terms": link(runtime, "manage", ann) + "/terms",
        "deletion": link(runtime, "manage", ann) + "/delete",
        "keyword": "/keywords?q=agents",
        "keyword that cannot be read": f"/keywords?q=({'agents' * 30}",
        "landing with a keyword": "/?q=agents",
        "sign in": "/admin/sign-in",
        "enrolment": _enrolment(runtime),
        "bad enrolment": "/admin/enrol/x",
        "account": "/admin/account",
        "people": "/admin/operators",
        "audit log": "/admin/audit",
        "admin days": "/admin/days",
        "admin day": f"/admin/days/{FRIDAY}?reader={ann.email}",
        "admin day with an unknown reader": f"/admin/days/{FRIDAY}?reader={ENDLESS}",
        "resend": f"/admin/days/{FRIDAY}/resend",
        "dry run": f"/admin/days/{FRIDAY}/resend?audience=all",
        "dry run for an unknown reader": f"/admin/days/{FRIDAY}/resend?audience=chosen&reader={ENDLESS}",
        "progress of a resend": "/admin/resends/1?still=true",
        "today": "/admin",
        "readers": "/admin/readers",
        "reader": f"/admin/readers/{ann.id}",
        "choices of a reader": f"/admin/readers/{ann.id}/edit",
        "erasing a reader": f"/admin/readers/{ann.id}/erase",
        "import": "/admin/readers/import",
        "preview of a mail": f"/admin/mail?reader={ann.email}",
        "preview for an unknown reader": f"/admin/mail?reader={ENDLESS}",
        "text of a mail": f"/admin/mail?reader={ann.email}&part=text",
        "mail in doubt": "/admin/uncertain",
        "ways out": "/admin/channels",
        "bounces": "/admin/bounces",
        "stopped addresses": "/admin/suppressions",
        "stopping an address": f"/admin/suppressions/add?email={ann.email}",
        "translations": "/admin/translations",
        "translation": "/admin/translations/paper/2603.00001",
        "cost of translations": "/admin/translations/cost",
        "corrections": "/admin/translations/corrections",
        "glossary": "/admin/glossary?q=policy",
        "settings": "/admin/settings?check=here",
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


def _enrolment(runtime: Runtime) -> str:
    """Return the path of somebody's enrolment link."""
    return urlsplit(runtime.add_operator(f"{'bo.' * 18}lee@example.org", Role.VIEWER).link).path


def _awkward_papers() -> list[Paper | tuple[Paper, AnnouncementKind]]:
    papers = [make_paper(place, title, abstract=ABSTRACT) for place, title in enumerate(TITLES, start=1)]
    papers[0] = replace(
        papers[0],
        authors=tuple(f"Wolfeschlegelsteinhausenbergerdorff {number}" for number in range(40)),
        categories=("cs.LG", "cs.RO", "cs.AI", "stat.ML", "eess.SY"),
        comment=f"38 pages, code at {ENDLESS}",
        abstract_source=ABSTRACT
        + rf" In $\mathbb{{R}}^d$ it is $\sum_{{i=1}}^{{n}} x_i = {' + '.join('abcdefghij')} \le {'y' * 40}$.",
    )
    return [*papers, (make_paper(9, "Agents Seen Elsewhere"), AnnouncementKind.CROSS)]
