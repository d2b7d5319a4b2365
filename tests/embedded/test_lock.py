import os
import signal
from pathlib import Path

import pytest

from newsletter.embedded.lock import hold_home
from newsletter.errors import ConflictError, SettingsError
from tests.embedded.peers import PATIENCE_SECONDS, python, read_line

HOLD = """
import sys, time
from pathlib import Path
from newsletter.embedded.lock import hold_home
with hold_home(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_second_run_on_the_same_home_is_told_who_has_it(tmp_path: Path) -> None:
    with (
        hold_home(tmp_path),
        pytest.raises(ConflictError, match=f"already running as pid {os.getpid()}"),
        hold_home(tmp_path),
    ):
        pytest.fail("two hold the same home")


def test_another_process_that_holds_the_home_is_named(tmp_path: Path) -> None:
    with python(HOLD, str(tmp_path)) as holder:
        assert read_line(holder) == "held"
        with pytest.raises(ConflictError, match=f"already running as pid {holder.pid}"), hold_home(tmp_path):
            pytest.fail("two hold the same home")


def test_a_killed_run_leaves_the_home_free(tmp_path: Path) -> None:
    with python(HOLD, str(tmp_path)) as holder:
        assert read_line(holder) == "held"
        holder.send_signal(signal.SIGKILL)
        holder.wait(PATIENCE_SECONDS)
    with hold_home(tmp_path):
        assert (tmp_path / "up.lock").read_text() == str(os.getpid())


def test_the_home_is_free_after_an_orderly_end_and_made_when_missing(tmp_path: Path) -> None:
    home = tmp_path / "not" / "there"
    for _ in range(2):
        with hold_home(home):
            assert home.is_dir()


def test_two_homes_do_not_know_each_other(tmp_path: Path) -> None:
    with hold_home(tmp_path / "one"), hold_home(tmp_path / "two"):
        assert {path.name for path in tmp_path.iterdir()} == {"one", "two"}


def test_a_home_that_cannot_be_written_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="NEWSLETTER_HOME: cannot write to"), hold_home(tmp_path / "file"):
        pytest.fail("a file is no home")
