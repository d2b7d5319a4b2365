import os
import subprocess
import sys

import pytest

from newsletter.embedded import launch
from tests.embedded.peers import PATIENCE_SECONDS


def run(parent: int, *command: str) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-I", "-S", launch.__file__, str(parent), *command]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)


def test_the_program_replaces_the_launcher() -> None:
    done = run(os.getpid(), sys.executable, "-c", "import os; print(os.getppid())")
    assert (done.stdout, done.stderr, done.returncode) == (f"{os.getpid()}\n", "", 0)


def test_arguments_arrive_as_they_are() -> None:
    done = run(os.getpid(), sys.executable, "-c", "import sys; print(sys.argv[1:])", "a b", "$HOME", "晨报", "")
    assert done.stdout == "['a b', '$HOME', '晨报', '']\n"


def test_a_missing_program_is_named() -> None:
    done = run(os.getpid(), "/nowhere/program")
    assert (done.stderr, done.returncode) == ("Cannot run /nowhere/program: No such file or directory.\n", 127)


def test_nothing_starts_for_a_parent_that_is_gone() -> None:
    done = run(os.getppid(), sys.executable, "-c", "print('started')")
    assert (done.stdout, done.returncode) == ("", 1)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent's life")
def test_the_kernel_kills_the_program_with_its_parent() -> None:
    ask = "import ctypes; n = ctypes.c_int(); ctypes.CDLL(None).prctl(2, ctypes.byref(n)); print(n.value)"  # PR_GET_PDEATHSIG
    assert run(os.getpid(), sys.executable, "-c", ask).stdout == "9\n"
