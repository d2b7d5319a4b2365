"""Browsers in which somebody is signed in, of any role."""

from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from newsletter.db.engine import transaction
from newsletter.operators import store
from newsletter.operators.account import OperatorId
from newsletter.operators.passwords import Passwords
from newsletter.operators.roles import Role
from newsletter.operators.totp import new_secret
from newsletter.runtime import Runtime
from newsletter.web.app import create_app
from tests.operators.conftest import CHEAP, PASSWORD
from tests.web.browser import Browser


@dataclass
class OperatorBrowser(Browser):
    """A browser that keeps cookies and sends the form's token along, as a page of ours would."""

    app: FastAPI
    runtime: Runtime
    email: str = ""
    secret: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(self.app)

    @property
    def csrf(self) -> str:
        return self.runtime.door.csrf_of(self.cookies.get("operator", ""))

    def post(self, path: str, **options: Any) -> httpx.Response:
        data = {"csrf": self.csrf} | dict(options.pop("data", {}))
        return super().post(path, data=data, **options)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": kept} | dict(options.pop("headers", {}))
        answer = super().request(method, path, headers=headers, **options)
        for header in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.cookies[name]
        return answer


SignIn = Callable[..., OperatorBrowser]


@pytest.fixture(autouse=True)
def _cheap_hashes(runtime: Runtime) -> None:
    """Hash passwords at next to no cost."""
    door = runtime.door
    object.__setattr__(door, "passwords", Passwords(CHEAP))


@pytest.fixture
def app(runtime: Runtime) -> FastAPI:
    return create_app(runtime)


@pytest.fixture
def browser(app: FastAPI) -> Browser:
    """A browser in which nobody is signed in."""
    return Browser(app)


@pytest.fixture
def signed_in(app: FastAPI, runtime: Runtime) -> SignIn:
    """Return what opens a browser in which somebody of that role is signed in."""

    def sign_in(role: str = "owner", email: str = "") -> OperatorBrowser:
        address = email or f"{role}@example.org"
        secret = new_secret()
        return OperatorBrowser(
            app=app,
            runtime=runtime,
            email=address,
            secret=secret,
            cookies={"operator": open_session(runtime, address, Role(role), secret)},
        )

    return sign_in


@pytest.fixture
def owner(signed_in: SignIn) -> OperatorBrowser:
    return signed_in("owner")


def open_session(runtime: Runtime, email: str, role: Role, secret: str = "") -> str:
    """Add an operator who is enrolled and return the token of a session of theirs."""
    door, at = runtime.door, runtime.clock()
    password_hash, sealed = door.passwords.hash(PASSWORD), door.seal.close(secret or new_secret())
    with transaction(runtime.database) as session:
        operator = store.add_operator(session, email, role, at=at)
        store.enrol(session, operator.id, password_hash=password_hash, totp_secret=sealed, step=0, at=at)
        return door.open_session(session, OperatorId(operator.id), network="192.0.2.7", browser="Firefox 130")
