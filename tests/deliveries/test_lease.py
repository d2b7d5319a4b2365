"""Whether the process that holds a lease still lives."""

import os
import subprocess
import sys

from newsletter.deliveries.lease import break_off, is_owner_dead, this_owner


def owner_of_child(script: str = "") -> tuple[subprocess.Popen[str], str]:
    """Start a process that prints its owner name and then waits to be told to end."""
    code = f"from newsletter.deliveries.lease import this_owner; print(this_owner(), flush=True); {script}input()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate(timeout=20)


def test_we_are_alive() -> None:
    assert is_owner_dead(this_owner()) is False


def test_every_owner_is_another_even_in_one_process() -> None:
    assert this_owner() != this_owner()


def test_another_process_is_alive_until_it_is_killed() -> None:
    process, owner = owner_of_child()
    assert is_owner_dead(owner) is False
    end(process)
    assert is_owner_dead(owner) is True


def test_a_killed_process_is_dead_before_its_parent_has_noticed() -> None:
    process, owner = owner_of_child()
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and stays a zombie
    assert is_owner_dead(owner) is True
    end(process)


def test_another_process_with_the_same_id_is_not_the_owner() -> None:
    host, start, pid, token = this_owner().split(":")
    assert is_owner_dead(f"{host}:{float(start) - 3600}:{pid}:{token}") is True


def test_nobody_here_knows_about_another_host() -> None:
    _, start, pid, token = this_owner().split(":")
    assert is_owner_dead(f"elsewhere:{start}:{pid}:{token}") is None


def test_a_name_of_another_form_is_nobodys() -> None:
    host, start, _, _ = this_owner().split(":")
    for owner in ("", "worker-1", f"{host}:{start}", f"{host}:{start}:x:y", f"{host}:soon:{os.getpid()}:y"):
        assert is_owner_dead(owner) is None


def test_work_that_broke_off_is_over_though_its_process_lives() -> None:
    broken, going_on = this_owner(), this_owner()
    break_off(broken)
    assert (is_owner_dead(broken), is_owner_dead(going_on)) == (True, False)
