"""What a page brings back is what it was given, or refused."""

import base64
import random
import zlib

import pytest

from newsletter.errors import InputError
from newsletter.web.packing import pack, unpack
from newsletter.web.security import MAX_UPLOAD_BYTES


def test_a_file_comes_back_whole() -> None:
    content = "email,keywords\nann@example.org,强化学习\n".encode()
    assert unpack(pack(content), most_bytes=1000) == content
    assert len(pack(random.Random(1).randbytes(2**20))) < MAX_UPLOAD_BYTES / 8


@pytest.mark.parametrize(
    "field",
    ["", "x", "!!!!", pack(b"a" * 1001), pack(b"abc")[:8], base64.b64encode(zlib.compress(b"a" * 10**6)).decode()],
)
def test_anything_else_is_refused(field: str) -> None:
    with pytest.raises(InputError):
        unpack(field, most_bytes=1000)
