"""A reader's program does with what is theirs whatever they could do themselves, and with nobody else's."""

import json
from typing import Any

import pytest

from newsletter.db.engine import reading
from newsletter.runtime import Runtime
from newsletter.subscribers.store import get_by_email
from newsletter.subscribers.subscriber import Subscriber
from tests.factories import add_reader
from tests.web.api.conftest import Client, problem


def stored(runtime: Runtime, email: str = "ann@example.org") -> Subscriber:
    with reading(runtime.database) as session:
        return get_by_email(session, email)


def test_a_profile_says_who_the_token_speaks_for(reader: Client) -> None:
    body = reader.get("/me").json()
    assert (body["email"], body["consent"]) == ("ann@example.org", "confirmed")


def test_keywords_are_read_and_replaced_in_their_order(reader: Client, runtime: Runtime) -> None:
    assert [item["keyword"] for item in reader.get("/me/subscriptions").json()["items"]] == ["agents", "graphs"]
    wanted = {"items": [{"keyword": "Robots", "is_paused": True}, {"keyword": "cat:cs.LG"}, {"keyword": "robots"}]}
    response = reader.request("PUT", "/me/subscriptions", json=wanted)
    assert response.json()["items"] == [
        {"keyword": "Robots", "query": "robot", "is_paused": True},
        {"keyword": "cat:cs.LG", "query": "cat:cs.LG", "is_paused": False},
    ]
    assert [item.query for item in stored(runtime).subscriptions] == ["robot", "cat:cs.LG"]


def test_of_keywords_that_cannot_all_be_read_none_is_taken(reader: Client, runtime: Runtime) -> None:
    wanted = {"items": [{"keyword": "robots"}, {"keyword": "(agents"}]}
    found = problem(reader.request("PUT", "/me/subscriptions", json=wanted), 400, "bad-query")
    assert found["suggestion"] == "(agents)"
    assert [item.query for item in stored(runtime).subscriptions] == ["agent", "graph"]


def test_preferences_that_are_left_out_stay(reader: Client, runtime: Runtime) -> None:
    changes = {"languages": "zh", "hour": 7, "timezone": "Asia/Shanghai", "weekdays": ["fri", "mon"]}
    body = reader.request("PUT", "/me/preferences", json=changes).json()
    assert (body["languages"], body["hour"], body["weekdays"], body["density"]) == ("zh", 7, ["mon", "fri"], "full")
    assert reader.get("/me/preferences").json() == body
    body = reader.request("PUT", "/me/preferences", json={"hour": None, "density": None}).json()
    assert (body["hour"], body["density"], body["timezone"]) == (None, "full", "Asia/Shanghai")
    assert stored(runtime).preferences.hour is None


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("/me/subscriptions", {"items": []}, {"pointer": "/items"}),
        ("/me/subscriptions", {"items": [{"keyword": "a\x00b"}]}, {"pointer": "/items/0/keyword"}),
        ("/me/subscriptions", {"items": [{"keyword": ""}]}, {"pointer": "/items/0/keyword"}),
        ("/me/subscriptions", {"items": [{"keyword": "a"}] * 101}, {"pointer": "/items"}),
        ("/me/subscriptions", {"items": [{"keyword": "a", "more": 1}]}, {"pointer": "/items/0/more"}),
        ("/me/subscriptions", {}, {"pointer": "/items"}),
        ("/me/preferences", {"hour": 24}, {"pointer": "/hour"}),
        ("/me/preferences", {"hour": 10**400}, {"pointer": "/hour"}),
        ("/me/preferences", {"languages": "fr"}, {"pointer": "/languages"}),
        ("/me/preferences", {"weekdays": []}, {"pointer": "/weekdays"}),
        ("/me/preferences", {"paused_until": "tomorrow"}, {"pointer": "/paused_until"}),
        ("/me/preferences", {"email": "x@example.org"}, {"pointer": "/email"}),
    ],
)
def test_values_that_cannot_be_used_are_pointed_at(
    reader: Client, path: str, body: dict[str, Any], where: dict[str, str]
) -> None:
    found = problem(reader.request("PUT", path, json=body), 422, "invalid")
    assert where.items() <= found["errors"][0].items()


