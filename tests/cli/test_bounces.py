"""Bounces on the command line."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Newsletter
from tests.mail.bounces.mails import make_mail


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three mails, one a file."""
    found = tmp_path / "mails"
    found.mkdir()
    (found / "b.eml").write_bytes(make_mail("<wei@reader.example>:\n552 5.2.2 mailbox full\n"))
    (found / "a.eml").write_bytes(make_mail("<mia@reader.example>:\n550 5.1.1 no such user\n"))
    (found / "c").write_bytes(make_mail("I like it.", subject="Thank you", sender="joe@reader.example"))
    return found


def test_each_mail_of_a_folder_is_classified_on_a_line_of_its_own(newsletter: Newsletter, folder: Path) -> None:
    lines = [json.loads(line) for line in newsletter("bounces", "classify", str(folder), "--json").out.splitlines()]
    assert lines == [
        {"file": "a.eml", "recipients": ["mia@reader.example"], "class": "hard", "status": "5.1.1"},
        {"file": "b.eml", "recipients": ["wei@reader.example"], "class": "soft", "status": "5.2.2"},
        {"file": "c", "recipients": [], "class": "not-a-bounce", "status": None},
    ]


def test_people_see_how_many_there_are_of_each_class(newsletter: Newsletter, folder: Path) -> None:
    shown = newsletter("bounces", "classify", str(folder)).out.splitlines()
    assert shown[0] == "3 mails"
    assert [line.split() for line in shown[2:5]] == [["hard", "1"], ["soft", "1"], ["policy", "0"]]


def test_one_mail_may_be_named(newsletter: Newsletter, folder: Path) -> None:
    found = newsletter("bounces", "classify", str(folder / "a.eml"), "--json").json
    assert found["class"] == "hard"


@pytest.mark.parametrize(("name", "said"), [("nowhere", "There is no folder"), ("empty", "No mail lies directly in")])
def test_a_folder_without_mails_says_what_to_do(newsletter: Newsletter, tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "empty").mkdir()
    result = newsletter("bounces", "classify", str(tmp_path / name), "--json")
    assert result.status == 2
    assert said in result.err
