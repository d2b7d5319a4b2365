"""States on the operator's pages: in words, with a shape for the eye, and marked where somebody may want to look."""

from dataclasses import dataclass

from newsletter.deliveries.states import DeliveryState
from newsletter.editions.story.mails import say_state
from newsletter.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A state in words, with a shape for the eye; `is_bad` where somebody may want to look."""

    shape: str
    words: Words
    is_bad: bool = False


SHAPES = {
    DeliveryState.QUEUED: "○",
    DeliveryState.SENDING: "◐",
    DeliveryState.ACCEPTED: "●",
    DeliveryState.DEFERRED: "◔",
    DeliveryState.FAILED: "▲",
    DeliveryState.UNCERTAIN: "?",
    DeliveryState.SKIPPED: "–",
}
_BAD = frozenset({DeliveryState.DEFERRED, DeliveryState.FAILED, DeliveryState.UNCERTAIN})


def state_mark(state: DeliveryState) -> Mark:
    """Return how the pages show the state of a delivery."""
    return Mark(shape=SHAPES[state], words=say_state(state), is_bad=state in _BAD)
