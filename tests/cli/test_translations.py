"""Translations on the command line: corrections as a file."""

from pathlib import Path

from newsletter.translation.language import load_language
from newsletter.translation.tmx import Unit, write_tmx
from tests.cli.conftest import Newsletter
from tests.conftest import NOON


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
