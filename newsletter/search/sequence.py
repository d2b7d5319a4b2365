"""The order of papers: a number for each identifier, so that the newest have the largest, in every database alike."""

import re
from functools import lru_cache
from zlib import crc32

_NEW = re.compile(r"(\d\d)(\d\d)\.(\d{4,5})\Z")
_OLD = re.compile(r"(.+)/(\d\d)(\d\d)(\d{3})\Z")
_FIRST_YEAR = 1991
_MONTH_BITS = 49
_ARCHIVE_BITS = 11


@lru_cache(16_384)  # of a day's papers each is asked for on every page of it
def sequence_of(arxiv_id: str) -> int:
    """Return a number of 63 bits that grows with an identifier's month and its place in it.

    `2603.18074` has 18074 in its month; of `math/0309136` the archive comes first, since they counted each for itself.
    """
    if new := _NEW.match(arxiv_id):
        year, month, place = map(int, new.groups())
        return _pack(2000 + year, month, place)
    if old := _OLD.match(arxiv_id):
        year, month, place = (int(part) for part in old.groups()[1:])
        archive = crc32(old[1].encode())
        return _pack(1900 + year if year >= _FIRST_YEAR % 100 else 2000 + year, month, archive << _ARCHIVE_BITS | place)
    raise ValueError(f"{arxiv_id!r} is no identifier of arXiv's.")


def _pack(year: int, month: int, place: int) -> int:
    return ((year - _FIRST_YEAR) * 12 + month) << _MONTH_BITS | place
