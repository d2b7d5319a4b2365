"""Hostile text stays text at every address of the site, in its forms, its feeds, its API and its mails."""

from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.policy import default
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from newsletter.deliveries.building import OutgoingMessage
from newsletter.deliveries.messages import Message
from newsletter.deliveries.store import Claimed
from newsletter.runtime import Runtime
from newsletter.web.app import create_app
from tests.factories import FRIDAY, MORNING
from tests.web.browser import Browser
from tests.web.hostile import ALARMS, EVIL, House, html_traces, live_through, strings, traces
from tests.web.pages import link

_FILLED = {
    "{token}": "x", "{written}": str(FRIDAY), "{written:path}": "2603.00001", "{arxiv_id:path}": "2603.00001",
    "{arxiv_id}": "2603.00001", "{reader_id:int}": "1", "{resend_id}": "1", "{key}": "x", "{day}": str(FRIDAY),
}  # fmt: skip
SHOWN = {
    "/", "/manage/{token}", "/manage/{token}/tokens", "/digest/{token}/{written}", "/day/{written}",
    "/trending", "/paper/{written:path}", "/admin", "/admin/account", "/admin/audit", "/admin/bounces", "/admin/channels",
    "/admin/days/{written}", "/admin/readers", "/admin/readers/{reader_id:int}", "/admin/readers/{reader_id:int}/edit",
    "/admin/resends/{resend_id}", "/admin/suppressions", "/admin/uncertain", "/admin/translations/paper/{arxiv_id:path}",
}  # fmt: skip
"""Where the hostile text must be seen, as text: otherwise the house would not be hostile enough."""


FORMS: Sequence[tuple[str, tuple[str, ...]]] = [
    ("/subscribe", ("email", "keywords", "timezone", "languages")),
    ("/subscribe", ("email", "keywords", "try")),
    ("/link", ("email",)),
    (
        "/manage/{token}",
        ("keyword", "keywords", "authors", "author", "categories", "hour", "timezone", "weekly_on"),
    ),
    ("/manage/{token}", ("keyword", "keywords", "do")),
    ("/manage/{token}/tokens", ("name", "scopes", "days")),
    ("/manage/{token}/tokens/withdraw", ("prefix",)),
    ("/manage/{token}/pause", ("until",)),
    ("/language", ("to", "next")),
    ("/admin/sign-in", ("email", "password", "code", "next")),
    ("/admin/operators", ("email", "role")),
    ("/admin/readers/1/edit", ("name", "keyword", "keywords", "timezone", "categories")),
    ("/admin/suppressions/add", ("email", "reason")),
    ("/admin/suppressions/lift", ("email", "reason")),
    ("/admin/readers/import/go", ("content", "plan", "consent", "proof")),
    ("/admin/translations/paper/2603.00001", ("title", "abstract")),
]


@pytest.fixture
def house(runtime: Runtime) -> House:
    return live_through(runtime)


@pytest.fixture
def send(runtime: Runtime, house: House) -> "Send":
    return Send(runtime, house)


class Send:
    """Asks as the owner, with the reader's links, and with the reader's token at the API."""

    def __init__(self, runtime: Runtime, house: House) -> None:
        self.app = create_app(runtime)
        self.browser = Browser(self.app)
        self._cookie = {"Cookie": f"operator={house.session}"}
        self._token = {"Authorization": f"Bearer {house.token}"}
        self._links = {
            f"/{purpose}/{{token}}": link(runtime, purpose, house.reader)
            for purpose in ("confirm", "manage", "unsubscribe", "digest")
        } | {"/feeds/{token}": link(runtime, "feed", house.reader).replace("/feed/", "/feeds/")}

    def routes(self) -> Iterator[tuple[str, RouteContext]]:
        """Yield the pattern of every address that can be read, and what answers there."""
        for prefix, routes in (("", self.app.routes), ("/api/v1", self.app.state.api.routes)):
            for route in iter_route_contexts(routes):
                # what is no APIRoute is the framework's own
                if isinstance(route.original_route, APIRoute) and "GET" in (route.methods or ()):
                    yield f"{prefix}{route.path}", route

    def fill(self, pattern: str, **values: str) -> str:
        for start, address in self._links.items():
            pattern = pattern.replace(start, values.get("token", address)) if pattern.startswith(start) else pattern
        for name, value in _FILLED.items():
            pattern = pattern.replace(name, values.get("any", value))
        return pattern

    def get(self, path: str, **options: Any) -> httpx.Response:
        headers = self._token if path.startswith("/api/") else self._cookie
        return self.browser.get(path, headers=headers | options.pop("headers", {}), **options)

    def post(self, path: str, data: dict[str, Any]) -> httpx.Response:
        csrf = self.app.state.site.runtime.door.csrf_of(self._cookie["Cookie"].partition("=")[2])
        return self.browser.post(path, data={"csrf": csrf} | data, headers=self._cookie)


