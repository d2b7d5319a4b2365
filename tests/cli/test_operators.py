"""Who runs the service, on the command line: links instead of passwords, and every change in the audit log."""

import pytest

from tests.cli.conftest import Newsletter

ENROL = "http://127.0.0.1:8000/admin/enrol/"


def link_of(out: str) -> str:
    """Return the enrolment link that a command printed, alone on its line."""
    (found,) = [line for line in out.splitlines() if line.startswith("http")]
    assert found.startswith(ENROL)
    return found


def test_adding_somebody_prints_their_enrolment_link(newsletter: Newsletter) -> None:
    added = newsletter("operator", "add", "Ann@example.org", "--role", "owner")
    assert added.status == 0, added.err
    assert "enrols as owner" in added.out
    assert len(link_of(added.out)) == len(ENROL) + 43
    assert newsletter("operator", "list", "--json").json == [
        {"email": "Ann@example.org", "role": "owner", "state": "invited", "last_signed_in_at": None}
    ]
    assert "never" in newsletter("operator", "list").out


def test_a_reset_makes_another_link(newsletter: Newsletter) -> None:
    first = link_of(newsletter("operator", "add", "ann@example.org").out)
    assert link_of(newsletter("operator", "reset", "ann@example.org").out) != first


def test_somebody_can_be_shut_out_let_in_again_and_given_another_role(newsletter: Newsletter) -> None:
    newsletter("operator", "add", "ann@example.org")
    assert newsletter("operator", "disable", "ann@example.org").status == 0
    assert newsletter("operator", "list", "--json").json[0]["state"] == "disabled"
    assert newsletter("operator", "enable", "ann@example.org").status == 0
    assert newsletter("operator", "role", "ann@example.org", "viewer").status == 0
    assert (newsletter("operator", "list", "--json").json[0]["role"]) == "viewer"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "ann@example.org"), "runs the service already"),
        (("add", "ann"), "is not an e-mail address"),
        (("disable", "bo@example.org"), "is not among those who run the service"),
        (("role", "ann@example.org", "viewer"), "is the only owner"),
        (("disable", "ann@example.org"), "is the only owner"),
    ],
)
def test_what_cannot_be_done_is_wrong_usage(newsletter: Newsletter, arguments: tuple[str, ...], said: str) -> None:
    newsletter("operator", "add", "ann@example.org", "--role", "owner")
    found = newsletter("operator", *arguments)
    assert found.status == 2
    assert said in found.err


def test_the_admin_link_is_an_enrolment_link_until_an_owner_has_enrolled(newsletter: Newsletter) -> None:
    assert link_of(newsletter("admin-link", NEWSLETTER_ADMIN_EMAIL="ops@example.org").out)
    assert newsletter("operator", "list", "--json").json[0]["email"] == "ops@example.org"
    again = newsletter("admin-link", NEWSLETTER_ADMIN_EMAIL="night@example.org")
    assert link_of(again.out)
    assert [one["email"] for one in newsletter("operator", "list", "--json").json] == ["ops@example.org"]


def test_who_did_what_is_written_down(newsletter: Newsletter) -> None:
    newsletter("operator", "add", "ann@example.org", "--role", "viewer")
    newsletter("operator", "role", "ann@example.org", "operator")
    entries = newsletter("audit", "--json").json
    assert [(entry["who"], entry["action"], entry["what"]) for entry in entries] == [
        ("command line", "change-role", "ann@example.org"),
        ("command line", "add-operator", "ann@example.org"),
    ]
    assert entries[0]["detail"] == {"from": "viewer", "to": "operator"}
    assert newsletter("audit").out.startswith("2 entries")
    assert newsletter("audit", "--since", "2026-03-20", "--json").json == entries
    assert newsletter("audit", "--since", "2026-03-21", "--json").json == []
