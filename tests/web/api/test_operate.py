"""An operator's program sees a day, and sends it again as its plan promised."""

import pytest
from sqlalchemy import update
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.tables import DeliveryRow
from newsletter.operators.roles import Role
from newsletter.operators.tables import AuditRow
from newsletter.runtime import Runtime
from newsletter.subscribers.subscriber import Subscriber
from tests.factories import accept_mail, add_reader
from tests.web.api.conftest import OPERATOR, Client, add_operator, problem


def test_a_days_deliveries_are_counted_and_listed_by_state(operator: Client, runtime: Runtime, ann: Subscriber) -> None:
    body = operator.get("/operator/editions/2026-03-20/deliveries").json()
    assert {state: number for state, number in body["states"].items() if number} == {"queued": 1}
    assert [(item["reader_id"], item["state"]) for item in body["items"]] == [(ann.id, "queued")]
    assert operator.get("/operator/editions/2026-03-20/deliveries?state=failed").json()["items"] == []
    assert "ann@example.org" not in operator.get("/operator/editions/2026-03-20/deliveries").text
    problem(operator.get("/operator/editions/2026-03-21/deliveries"), 404, "not-found")


def test_readers_are_walked_through_in_the_order_they_came(operator: Client, runtime: Runtime, ann: Subscriber) -> None:
    add_reader(runtime.desk, "bo@example.org", "robots", is_confirmed=False)
    body = operator.get("/operator/readers?limit=1").json()
    assert [(item["email"], item["keyword_count"]) for item in body["items"]] == [("ann@example.org", 2)]
    assert [item["email"] for item in operator.get(body["next"]).json()["items"]] == ["bo@example.org"]
    assert [item["email"] for item in operator.get("/operator/readers?consent=pending").json()["items"]] == [
        "bo@example.org"
    ]


def test_a_day_is_sent_again_as_its_plan_promised_and_the_audit_log_knows_by_whom(
    operator: Client, runtime: Runtime, ann: Subscriber
) -> None:
    accept_mail(runtime.desk)
    plan = operator.request("POST", "/operator/resends/plan", json={"day": "2026-03-20"}).json()
    assert plan["planned_count"] == 1
    assert [(line["reader_id"], line["revision"]) for line in plan["lines"]] == [(ann.id, 1)]
    order = {"day": "2026-03-20", "fingerprint": plan["fingerprint"]}
    response = operator.request("POST", "/operator/resends", json=order)
    assert response.status_code == 202, response.text
    item = response.json()
    assert (item["day"], item["planned_count"], item["is_over"]) == ("2026-03-20", 1, False)
    assert item["requested_by"] == f"{OPERATOR} by the API"
    assert operator.get(response.headers["location"]).json()["id"] == item["id"]
    with reading(runtime.database) as session:
        [entry] = session.exec(select(AuditRow).where(AuditRow.action == "resend"))
    assert entry.who.startswith(f"{OPERATOR}, token ")
    # the same order again: the first one is still to be queued
    problem(operator.request("POST", "/operator/resends", json=order), 409, "conflict")


@pytest.mark.parametrize(("state", "planned"), [("failed", 1), ("accepted", 0)])
def test_only_those_whose_mail_failed_if_that_is_asked_for(
    operator: Client, runtime: Runtime, ann: Subscriber, state: str, planned: int
) -> None:
    with transaction(runtime.database) as session:
        session.connection().execute(update(DeliveryRow).values(state=state))
    wish = {"day": "2026-03-20", "only_failed": True}
    assert operator.request("POST", "/operator/resends/plan", json=wish).json()["planned_count"] == planned


def test_another_outcome_than_the_plans_is_refused(operator: Client, runtime: Runtime, ann: Subscriber) -> None:
    plan = operator.request("POST", "/operator/resends/plan", json={"day": "2026-03-20"}).json()
    assert plan["planned_count"] == 0  # the first one is still on its way
    accept_mail(runtime.desk)
    order = {"day": "2026-03-20", "fingerprint": plan["fingerprint"]}
    assert "changed" in problem(operator.request("POST", "/operator/resends", json=order), 409, "conflict")["detail"]


def test_nobody_to_send_to_is_said_and_nothing_stored(operator: Client, ann: Subscriber) -> None:
    plan = operator.request("POST", "/operator/resends/plan", json={"day": "2026-03-20"}).json()
    order = {"day": "2026-03-20", "fingerprint": plan["fingerprint"]}
    problem(operator.request("POST", "/operator/resends", json=order), 409, "conflict")
    problem(operator.get("/operator/resends/1"), 404, "not-found")


def test_only_chosen_readers_and_days_that_are_there(operator: Client, ann: Subscriber) -> None:
    chosen = {"day": "2026-03-20", "readers": ["ann@example.org"]}
    assert operator.request("POST", "/operator/resends/plan", json=chosen).status_code == 200
    for wish in ({"day": "2026-03-20", "readers": ["nobody@example.org"]}, {"day": "2026-03-21"}):
        problem(operator.request("POST", "/operator/resends/plan", json=wish), 404, "not-found")
    for bad in ({}, {"day": "2026-03-20", "message": "welcome"}, {"day": "2026-03-20", "readers": ["\x00"]}):
        problem(operator.request("POST", "/operator/resends/plan", json=bad), 422, "invalid")


def test_a_token_is_worth_what_its_owners_role_allows_now(operator: Client, runtime: Runtime, ann: Subscriber) -> None:
    add_operator(runtime, "owner@example.org", Role.OWNER)
    runtime.set_operator_role(OPERATOR, Role.VIEWER)
    assert operator.get("/operator/editions/2026-03-20/deliveries").status_code == 200
    problem(operator.get("/operator/readers"), 403, "forbidden")
    problem(operator.request("POST", "/operator/resends/plan", json={"day": "2026-03-20"}), 403, "forbidden")
    runtime.disable_operator(OPERATOR)
    problem(operator.get("/operator/editions/2026-03-20/deliveries"), 401, "unauthorized")
