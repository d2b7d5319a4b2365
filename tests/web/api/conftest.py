"""The API over a real database: papers of two days, a reader, an operator, and their programs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from newsletter.api_tokens.token import OF_OPERATORS, OF_READERS
from newsletter.db.engine import transaction
from newsletter.operators.roles import Role
from newsletter.operators.tables import OperatorRow
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.sources.huggingface import Trending
from newsletter.papers.trending_store import store_trending
from newsletter.runtime import Runtime
from newsletter.subscribers.subscriber import Subscriber
from newsletter.translation.memory import remember
from newsletter.web.app import create_app
from tests.factories import FRIDAY, Hand, add_reader, announce, make_paper, open_day
from tests.web.browser import Browser

THURSDAY = FRIDAY - timedelta(days=1)
OPERATOR = "op@example.org"


@dataclass
class Client:
    """A program with a token, or without one."""

    browser: Browser
    token: str | None = None

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = path if path.startswith(("http", "/api")) else f"/api/v1{path}"
        return self.browser.request(method, url, headers=headers | options.pop("headers", {}), **options)


@pytest.fixture
def ann(runtime: Runtime, clock: Hand) -> Subscriber:
    """A reader of agents, after two mornings."""
    clock.instant -= timedelta(days=1)
    reader = add_reader(runtime.desk, "ann@example.org", "agents", "graphs")
    papers = [make_paper(1, "Agents that walk"), make_paper(2, "Graphs", categories=("stat.ML", "cs.LG"))]
    open_day(runtime.desk, announce(papers, listed_on=THURSDAY))
    runtime.compose(THURSDAY)
    again = [(make_paper(1, "Agents that walk"), AnnouncementKind.REPLACE)]
    clock.instant += timedelta(days=1)
    open_day(runtime.desk, announce([make_paper(3, "More agents", categories=("cs.RO",)), *again]))
    with transaction(runtime.database) as session:
        pairs = {"Agents that walk": "行走的智能体"}
        remember(session, pairs, source="en", target="zh", engine="deepl", translated_at=clock())
        trending = Trending(
            rank=0,
            upvotes=12,
            comments=3,
            organisation="Walkers",
            code_url="https://github.com/walkers/walk",
            stars=99,
            paper=papers[0],
        )
        store_trending(session, THURSDAY, [trending], collected_at=clock())
    runtime.compose(FRIDAY)
    return reader


@pytest.fixture
def stranger(runtime: Runtime) -> Client:
    return Client(Browser(create_app(runtime)))


@pytest.fixture
def reader(runtime: Runtime, ann: Subscriber) -> Client:
    """Ann's program, which may do whatever a reader's may."""
    written, _ = runtime.create_reader_token(ann.email, OF_READERS, days=30)
    return Client(Browser(create_app(runtime)), written)


@pytest.fixture
def with_scopes(runtime: Runtime, ann: Subscriber) -> Callable[[Iterable[str]], Client]:
    """Ann's programs with fewer scopes."""
    browser = Browser(create_app(runtime))
    return lambda scopes: Client(browser, runtime.create_reader_token(ann.email, scopes, days=30)[0])


def add_operator(runtime: Runtime, email: str = OPERATOR, role: Role = Role.OPERATOR) -> None:
    """Store somebody who runs the service and has enrolled."""
    with transaction(runtime.database) as session:
        session.add(
            OperatorRow(
                email=email,
                address_key=email,
                role=role.value,
                password_hash="…",
                created_at=runtime.clock(),
                enrolled_at=runtime.clock(),
            )
        )


@pytest.fixture
def operator(runtime: Runtime) -> Client:
    """An operator's program, which may do whatever an operator's may."""
    add_operator(runtime)
    written, _ = runtime.create_operator_token(OPERATOR, OF_OPERATORS, days=30)
    return Client(Browser(create_app(runtime)), written)


def problem(response: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """Return a problem document that is what it should be."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert found["status"] == status
    assert found["type"].endswith(f"/api/v1#{slug}")
    assert found["title"]
    assert found["detail"]
    return found
