"""The compiled templates, once for all tests of digests."""

import pytest

from newsletter.digests.compile import load_renderer
from newsletter.digests.render import Renderer
from newsletter.resources import templates_folder


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return load_renderer(templates_folder())
