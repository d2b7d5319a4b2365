"""No request may fill the memory, whatever it says of its size."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

from newsletter.web.security import BodyLimit, SecureHeaders

LIMIT = 1000


@pytest.fixture
def app() -> FastAPI:
    found = FastAPI()

    @found.post("/")
    async def count(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())), headers={"Cache-Control": "no-cache"})

    @found.post("/deaf")
    async def ignore() -> PlainTextResponse:
        return PlainTextResponse("heard nothing")

    found.add_middleware(BodyLimit, max_bytes=LIMIT)
    found.add_middleware(SecureHeaders)
    return found


async def in_pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 100):
        yield b"x" * 100


def post(app: FastAPI, content: bytes | AsyncIterator[bytes], path: str = "/") -> httpx.Response:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            return await client.post(path, content=content)

    return asyncio.run(send())


@pytest.mark.parametrize("size", [0, 100, LIMIT])
def test_a_body_up_to_the_limit_is_read_whole(app: FastAPI, size: int) -> None:
    assert post(app, b"x" * size).text == str(size)
    assert post(app, in_pieces(size)).text == str(size)


def test_a_body_that_says_it_is_too_large_is_refused(app: FastAPI) -> None:
    assert post(app, b"x" * (LIMIT + 1)).status_code == 413


def test_a_body_that_does_not_say_its_size_is_refused_once_it_is_too_large(app: FastAPI) -> None:
    assert post(app, in_pieces(LIMIT + 100)).status_code == 413


def test_a_page_that_does_not_read_the_body_answers_all_the_same(app: FastAPI) -> None:
    assert post(app, b"x" * (LIMIT + 1), path="/deaf").status_code == 200


def test_a_page_may_set_a_header_itself(app: FastAPI) -> None:
    headers = post(app, b"x").headers
    assert headers["Cache-Control"] == "no-cache"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("is_encrypted", [True, False])
def test_only_a_site_that_is_reached_by_https_asks_browsers_to_stay_with_it(*, is_encrypted: bool) -> None:
    app = FastAPI()
    app.add_middleware(SecureHeaders, is_encrypted=is_encrypted)
    assert ("strict-transport-security" in post(app, b"").headers) is is_encrypted
