"""The API does what its document says, whatever is sent."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from newsletter.runtime import Runtime
from newsletter.web.app import create_app
from newsletter.web.limits import Policy, Standing
from tests.web.api.conftest import Client

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 6
"""For each operation, with the token that it needs."""


def test_the_document_is_openapi_3_1_with_words_for_everything(stranger: Client) -> None:
    document = stranger.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1.")
    assert document["servers"] == [{"url": "http://127.0.0.1:8000/api/v1"}]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert operation["summary"], path
            assert operation["description"], path
            assert "422" in operation["responses"], (path, method)
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"]
            for parameter in operation.get("parameters", []):
                assert parameter.get("description"), (path, parameter["name"])
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_nothing_that_is_sent_breaks_it_and_answers_are_what_the_document_says(
    runtime: Runtime, reader: Client, operator: Client
) -> None:
    app = create_app(runtime)
    app.state.api.state.limiter = Unlimited()
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
    tokens = {"me": reader.token, "operators": operator.token}
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        call(operation, next((tokens[tag] for tag in operation.tags or () if tag in tokens), None))


def call(operation: Any, token: str | None) -> None:
    """Send an operation whatever its schema allows, and what it does not."""
    modes = schemathesis.GenerationMode
    strategy = operation.as_strategy(generation_mode=modes.POSITIVE) | operation.as_strategy(
        generation_mode=modes.NEGATIVE
    )

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(case=strategy)
    def send(case: Any) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        case.call_and_validate(headers=headers, checks=CHECKS)

    send()


class Unlimited:
    """Lets everybody ask as often as they like."""

    def take(self, policy: Policy, who: str) -> Standing:
        return Standing(policy=policy, is_admitted=True, remaining=1, reset_seconds=1)
