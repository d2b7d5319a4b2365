"""The machine's own zone is only a guess, and never a wrong name."""

from pathlib import Path

import pytest

from newsletter.subscribers.zones import own_timezone


def test_the_zone_of_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TZ", ":Asia/Shanghai")
    assert own_timezone(tmp_path / "none") == "Asia/Shanghai"


def test_the_system_link_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TZ", raising=False)
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Europe/Zurich")
    assert own_timezone(link) == "Europe/Zurich"


@pytest.mark.parametrize("value", ["", "Nowhere/Atlantis", "CET-1CEST"])
def test_what_is_no_zone_name_is_utc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str) -> None:
    monkeypatch.setenv("TZ", value)
    assert own_timezone(tmp_path / "none") == "UTC"
