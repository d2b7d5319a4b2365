"""The glossary on the command line: added, listed, taken along, brought back, removed."""

from pathlib import Path

from tests.cli.conftest import Newsletter


def test_terms_are_added_exported_removed_and_imported_again(tmp_path: Path) -> None:
    office = Newsletter(home=tmp_path / "home")
    made = office("glossary", "add", "world model", "--say", "世界模型", "--never", "全球模型")
    assert made.status == 0, made.err
    file = tmp_path / "terms.toml"
    assert office("glossary", "export", str(file)).status == 0
    assert 'en = "world model"' in file.read_text("utf-8")
    assert office("glossary", "remove", "World Model").status == 0
    assert office("glossary", "list", "--json").json == []
    assert office("glossary", "remove", "world model").status == 2
    assert office("glossary", "import", str(file)).status == 0
    [found] = office("glossary", "list", "--json").json
    assert (found["term"], found["forms"], found["forbidden"]) == ("world model", ["世界模型"], ["全球模型"])
    assert "imported terms" not in office("audit", "--json").out
    assert "import-terms" in office("audit", "--json").out


def test_the_shipped_terms_are_found_and_a_bad_file_is_refused(tmp_path: Path) -> None:
    office = Newsletter(home=tmp_path / "home")
    found = office("glossary", "list", "--shipped", "强化学习", "--json").json
    assert "reinforcement learning" in [term["term"] for term in found]
    assert office("glossary", "import", str(tmp_path / "none.toml")).status == 2
    assert office("glossary", "add", "++", "--say", "加").status == 2
