"""The compiled templates, once for all tests of digests."""

import pytest

from newsletter.digests.render import Renderer
from tests.kept import kept_renderer


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return kept_renderer()
