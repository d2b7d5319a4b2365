"""The program that compares what is read with labels."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bounce_report import main
from tests.mail.bounces.mails import make_mail


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three labelled mails: one read right, one as a careful reader might, one wrong."""
    (tmp_path / "mails").mkdir()
    labels: list[dict[str, Any]] = [
        {"class": "hard", "recipients": ["wei@reader.example"], "confidence": "certain"},
        {"class": "soft", "recipients": ["mia@reader.example"], "also_class": ["hard"], "confidence": "likely"},
        {"class": "policy", "recipients": ["joe@reader.example"], "confidence": "certain"},
    ]
    lines = []
    for number, label in enumerate(labels):
        (tmp_path / "mails" / f"{number}.eml").write_bytes(make_mail(f"<{label['recipients'][0]}>: user unknown\n"))
        lines.append(json.dumps({**label, "file": f"{number}.eml", "has_delivery_status": number == 0}))
    (tmp_path / "labels.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_the_last_line_is_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "miss: 2.eml (certain): policy joe@reader.example; read as hard joe@reader.example"
    assert json.loads(lines[-1]) == {
        "with_status_part": {"mails": 1, "strict": 1.0, "lenient": 1.0},
        "all": {"mails": 3, "strict": 0.5, "lenient": 0.6667},
        "misses": 1,
        "exceptions": 0,
    }
