"""Text that would be markup if anything forgot to escape it, put wherever strangers, readers and other machines have a say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from lxml import etree, html
from lxml.html import HtmlElement
from sqlalchemy import update
from sqlmodel import SQLModel, col

from newsletter.api_tokens.tables import ApiTokenRow
from newsletter.db.engine import transaction
from newsletter.deliveries.alarm_tables import AlarmRow
from newsletter.deliveries.alarms import AlarmKind, raise_alarm
from newsletter.deliveries.channels.tables import ChannelRow
from newsletter.deliveries.feedback.tables import FeedbackRow
from newsletter.deliveries.tables import AttemptRow, DeliveryRow, ResendRow
from newsletter.digests.tables import DigestRow
from newsletter.editions.resend.plan import ResendRequest
from newsletter.operators.audit import Actor, record
from newsletter.operators.roles import Role
from newsletter.operators.tables import OperatorSessionRow
from newsletter.papers.paper import ArxivId
from newsletter.papers.sources.huggingface import Trending
from newsletter.papers.sources.record import make_paper
from newsletter.papers.tables import LedgerRow, TrendingRow, TroubleRow
from newsletter.papers.trending_store import claim_asking, mark_seen, store_trending
from newsletter.runtime import Runtime
from newsletter.subscribers.subscriber import Preferences, Subscriber
from newsletter.subscribers.subscriber import Trending as WantsTrending
from newsletter.subscribers.tables import SubscriberRow, SubscriptionRow, SuppressionRow
from newsletter.translation.memory import remember
from newsletter.translation.tables import TranslationRow
from newsletter.words import Words
from tests.editions.trends import THURSDAY
from tests.factories import FRIDAY, MORNING, add_reader, announce, open_day
from tests.web.admin.conftest import open_session
from tests.web.admin.mornings import settle

BREAKOUT = """ " evil=1 ' evil=1 ></title></textarea></select></style></script>--><evil>{{ 977*953 }}</evil>"""
EVIL = f"robot{BREAKOUT}<img src=x onerror=alert(1)>"
KEYWORD = '"<evil>{{ 7 }}</evil>" OR robot'
"""A keyword that can be read, with markup in it."""
HOUR = timedelta(hours=1)
ALARMS = "alarms"
"""The occasion of the mail that tells of the alarms."""
TEMPLATE_RUN = str(977 * 953)
"""What a template would make of the hostile text."""
_ROWS: Mapping[type[SQLModel], tuple[str, ...]] = {
    SubscriberRow: ("name",),
    SubscriptionRow: ("keyword",),
    SuppressionRow: ("detail",),
    DeliveryRow: ("reason",),
    AttemptRow: ("server", "text", "enhanced_code"),
    FeedbackRow: ("recipient", "diagnostic", "status", "reason"),
    ResendRow: ("requested_by",),
    ChannelRow: ("reason",),
    AlarmRow: ("subject", "detail"),
    ApiTokenRow: ("name",),
    OperatorSessionRow: ("network", "browser"),
    LedgerRow: ("reason",),
    TroubleRow: ("reason", "fault"),
    TrendingRow: ("organisation",),
    TranslationRow: ("engine", "corrected_by"),
}
"""Columns that hold words from outside; in each there is hostile text in the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A morning in which everybody was hostile: a reader, an owner's session, and a reader's token."""

    reader: Subscriber
    session: str
    token: str


def live_through(runtime: Runtime) -> House:
    """Announce hostile papers, write to a hostile reader, let everything go wrong, and poison every column of words."""
    papers = [
        make_paper(
            ArxivId(f"2603.0000{number}"),
            1,
            title=f"A {EVIL}",
            authors=[EVIL, f"B {EVIL}"],
            abstract=f"We show. {EVIL}. And more.",
            categories=("cs.LG", "cs.<evil>"),
            comment=EVIL,
        )
        for number in (1, 2)
    ]
    open_day(runtime.desk, announce(papers))
    with transaction(runtime.database) as session:
        pairs = {text: f"机器人 {text}" for paper in papers for text in (paper.title_source, paper.abstract_source)}
        remember(session, pairs, source="en", target="zh", engine="test", translated_at=MORNING)
        claim_asking(session, THURSDAY, after=None, at=MORNING)
        trending = Trending(
            paper=papers[0],
            rank=1,
            upvotes=9,
            comments=1,
            organisation=EVIL,
            code_url="https://github.com/a/b",
            stars=1,
        )
        store_trending(session, THURSDAY, [trending], collected_at=MORNING)
        mark_seen(session, THURSDAY, [papers[0].arxiv_id], at=MORNING)
    runtime.sweep_search()
    wants = Preferences(trending=WantsTrending.TOP)
    reader = add_reader(runtime.desk, "ann@example.org", "robot", "机器人", KEYWORD, preferences=wants)
    runtime.compose(FRIDAY)
    return _go_wrong(runtime, reader)


