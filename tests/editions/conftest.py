"""What the tests of editions share, with those of papers and digests too."""

from tests.digests.conftest import renderer
from tests.papers.conftest import http, peer

__all__ = ["http", "peer", "renderer"]
