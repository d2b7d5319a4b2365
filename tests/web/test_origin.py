"""The Chinese of a paper: who wrote it, in words."""

from collections.abc import Mapping, Sequence

import pytest

from newsletter.translation.corrections import StoredTranslation
from newsletter.translation.marks import Marks
from newsletter.web.origin import say_origin
from tests.factories import MORNING


@pytest.mark.parametrize(
    ("engine", "findings", "said"),
    [
        (
            "memory",
            (),
            (
                "Its Chinese was put together on 20 March 2026 from machine translations of the same sentences; nobody has "
                "checked it."
            ),
        ),
        (
            "deepl",
            ({"kind": "engine", "detail": "local:opus"}, {"kind": "original", "detail": "It walks."}),
            (
                "Its Chinese is a machine translation by DeepL and opus of 20 March 2026; nobody has checked it. One sentence "
                "was left in the original, for want of a good translation."
            ),
        ),
    ],
)
def test_several_engines_the_memory_and_what_stands_in_the_original_are_named(
    engine: str, findings: Sequence[Mapping[str, str]], said: str
) -> None:
    found = StoredTranslation(
        text="中文", engine=engine, translated_at=MORNING, corrected_by=None, marks=Marks(findings=findings)
    )
    assert say_origin(found, found).en == said
