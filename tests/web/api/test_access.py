"""Who may do what: every route, with every kind of token."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from newsletter.api_tokens.token import OF_OPERATORS, OF_READERS, Scope
from newsletter.db.engine import transaction
from newsletter.deliveries.feedback.by_hand import erase
from newsletter.runtime import Runtime
from newsletter.subscribers.subscriber import Subscriber
from newsletter.web.api.access import ANONYMOUS
from newsletter.web.app import create_app
from tests.factories import Hand
from tests.web.api.conftest import OPERATOR, Client, problem
from tests.web.browser import Browser

WithScopes = Callable[[Iterable[str]], Client]

NEEDED: dict[tuple[str, str], tuple[Scope | None, str]] = {
    ("GET", "/editions"): (None, "/editions"),
    ("GET", "/editions/{day}"): (None, "/editions/2026-03-20"),
    ("GET", "/trending"): (None, "/trending"),
    ("GET", "/trending/{day}"): (None, "/trending/2026-03-19"),
    ("GET", "/papers"): (None, "/papers"),
    ("GET", "/search"): (None, "/search?q=(broken"),
    ("GET", "/papers/{arxiv_id}/similar"): (None, "/papers/2603.99999/similar"),
    ("GET", "/papers/{arxiv_id}"): (None, "/papers/2603.00001"),
    ("GET", "/me"): (Scope.ME_READ, "/me"),
    ("GET", "/me/subscriptions"): (Scope.ME_READ, "/me/subscriptions"),
    ("PUT", "/me/subscriptions"): (Scope.ME_WRITE, "/me/subscriptions"),
    ("GET", "/me/preferences"): (Scope.ME_READ, "/me/preferences"),
    ("PUT", "/me/preferences"): (Scope.ME_WRITE, "/me/preferences"),
    ("GET", "/me/digests"): (Scope.ME_READ, "/me/digests"),
    ("GET", "/me/digests/{day}"): (Scope.ME_READ, "/me/digests/2026-03-20"),
    ("GET", "/me/deliveries"): (Scope.ME_READ, "/me/deliveries"),
    ("GET", "/operator/editions/{day}/deliveries"): (
        Scope.DELIVERIES_READ,
        "/operator/editions/2026-03-20/deliveries",
    ),
    ("GET", "/operator/readers"): (Scope.READERS_READ, "/operator/readers"),
    ("POST", "/operator/resends/plan"): (Scope.RESENDS_WRITE, "/operator/resends/plan"),
    ("POST", "/operator/resends"): (Scope.RESENDS_WRITE, "/operator/resends"),
    ("GET", "/operator/resends/{resend_id}"): (Scope.RESENDS_WRITE, "/operator/resends/1"),
}


def test_every_route_is_in_the_table_of_scopes(runtime: Runtime) -> None:
    paths = create_app(runtime).state.api.openapi()["paths"]
    found = {(method.upper(), path) for path, item in paths.items() for method in item}
    assert found == set(NEEDED)


def test_strangers_read_what_is_public_and_nothing_else(stranger: Client, ann: Subscriber) -> None:
    for (method, _), (scope, path) in NEEDED.items():
        response = stranger.request(method, path, json={} if method != "GET" else None)
        if scope is None:
            assert response.status_code in (200, 400, 404), path
        else:
            found = problem(response, 401, "unauthorized")
            assert scope in found["detail"]
            assert response.headers["www-authenticate"].startswith("Bearer")


def test_a_token_without_the_scope_is_refused_everywhere(with_scopes: WithScopes, operator: Client) -> None:
    readers = {scope: with_scopes([other for other in OF_READERS if other is not scope]) for scope in OF_READERS}
    for (method, _), (scope, path) in NEEDED.items():
        needed = scope or Scope.PAPERS_READ
        client = readers.get(needed, with_scopes(OF_READERS))  # a reader's token has none of an operator's scopes
        found = problem(client.request(method, path, json={} if method != "GET" else None), 403, "forbidden")
        assert found["scope"] == needed


def test_an_operators_token_without_the_scope_is_refused_too(
    operator: Client, runtime: Runtime, ann: Subscriber
) -> None:
    for (method, _), (scope, path) in NEEDED.items():
        needed = scope or Scope.PAPERS_READ
        written, _ = runtime.create_operator_token(OPERATOR, OF_OPERATORS - {needed}, days=1)
        client = Client(operator.browser, written)
        assert problem(client.request(method, path, json={} if method != "GET" else None), 403, "forbidden")


def test_a_token_with_the_scope_alone_is_enough(with_scopes: WithScopes, operator: Client, ann: Subscriber) -> None:
    for (method, _), (scope, path) in NEEDED.items():
        needed = scope or Scope.PAPERS_READ
        client = with_scopes([needed]) if needed in OF_READERS else operator
        response = client.request(method, path, json={} if method != "GET" else None)
        assert response.status_code not in (401, 403), (path, response.text)


@pytest.mark.parametrize(
    "written",
    ["nothing", "chenbao_", "chenbao_aaaaaaaa_" + "a" * 43, "\xff\xfe", "a" * 10_000, "chenbao_aaaaaaaa_" + "é" * 43],
)
def test_a_token_that_is_none_is_refused_also_for_what_is_public(stranger: Client, written: str) -> None:
    response = stranger.get("/editions", headers={"Authorization": f"Bearer {written}".encode("latin-1")})
    problem(response, 401, "unauthorized")


def test_another_scheme_than_bearer_is_refused(stranger: Client) -> None:
    for written in ("Basic YTpi", "Bearer", "chenbao", ""):
        problem(stranger.get("/editions", headers={"Authorization": written}), 401, "unauthorized")


def test_a_token_ends_with_its_time_its_withdrawal_and_its_reader(
    reader: Client, runtime: Runtime, clock: Hand, ann: Subscriber
) -> None:
    assert reader.get("/me").status_code == 200
    withdrawn, token = runtime.create_reader_token(ann.email, ["me:read"], days=None)
    runtime.revoke_api_token(token.prefix)
    problem(Client(reader.browser, withdrawn).get("/me"), 401, "unauthorized")
    clock.instant += timedelta(days=30)
    problem(reader.get("/me"), 401, "unauthorized")
    lasting, _ = runtime.create_reader_token(ann.email, ["me:read"], days=None)
    with transaction(runtime.database) as session:
        erase(session, runtime.tokens, ann.email, at=clock())
    problem(Client(reader.browser, lasting).get("/me"), 401, "unauthorized")


def test_a_tokens_last_use_is_known(reader: Client, runtime: Runtime, clock: Hand) -> None:
    reader.get("/me")
    assert runtime.list_api_tokens()[0].last_used_at == clock()


def test_who_asks_too_often_waits(stranger: Client, reader: Client) -> None:
    # a window that ends meanwhile lets one or two more in
    statuses = [stranger.get("/trending").status_code for _ in range(ANONYMOUS.quota + 3)]
    assert statuses[: ANONYMOUS.quota] == [200] * ANONYMOUS.quota
    assert statuses[-1] == 429
    response = stranger.get("/trending")
    problem(response, 429, "too-many-requests")
    assert 1 <= int(response.headers["retry-after"]) <= 60
    assert response.headers["ratelimit-policy"] == '"anonymous";q=60;w=60'
    assert response.headers["ratelimit"].startswith('"anonymous";r=0;t=')
    known = reader.get("/trending")
    assert (known.status_code, known.headers["ratelimit-policy"]) == (200, '"token";q=600;w=60')


def test_no_token_address_or_query_is_ever_logged(reader: Client, runtime: Runtime) -> None:
    with capture_logs() as lines:
        reader.get("/search?q=a+secret+wish")
        reader.get("/me")
        Browser(create_app(runtime)).get("/feeds/a-secret-token/digests.atom")
    said = str(lines)
    for secret in (reader.token or "", "ann@example.org", "secret"):
        assert secret not in said
    requests = [line["route"] for line in lines if line["event"] == "request"]
    assert requests == ["/api/v1/search", "/api/v1/me", "/feeds/{token}/digests.atom"]
