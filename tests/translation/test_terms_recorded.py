"""The glossary on two recorded digests that a machine translated."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.translation.glossary import load_glossary
from newsletter.translation.language import load_language
from newsletter.translation.term_check import check_terms
from newsletter.translation.terms import mend_terms
from tests.conftest import SHARED

DIGESTS = sorted((SHARED / "data" / "digests").glob("digest-*.json"))
ENGLISH, CHINESE = load_language("en"), load_language("zh")

pytestmark = pytest.mark.skipif(not DIGESTS, reason="the recorded digests are not beside the checkout")


def list_texts(file: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Yield each title and abstract with its translation and the categories of the paper."""
    for section in json.loads(file.read_text("utf-8"))["sections"]:
        for paper in section["papers"]:
            for field in ("title", "abstract"):
                yield paper[field], paper[f"{field}_zh"], paper["categories"]


@pytest.mark.parametrize("file", DIGESTS, ids=lambda file: file.stem)
def test_a_machine_translation_is_put_into_the_words_of_the_field(file: Path) -> None:
    glossary = load_glossary("zh")
    said = right = 0
    for source, target, categories in list_texts(file):
        mended = mend_terms(source, target, glossary, categories, ENGLISH, CHINESE)
        check = check_terms(source, mended.text, glossary, categories, ENGLISH, CHINESE)
        assert (check.forbidden, check.missing) == (mended.forbidden, mended.missing)
        assert check.forbidden == ()
        said, right = said + check.said, right + check.right
        again = mend_terms(source, mended.text, glossary, categories, ENGLISH, CHINESE)
        assert again == mended or (again.text, again.changes) == (mended.text, ())
    assert right / said >= 0.98
