"""Python's search for garbage in circles, made rare while a great many objects are built that stay."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_ALLOCATIONS = (
    100_000  # instead of 700: each search then finds that nearly all is in use, which took a third of the time
)


def collect_seldom() -> None:
    """Search seldom from now on: for a process that keeps what it makes, as a worker keeps papers for the next mails."""
    gc.set_threshold(max(gc.get_threshold()[0], _ALLOCATIONS), 20, 20)


def spare_what_is_there() -> None:
    """Search what is there now once more, and never again: for a process that has made ready what it keeps."""
    gc.collect()
    gc.freeze()


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Search seldom until the end of the block; what has no circles is freed at once as ever."""
    before = gc.get_threshold()
    collect_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*before)