@pytest.mark.parametrize(
    "body", [{"timezone": "Mars/Olympus"}, {"weekdays": ["someday"]}, {"categories": ["cs.XX"]}, {"weekly_on": "x"}]
)
def test_choices_that_nobody_can_have_are_refused(reader: Client, runtime: Runtime, body: dict[str, Any]) -> None:
    before = stored(runtime).preferences
    problem(reader.request("PUT", "/me/preferences", json=body), 422, "invalid")
    assert stored(runtime).preferences == before


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"nothing",
        b"\xff\xfe",
        b'{"items": [{"keyword": "\\ud800"}]}',
        b'{"items": [{"keyword": "\\u0000"}]}',
        b"[" * 100_000,
        b'{"items": ' + b"9" * 6000 + b"}",
        json.dumps({"items": [{"keyword": "a" * 1001}]}).encode(),
    ],
)
def test_no_body_breaks_anything(reader: Client, raw: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    for path in ("/me/subscriptions", "/me/preferences"):
        response = reader.request("PUT", path, content=raw, headers=headers)
        assert response.status_code in (400, 422), response.text
        assert response.headers["content-type"] == "application/problem+json"


def test_too_large_a_body_is_refused(reader: Client) -> None:
    raw = b'{"items": [{"keyword": "' + b"a" * 600_000 + b'"}]}'
    response = reader.request("PUT", "/me/subscriptions", content=raw, headers={"Content-Type": "application/json"})
    problem(response, 413, "too-large")


def test_digests_are_listed_and_read_as_they_were_frozen(reader: Client) -> None:
    body = reader.get("/me/digests?limit=1").json()
    assert [(item["day"], item["is_trending"]) for item in body["items"]] == [("2026-03-20", False)]
    [older] = reader.get(body["next"]).json()["items"]
    assert older["day"] == "2026-03-19"
    digest = reader.get(older["self"]).json()
    assert [section["keyword"] for section in digest["sections"]] == ["agents", "graphs"]
    [entry] = digest["sections"][0]["entries"]
    assert (entry["paper"]["id"], entry["matched"]) == ("2603.00001", ["agents"])
    problem(reader.get("/me/digests/2026-03-18"), 404, "not-found")
    problem(reader.get("/me/digests/2026-03-20?trending=true"), 404, "not-found")


def test_deliveries_say_what_became_of_each_mail(reader: Client) -> None:
    body = reader.get("/me/deliveries?limit=1").json()
    [newest] = body["items"]
    assert (newest["message"], newest["day"], newest["state"], newest["revision"]) == (
        "digest",
        "2026-03-20",
        "queued",
        0,
    )
    assert reader.get(body["next"]).json()["items"][0]["day"] == "2026-03-19"


def test_nobody_elses_things_are_ever_shown(runtime: Runtime, reader: Client) -> None:
    bo = add_reader(runtime.desk, "bo@example.org", "robots")
    written, _ = runtime.create_reader_token(bo.email, ["me:read"], days=1)
    other = Client(reader.browser, written)
    assert other.get("/me/digests").json()["items"] == []
    assert other.get("/me/deliveries").json()["items"] == []
    cursor = reader.get("/me/digests?limit=1").json()["next"].partition("cursor=")[2]
    problem(other.get(f"/me/digests?limit=1&cursor={cursor}"), 400, "bad-cursor")


def test_what_is_a_readers_own_is_kept_by_nobody_between(reader: Client) -> None:
    for path in ("/me", "/me/subscriptions", "/me/preferences", "/me/digests", "/me/deliveries"):
        assert reader.get(path).headers["cache-control"] == "private, no-cache"
