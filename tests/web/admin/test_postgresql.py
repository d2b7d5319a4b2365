"""Every page and form of the operators on PostgreSQL, in a house where everything has happened."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI
from lxml.html import FormElement
from starlette.routing import compile_path

from newsletter.db.engine import open_engine, transaction
from newsletter.db.migrate import migrate
from newsletter.deliveries.channels.tables import ChannelRow
from newsletter.operators.audit import no_note
from newsletter.operators.roles import Role
from newsletter.runtime import Runtime
from newsletter.runtime.translations import TextPart
from newsletter.web.app import create_app
from tests.databases import PostgresqlServer
from tests.factories import MORNING
from tests.site.house import Site, running_site
from tests.web.admin.conftest import OperatorBrowser
from tests.web.admin.mornings import settle
from tests.web.admin.test_permissions import routes
from tests.web.pages import Page

Sent = dict[str, list[str]]

TYPED = {"reason": "a test", "email": "new@example.org", "correction": "行走的智能体"}
ROSTER = b"email,keywords\nnew@example.org,robots\n"
LAST = ("/disable", "/erase", "/sign-out")
UNOFFERED: dict[str, Sent] = {
    "/admin/sign-in": {"email": ["owner@example.org"], "password": ["a guess"], "code": ["123456"]},
    "/admin/translations/again": {"paper": ["2603.00001"]},
    "/admin/translations/missing": {},
}
"""What no page offers to who is signed in, or while there is no engine."""


@pytest.fixture
def site(postgresql: PostgresqlServer, tmp_path: Path) -> Iterator[Site]:
    """A house in a migrated database of its own."""
    engine = open_engine(postgresql.new_database())
    migrate(engine)
    with running_site(engine, tmp_path) as found:
        yield found
    engine.dispose()


@pytest.mark.timeout(300)
def test_every_route_answers_on_postgresql(site: Site) -> None:
    """Whatever pages link to is opened, and then every form on them is sent as it stands."""
    doubtful = _make_trouble(site.runtime)
    app = create_app(site.runtime)
    owner = OperatorBrowser(app=app, runtime=site.runtime, cookies={"operator": site.session})
    tried: set[tuple[str, str]] = set()
    forms: dict[str, Sent] = {**UNOFFERED}
    waiting = [*(path for path in site.paths.values() if path.startswith("/admin")), doubtful]
    seen = set(waiting)
    for path in waiting:
        answer = owner.get(path)
        assert answer.status_code < 500, path
        tried.add(("GET", _route(app, "GET", path)))
        if answer.status_code == 200 and answer.headers["content-type"].startswith("text/html"):
            forms |= _list_forms(path, Page(answer))
            links = {_shape(link): link for link in _list_links(path, Page(answer))}
            waiting += [link for shape, link in links.items() if shape not in seen]
            seen |= set(links)
    tried |= _send(app, owner, forms)
    known = {(method, route.path or "") for method, route in routes(app)}
    assert sorted(known - tried) == []


def _make_trouble(runtime: Runtime) -> str:
    """Let happen what an operator has to mend, and return the address of a form that only a script or a person can send."""
    delivery = settle(runtime, runtime.get_reader("0@example.org"), "uncertain", text="timed out")
    runtime.suppress("1@example.org", reason="a test")
    runtime.disable_operator(runtime.add_operator("cy@example.org", Role.VIEWER).operator.email)
    paper = runtime.find_translated("2603.00001").paper
    runtime.correct_translation(paper, TextPart.TITLE, "行走", by="a test", note=no_note)
    owner = next(one for one in runtime.list_operators() if one.email == "owner@example.org")
    held: dict[str, Any] = {
        "hold": "refused",
        "held_until": MORNING + timedelta(hours=1),
        "reason": "550 5.7.1 blocked",
    }
    with transaction(runtime.database) as session:
        runtime.door.open_session(session, owner.id, network="192.0.2.8", browser="Firefox 130")
        session.add(ChannelRow(account=runtime.accounts[0].name, destination="google", changed_at=MORNING, **held))
    return f"/admin/uncertain/settle?fate=lost&delivery={delivery}"


def _send(app: FastAPI, owner: OperatorBrowser, forms: dict[str, Sent]) -> set[tuple[str, str]]:
    """Send forms, and those of the pages that answer; what ends the session or erases comes last."""
    tried = set()
    waiting = sorted(forms.items(), key=lambda form: any(path in form[0] for path in LAST))
    for path, fields in waiting:
        files = {"file": ("readers.csv", ROSTER)} if path == "/admin/readers/import" else None
        answer = owner.post(path, data=fields, files=files)
        assert answer.status_code < 500, path
        tried.add(("POST", _route(app, "POST", path)))
        if files and answer.status_code == 200:
            waiting += _list_forms(path, Page(answer)).items()
    return tried


def _route(app: FastAPI, method: str, path: str) -> str:
    """Return the pattern of the route that an address belongs to."""
    place = path.partition("?")[0]
    patterns = (route.path or "" for known, route in routes(app) if known == method)
    return next((pattern for pattern in patterns if compile_path(pattern)[0].match(place)), "")


def _shape(link: str) -> str:
    """Return a link without its numbers: one reader's page stands for all."""
    return re.sub(r"[0-9]+", "0", link.partition("?")[0])


def _list_links(path: str, page: Page) -> list[str]:
    found = page.attributes("//a/@href") + page.attributes("//iframe/@src") + page.attributes("//*/@data-poll")
    return [link for found in found if (link := urljoin(path, found)).startswith("/admin")]


def _list_forms(path: str, page: Page) -> dict[str, Sent]:
    """Return the forms of a page by where they are sent."""
    found: dict[str, Sent] = {}
    for form in page.root.xpath("//form"):
        assert isinstance(form, FormElement)
        fields: Sent = {}
        for name, value in form.form_values():
            fields.setdefault(name, []).append(value or TYPED.get(name, ""))
        if form.method == "POST":
            actions = [form.get("action") or path, *form.xpath(".//button/@formaction")]
            found |= {urljoin(path, action): fields for action in actions}
    return found
