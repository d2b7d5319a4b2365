"""Splitting texts into batches that one request can carry."""

from collections.abc import Callable, Sequence


def split(texts: Sequence[str], *, max_texts: int, max_size: int, size: Callable[[str], int] = len) -> list[list[str]]:
    """Cut the texts, in order, into lists of at most `max_texts` whose sizes add up to at most `max_size`.

    A text that is larger than `max_size` by itself gets a list of its own: the service shall refuse it, not we.
    """
    batches: list[list[str]] = []
    room = 0
    for text in texts:
        needed = size(text)
        if not batches or len(batches[-1]) >= max_texts or needed > room:
            batches.append([])
            room = max_size
        batches[-1].append(text)
        room -= needed
    return batches
