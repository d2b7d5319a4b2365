"""A browser for tests: real requests through the whole application, one at a time."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI


class Browser:
    """Follows no redirect, keeps no cookie, and gets the 500 page instead of the exception behind it."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._request(method, path, options))

    async def _request(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://papers.example.org") as client:
            return await client.request(method, path, **options)