def parameters(dependant: Any) -> set[str]:
    """Return the names of what may stand behind the question mark."""
    found = {field.alias for field in dependant.query_params}
    return found.union(*(parameters(part) for part in dependant.dependencies))


def faults(response: httpx.Response) -> list[str]:
    """Return what became markup; a page that broke shows nothing."""
    return ["it broke"] * (response.status_code == 500) + traces(response)


def test_every_address_shows_what_is_stored_as_text(send: Send) -> None:
    answers = {pattern: send.get(send.fill(pattern)) for pattern, _ in send.routes()}
    assert {pattern: found for pattern, answer in answers.items() if (found := faults(answer))} == {}
    assert SHOWN - {pattern for pattern, answer in answers.items() if "&lt;evil&gt;" in answer.text} == set()


def test_every_address_shows_what_it_is_asked_as_text(send: Send) -> None:
    found, path = {}, EVIL.replace("/", "")
    for pattern, route in send.routes():
        asked = dict.fromkeys(parameters(route.dependant), EVIL)
        found[pattern] = faults(send.get(send.fill(pattern), params=asked, headers={"Accept-Language": "zh"}))
        if "{" in pattern:
            found[pattern] += faults(send.get(send.fill(pattern, any=path, token=path)))
    assert {pattern: what for pattern, what in found.items() if what} == {}


def test_every_form_shows_what_was_typed_as_text(send: Send) -> None:
    for pattern, names in FORMS:
        response = send.post(send.fill(pattern), dict.fromkeys(names, EVIL))
        assert faults(response) == [], pattern


def test_a_token_with_a_hostile_name_is_shown_and_its_name_is_text(send: Send) -> None:
    wish = {"name": "<evil>{{ 977*953 }}</evil>", "scopes": "me:read"}
    response = send.post(send.fill("/manage/{token}/tokens"), wish)
    assert response.status_code == 200
    assert traces(response) == []
    assert "&lt;evil&gt;{{ 977*953 }}&lt;/evil&gt;" in response.text


def test_the_api_hands_out_what_is_stored_and_calls_it_json(send: Send) -> None:
    response = send.get(f"/api/v1/papers?day={FRIDAY}")
    assert response.headers["content-type"] == "application/json"
    assert any("<evil>" in text for text in strings(response.json()))


def test_every_mail_says_it_as_text(runtime: Runtime, house: House) -> None:
    for kind in set(Message) - {Message.TRENDING}:  # which is a digest like the others
        mail = message_from_bytes(_write(runtime, house, kind), policy=default)
        body = mail.get_body(("html",))
        assert body is not None
        assert html_traces(body.get_content()) == [], kind
        assert mail["To"].addresses[0].addr_spec == house.reader.email
        assert mail.defects == [], kind


def _write(runtime: Runtime, house: House, kind: Message) -> bytes:
    claimed = Claimed(
        id=1,
        subscriber_id=house.reader.id,
        email=house.reader.email,
        name=EVIL,
        message=kind,
        occasion=ALARMS,
        revision=0,
        edition_on=FRIDAY,
        digest_id=1,
        message_id="<1@papers.example.org>",
        attempt_count=0,
        due_at=MORNING,
        first_attempt_at=None,
    )
    [built] = runtime._build([claimed]).values()
    assert isinstance(built, OutgoingMessage), (kind, built)
    return built.message.octets(is_eight_bit=False)
