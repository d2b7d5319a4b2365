"""Translations on the command line: what they cost, corrections as a file, renewal by the terms of today."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.translation.language import load_language
from newsletter.translation.tmx import Unit, write_tmx
from tests.cli.conftest import Newsletter
from tests.conftest import NOON
from tests.translation.services import KEY, Services


def test_corrections_are_brought_in_and_what_has_no_paper_is_counted(tmp_path: Path) -> None:
    office = Newsletter(home=tmp_path / "home")
    file = tmp_path / "mine.tmx"
    unit = Unit(source="A text of no stored paper", target="没有论文的文本")
    file.write_text("".join(write_tmx([unit], load_language("en"), load_language("zh"), at=NOON)), "utf-8")
    taken = office("translations", "import", "--tmx", str(file))
    assert (taken.status, taken.out.strip()) == (0, "1 corrections taken in."), taken.err
    written = office("translations", "export", "--tmx", str(tmp_path / "out.tmx"))
    assert written.status == 0
    assert "0 translations written" in written.out
    assert "1 corrections are left out" in written.err
    assert "<body>" in (tmp_path / "out.tmx").read_text("utf-8")
    assert office("translations", "import", "--tmx", str(tmp_path / "none.tmx")).status == 2


@pytest.fixture
def translating(newsletter: Newsletter) -> Iterator[Newsletter]:
    """An installation of one reader whose papers an engine with a price translates."""
    services = Services()
    newsletter.environment |= {
        "NEWSLETTER_TRANSLATOR": "libretranslate",
        "NEWSLETTER_TRANSLATOR_URL": services.url,
        "NEWSLETTER_TRANSLATOR_KEY": KEY,
        "NEWSLETTER_TRANSLATOR_PRICE": "1000 EUR",
    }
    yield newsletter
    services.close()


def test_a_day_ends_with_what_translating_took_and_a_new_term_is_brought_in(translating: Newsletter) -> None:
    assert translating.subscribe("ann@example.org", "robots").status == 0
    sent = translating("run", "--json")
    assert sent.status == 0, sent.err
    assert "LibreTranslate: " in sent.err
    assert " texts translated now, " in sent.err
    assert " requests, " in sent.err
    assert " EUR." in sent.err
    assert "0 texts have terms that changed" in translating("translations", "renew").out
    assert translating("glossary", "add", "study", "--say", "研究").status == 0
    renewed = translating("translations", "renew", "--day", "2026-03-20")
    assert renewed.status == 0, renewed.err
    assert "2026-03-20: 0 texts" not in renewed.out
