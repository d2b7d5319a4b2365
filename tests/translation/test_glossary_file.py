"""Reading the files of a glossary."""

from pathlib import Path

import pytest

from newsletter.errors import InputError
from newsletter.translation.glossary_file import read_file, read_folder
from newsletter.translation.term import Term


def test_a_line_says_what_a_term_is() -> None:
    text = """terms = [{
      en = "policy", also = ["policies"], to = ["策略", "策略函数"], not = ["政策"], unify = ["策略函数"], keep = ["政策制定"],
      rivals = ["government"], categories = ["cs.LG"], near = ["reward"], unless = ["law"], needs_both = true, explain = true
    }]""".replace("\n", " ")
    assert read_file(text, "en", name="a.toml") == [
        Term(
            source="policy",
            also=("policies",),
            forms=("策略", "策略函数"),
            forbidden=("政策",),
            replaced=("策略函数",),
            kept=("政策制定",),
            rivals=("government",),
            categories=("cs.LG",),
            near=("reward",),
            unless=("law",),
            needs_both=True,
            is_explained=True,
        )
    ]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("terms = [", "no TOML"),
        ("words = []", "one list"),
        ('terms = [{ de = "Agent" }]', "key `en`"),
        ('terms = [{ en = "agent", zh = ["智能体"] }]', "nobody knows the key zh"),
        ('terms = [{ en = "agent", to = "智能体" }]', "`to` is a list of texts"),
        ('terms = [{ en = "agent", to = ["智能体"], explain = "yes" }]', "`explain` is true or false"),
        ('terms = [{ en = "agent" }]', "no accepted form"),
        ('terms = [{ en = "agent", to = ["智能体", " "] }]', "empty"),
        ('terms = [{ en = "agent", to = ["智能体", "智能体"] }]', "twice"),
        ('terms = [{ en = "agent", to = ["智能体"], not = ["智能体"] }]', "both accepted and forbidden"),
        ('terms = [{ en = "agent", to = ["智能体"], unify = ["代理"] }]', "give way"),
        ('terms = [{ en = "agent", to = ["智能体"], keep = ["代理商"] }]', "holds no forbidden form"),
        ('terms = [{ en = "agent", to = ["智能体"], near = ["act"], needs_both = true }]', "needs `categories` and"),
        ('terms = [{ en = "agent", to = ["智能体"] }, { en = "Agent", to = ["主体"] }]', "there already"),
        (
            'terms = [{ en = "agent", to = ["智能体"] }, { en = "agent", to = ["主体"], near = ["law"] }]',
            "there already",
        ),
    ],
)
def test_a_mistake_in_a_file_is_named(tmp_path: Path, lines: str, reason: str) -> None:
    (tmp_path / "words.toml").write_text(lines, "utf-8")
    with pytest.raises(InputError, match=f"words.toml.*{reason}"):
        read_folder(tmp_path, "en")


def test_a_term_in_two_files_is_named(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text('terms = [{ en = "agent", to = ["智能体"] }]', "utf-8")
    with pytest.raises(InputError, match=r"b\.toml: the term 'agent'"):
        read_folder(tmp_path, "en")


def test_a_second_reading_without_context_stands_last(tmp_path: Path) -> None:
    lines = '{ en = "arm", to = ["臂"], near = ["bandit"] }, { en = "arm", to = ["机械臂"] }'
    (tmp_path / "a.toml").write_text(f"terms = [{lines}]", "utf-8")
    assert [term.preferred for term in read_folder(tmp_path, "en")] == ["臂", "机械臂"]


def test_a_language_without_a_glossary_has_no_terms(tmp_path: Path) -> None:
    assert read_folder(tmp_path / "glossary", "en") == ()
