"""Whatever goes wrong, a program gets a problem document."""

import pytest
from sqlalchemy import text

from newsletter.runtime import Runtime
from tests.web.api.conftest import Client, problem


@pytest.mark.parametrize(
    "path",
    ["/api/", "/api/v2/papers", "/api/v1/nothing", "/api/v1/papers/", "/api/%00", "/api/v1/papers/%0A", "/api/x%0Ay"],
)
def test_an_address_that_is_none_is_a_problem(stranger: Client, path: str) -> None:
    problem(stranger.get(path), 404, "not-found")


@pytest.mark.parametrize("method", ["POST", "DELETE", "PATCH", "TRACE", "NONSENSE"])
def test_a_method_that_is_none_says_which_there_are(stranger: Client, method: str) -> None:
    response = stranger.request(method, "/editions")
    problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "GET"


def test_a_failure_of_ours_tells_nothing_of_the_inside(stranger: Client, runtime: Runtime) -> None:
    with runtime.database.begin() as connection:
        connection.execute(text("ALTER TABLE edition RENAME COLUMN paper_count TO gone"))
    response = stranger.get("/editions")
    found = problem(response, 503, "unavailable")
    assert "gone" not in response.text
    assert "edition" not in found["detail"]
    assert response.headers["retry-after"] == "60"


def test_every_answer_has_the_safe_headers(stranger: Client) -> None:
    for path in ("/editions", "/nothing", "/me"):
        headers = stranger.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
