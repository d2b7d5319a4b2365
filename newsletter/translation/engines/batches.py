"""Splitting texts into batches that one request can carry."""

from collections.abc import Callable, Sequence
from heapq import heappop, heappush


def split(texts: Sequence[str], *, max_texts: int, max_size: int, size: Callable[[str], int] = len) -> list[list[str]]:
    """Return the texts in as few lists as can be found, each of at most `max_texts` whose sizes add up to `max_size`.

    A text that is larger than `max_size` by itself gets a list of its own: the service shall refuse it, not we. The lists
    are in the texts' order unless another one makes fewer.
    """
    sizes = [size(text) for text in texts]
    best = _in_order(sizes, max_texts, max_size)
    fewest = max(-(-len(texts) // max_texts), -(-sum(sizes) // max_size))
    for count in range(fewest, len(best)):
        balanced = _balanced(sizes, count, max_texts, max_size)
        if balanced is not None:
            best = balanced
            break
    return [[texts[place] for place in batch] for batch in best]


def _in_order(sizes: Sequence[int], max_texts: int, max_size: int) -> list[list[int]]:
    batches: list[list[int]] = []
    room = 0
    for place, needed in enumerate(sizes):
        if not batches or len(batches[-1]) >= max_texts or needed > room:
            batches.append([])
            room = max_size
        batches[-1].append(place)
        room -= needed
    return batches


def _balanced(sizes: Sequence[int], count: int, max_texts: int, max_size: int) -> list[list[int]] | None:
    """Deal the texts, the largest first, each to the lightest of so many lists; None when one of them gets too heavy."""
    batches: list[list[int]] = [[] for _ in range(count)]
    lightest = [(0, number) for number in range(count)]
    for place in sorted(range(len(sizes)), key=lambda place: -sizes[place]):
        if not lightest:
            return None
        load, number = heappop(lightest)
        batches[number].append(place)
        load += sizes[place]
        if load > max_size:
            return None
        if len(batches[number]) < max_texts:
            heappush(lightest, (load, number))
    return [batch for batch in batches if batch]
