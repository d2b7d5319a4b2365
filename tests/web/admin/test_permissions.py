"""Every page under /admin, and every role: to the sign-in, refused, or let through, as the matrix says."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts

from newsletter.operators.roles import Permission, Role, may
from newsletter.runtime import Runtime
from newsletter.web.admin.csrf import check_form, check_origin
from newsletter.web.admin.session import Require
from tests.web.admin.conftest import OperatorBrowser, SignIn
from tests.web.browser import Browser

OPEN = {"/admin/sign-in", "/admin/enrol/{token}"}
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}


def routes(app: FastAPI) -> Iterator[tuple[str, RouteContext]]:
    """Yield each method and route under /admin."""
    for route in iter_route_contexts(app.routes):
        if (route.path or "").startswith("/admin"):
            for method in sorted(route.methods or ()):
                yield method, route


def calls(dependant: Dependant) -> list[object]:
    return [call for part in dependant.dependencies for call in (part.call, *calls(part))]


def needed(route: RouteContext) -> list[Permission]:
    return [call.permission for call in calls(route.dependant) if isinstance(call, Require)]


def address(route: RouteContext) -> str:
    """Return an address of the route: of a day for what is written, and of no row for what has a number."""
    filled = route.path or ""
    for name, value in (("{written}", "2026-03-20"), ("{token}", "x")):
        filled = filled.replace(name, value)
    while "{" in filled:
        before, _, rest = filled.partition("{")
        filled = before + "987654" + rest.partition("}")[2]
    return filled


def test_every_route_names_one_permission_or_is_known_to_be_open(app: FastAPI) -> None:
    found = list(routes(app))
    assert len(found) > 20
    for method, route in found:
        assert len(needed(route)) == (0 if route.path in OPEN else 1), f"{method} {route.path}"


def test_every_route_that_changes_something_is_checked_for_where_it_comes_from(app: FastAPI) -> None:
    for method, route in routes(app):
        check = check_origin if route.path in OPEN else check_form
        assert check in calls(route.dependant), f"{method} {route.path}"


def test_who_is_not_signed_in_is_led_to_the_sign_in_from_every_page(app: FastAPI, browser: Browser) -> None:
    for method, route in routes(app):
        if route.path not in OPEN:
            answer = browser.request(method, address(route))
            assert answer.status_code == 303, f"{method} {route.path}"
            assert answer.headers["Location"].startswith("/admin/sign-in")


@pytest.mark.parametrize("role", list(Role))
def test_every_role_gets_as_far_as_the_matrix_says(
    app: FastAPI, runtime: Runtime, signed_in: SignIn, role: Role
) -> None:
    somebody = signed_in(role.value)
    for method, route in routes(app):
        if route.path in OPEN or route.path == "/admin/sign-out":
            continue
        answer = somebody.request(method, address(route), data={"csrf": somebody.csrf} if method in CHANGING else None)
        (permission,) = needed(route)
        is_refused = answer.status_code == 403
        assert is_refused is not may(role, permission), f"{role}: {method} {route.path} → {answer.status_code}"
        assert answer.status_code < 500, f"{role}: {method} {route.path} → {answer.status_code}"
        assert answer.headers.get("Location", "") != "/admin/sign-in"
    assert is_in(somebody)


def is_in(somebody: OperatorBrowser) -> bool:
    return somebody.get("/admin/account").status_code == 200


@pytest.mark.parametrize("role", list(Role))
def test_everybody_can_sign_out(signed_in: SignIn, role: Role) -> None:
    somebody = signed_in(role.value)
    answer = somebody.post("/admin/sign-out")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/sign-in")
    assert somebody.cookies == {}
    assert not is_in(somebody)


def test_a_viewer_is_told_why_and_sees_only_links_that_lead_somewhere(signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    refused = viewer.get("/admin/operators")
    assert refused.status_code == 403
    assert "This is not yours to do" in refused.text
    shown = viewer.get("/admin/account").text
    assert "/admin/operators" not in shown
    assert "/admin/audit" not in shown
