"""People read what the API offers on a page of the site, in both languages."""

import pytest

from newsletter.web.api.problems import Kind
from tests.web.api.conftest import Client
from tests.web.pages import Page, faults


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/"])
def test_the_page_shows_every_resource_and_every_problem(stranger: Client, path: str) -> None:
    response = stranger.get(path)
    page = Page(response)
    shown = page.texts("//h3/code")
    paths = stranger.get("/openapi.json").json()["paths"]
    assert sorted(shown) == sorted(f"{method.upper()} /api/v1{path}" for path, item in paths.items() for method in item)
    assert set(page.attributes("//dl[@class='problems']/div/@id")) == {kind.slug for kind in Kind}


def test_the_page_reads_well_without_eyes(stranger: Client) -> None:
    assert faults(stranger.get("/api/v1")) == []


def test_the_page_speaks_chinese(stranger: Client) -> None:
    page = Page(stranger.get("/api/v1", headers={"Accept-Language": "zh"}))
    assert "供程序使用的接口" in page.text
