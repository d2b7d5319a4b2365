"""Python's search for garbage in circles, made rare while a great many objects are built that stay."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_ALLOCATIONS = (
    100_000  # instead of 700: each search then finds that nearly all is in use, which took a third of the time
)


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Search seldom until the end of the block; what has no circles is freed at once as ever."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], _ALLOCATIONS), 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