def _go_wrong(runtime: Runtime, reader: Subscriber) -> House:
    session_token = open_session(runtime, "owner@example.org", Role.OWNER)
    written, _ = runtime.create_own_token(reader, ["me:read", "papers:read"], days=30, name="a script")
    settle(runtime, reader, "failed", code=550, text=EVIL)
    runtime.resend(ResendRequest(edition_on=FRIDAY, to=[reader.id]), by=EVIL)
    settle_in_doubt = add_reader(runtime.desk, "cy@example.org", "robot")
    runtime.compose(FRIDAY)
    settle(runtime, settle_in_doubt, "uncertain", text=EVIL)
    add_reader(runtime.desk, "bo@example.org", "robot")
    runtime.suppress("bo@example.org", reason=EVIL)
    with transaction(runtime.database) as session:
        raise_alarm(session, AlarmKind.CHANNEL_PAUSED, EVIL, at=MORNING, detail=Words(EVIL, EVIL))
        name = runtime.accounts[0].name
        held = ChannelRow(account=name, destination="<evil>", hold="refused", changed_at=MORNING)
        held.held_until, held.reason = MORNING + HOUR, EVIL
        session.add(held)
        record(session, Actor(who=EVIL, network=EVIL), "suppress", EVIL, {"reason": EVIL}, at=MORNING)
        for table, columns in _ROWS.items():
            values = dict.fromkeys(columns, EVIL)
            changed = update(table)
            if table is AlarmRow:
                values["told_in"] = ALARMS
            if table is DeliveryRow:  # of a mail that was not sent deliberately, the reason is a word of ours
                changed = changed.where(col(DeliveryRow.state).in_(["failed", "uncertain"]))
            session.connection().execute(changed.values(values))
        digest = session.get_one(DigestRow, 1)
        digest.sections = [{**section, "keyword": EVIL} for section in digest.sections]
        session.add(digest)
    return House(reader=reader, session=session_token, token=written)


def traces(response: httpx.Response) -> list[str]:
    """Return what of an answer became markup, a script or a template that was run."""
    kind = response.headers.get("content-type", "").partition(";")[0]
    if kind == "text/html":
        return html_traces(response.text)
    if kind == "application/atom+xml":
        return feed_traces(response.content)
    # whatever else it is, no browser may take it for a page
    return [] if response.headers.get("x-content-type-options") == "nosniff" else [f"{kind} may be sniffed"]


def html_traces(text: str) -> list[str]:
    """Return what of the hostile text became markup in a page, a part of one, or the HTML of a mail."""
    root: HtmlElement = html.document_fromstring(text or "<p></p>")
    found = [f"<{element.tag}> in {element.getparent().tag}" for element in root.xpath("//evil | //img[@src='x']")]
    found += [f"attribute of {element.tag}" for element in root.xpath("//*[@evil]")]
    found += [str(name) for element in root.iter() for name in element.attrib if str(name).startswith("on")]
    found += [
        str(link)
        for link in root.xpath("//@href | //@action | //@src | //@formaction")
        if str(link).strip().lower().startswith(("javascript:", "data:text", "//", "vbscript:"))
    ]
    found += ["a script that is none of ours" for script in root.xpath("//script") if _is_strange(script)]
    return found + ["a template was run"] * (TEMPLATE_RUN in text)


def feed_traces(content: bytes) -> list[str]:
    """Return what of the hostile text became markup in a feed, or in the HTML inside its entries."""
    root = etree.fromstring(content)
    found = [str(element.tag) for element in root.iter() if "evil" in str(element.tag) or element.get("evil")]
    inside = [element.text or "" for element in root.iter("{*}content", "{*}summary") if element.get("type") == "html"]
    return found + [trace for text in inside for trace in html_traces(f"<div>{text}</div>")]


def strings(value: Any) -> Iterator[str]:
    """Yield every string in a JSON value."""
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from strings(part)
        case list():
            for part in value:
                yield from strings(part)


def _is_strange(script: HtmlElement) -> bool:
    return not str(script.get("src")).startswith("/static/") or bool(script.text)
