"""Tokens of programs as an operator makes and withdraws them."""

from pathlib import Path

import pytest

from tests.cli.conftest import Newsletter


@pytest.fixture
def office(tmp_path: Path) -> Newsletter:
    return Newsletter(
        home=tmp_path / "home", environment={"NEWSLETTER_SECRET_KEY": "a secret of the tests, long enough"}
    )


def test_a_token_is_shown_once_listed_by_name_and_withdrawn(office: Newsletter) -> None:
    assert office("subscribe", "ann@example.org", "--keyword", "agents", "--confirmed").status == 0
    made = office(
        "token", "create", "--reader", "ann@example.org", "--scope", "me:read", "--name", "my script", "--json"
    )
    assert made.status == 0, made.err
    written, name = made.json["token"], made.json["name"]
    assert written.startswith(f"{name}_")
    [listed] = office("token", "list", "--reader", "ann@example.org", "--json").json
    assert (listed["name"], listed["description"], listed["scopes"]) == (name, "my script", ["me:read"])
    assert written not in office("token", "list").out
    assert office("token", "revoke", name).status == 0
    assert office("token", "list", "--json").json[0]["revoked_at"] is not None


def test_a_token_needs_one_known_owner_and_scopes_that_they_can_have(office: Newsletter) -> None:
    office("subscribe", "ann@example.org", "--keyword", "agents", "--confirmed")
    for options, said in (
        (("--scope", "me:read"), "either --reader or --operator"),
        (("--reader", "bo@example.org", "--scope", "me:read"), "No reader has the address"),
        (("--reader", "ann@example.org", "--scope", "resends:write"), "is no scope"),
        (("--reader", "ann@example.org", "--scope", "me:read", "--days", "99999"), "1 to 3650 days"),
        (("--operator", "ann@example.org", "--scope", "papers:read"), "not among those who run the service"),
    ):
        answer = office("token", "create", *options)
        assert (answer.status, said in answer.err) == (2, True), answer.err
    assert office("token", "revoke", "chenbao_aaaaaaaa").status == 2
