"""Which translations were checked against other terms than today's: a changed glossary touches these alone."""

from collections.abc import Sequence

from sqlmodel import Session

from newsletter.translation.finish import open_finisher
from newsletter.translation.memory import recall_marked
from newsletter.translation.passages import Passage


def list_stale(session: Session, passages: Sequence[Passage], *, source: str, target: str) -> Sequence[Passage]:
    """Return the passages whose translation an engine made, and whose terms have changed since it was checked.

    What was never checked counts, too, where it has terms; what has no translation does not.
    """
    finisher = open_finisher(session, source=source, target=target)
    found = recall_marked(session, {passage.text for passage in passages}, source=source, target=target)
    return [
        passage
        for passage in passages
        if (known := found.get(passage.text)) is not None
        and not known.is_correction
        and not finisher.is_current(known.marks.glossary_key)
        and not finisher.has_same_terms(known.marks.glossary_key, passage.folded())
    ]
