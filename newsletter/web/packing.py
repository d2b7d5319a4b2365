"""A file that a page brings back: packed into one field of a form, so that nothing of it is kept here between two pages."""

import base64
import binascii
import zlib

from newsletter.errors import InputError


def pack(content: bytes) -> str:
    """Return a file's content for a hidden field."""
    return base64.b64encode(zlib.compress(content)).decode("ascii")


def unpack(field: str, *, most_bytes: int) -> bytes:
    """Return what was packed; raises InputError for anything else, and for more than that many bytes."""
    try:
        packed = base64.b64decode(field, validate=True)
        reader = zlib.decompressobj()
        content = reader.decompress(packed, most_bytes + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise InputError("The file did not come back whole; choose it again.") from error
    if not reader.eof or len(content) > most_bytes:
        raise InputError("The file did not come back whole, or is too large; choose it again.")
    return content
