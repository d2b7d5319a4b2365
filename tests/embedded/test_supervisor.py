import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.embedded.supervisor import GRACE_SECONDS, Program, RestartRule, Supervisor, stage_deadlines
from newsletter.errors import ProcessError
from tests.embedded.peers import PATIENCE_SECONDS, is_gone, python, read_line, wait_for

SLEEP = "import time; time.sleep(600)"
OBSTINATE = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
)
QUICK = RestartRule(limit=3, first_delay_seconds=0.01)


def always() -> bool:
    return True


def program(
    name: str, script: str, *arguments: str, stop_stage: int = 0, is_ready: Callable[[], bool] = always
) -> Program:
    command = (sys.executable, "-c", script, *arguments)
    return Program(name=name, command=command, is_ready=is_ready, stop_stage=stop_stage)


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def has_said(path: Path, text: str) -> Callable[[], bool]:
    return lambda: path.is_file() and text in path.read_text()


def test_what_a_program_prints_is_appended_to_its_log(tmp_path: Path) -> None:
    (tmp_path / "greeter.log").write_text("yesterday\n")
    script = "import sys, time; print('out', flush=True); print('err', file=sys.stderr, flush=True); time.sleep(600)"
    with Supervisor(log_folder=tmp_path) as supervisor:
        supervisor.start(program("greeter", script))
        said = has_said(tmp_path / "greeter.log", "yesterday\nout\nerr\n")
        assert supervisor.wait_until(said, what=lambda: "it is silent", timeout_seconds=PATIENCE_SECONDS)


def test_a_program_gets_its_environment_beside_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", "1")
    script = "import os, time; print(os.environ['OURS'] + os.environ['ITS'], flush=True); time.sleep(600)"
    command = (sys.executable, "-c", script)
    with Supervisor(log_folder=tmp_path) as supervisor:
        supervisor.start(Program(name="a", command=command, environment={"ITS": "2"}))
        assert supervisor.wait_until(has_said(tmp_path / "a.log", "12"), what=str, timeout_seconds=PATIENCE_SECONDS)


def test_nothing_is_left_after_a_stop(tmp_path: Path) -> None:
    before = children()
    with Supervisor(log_folder=tmp_path) as supervisor:
        for name in ("one", "two", "three"):
            supervisor.start(program(name, SLEEP))
        assert len(children() - before) == 3
    assert children() - before == set()
    assert supervisor.processes() == {"one": None, "two": None, "three": None}


def test_stopping_twice_does_no_harm(tmp_path: Path) -> None:
    with Supervisor(log_folder=tmp_path) as supervisor:
        supervisor.start(program("one", SLEEP))
        supervisor.stop()
        supervisor.stop()
        assert supervisor.processes() == {"one": None}


def test_a_program_that_ignores_the_request_to_end_is_killed(tmp_path: Path) -> None:
    with Supervisor(log_folder=tmp_path, grace_seconds=0.5) as supervisor:
        supervisor.start(program("deaf", OBSTINATE))
        assert supervisor.wait_until(
            has_said(tmp_path / "deaf.log", "deaf"), what=str, timeout_seconds=PATIENCE_SECONDS
        )
        pid = supervisor.processes()["deaf"]
    assert pid
    assert is_gone(pid)


def test_what_a_program_started_itself_ends_with_it(tmp_path: Path) -> None:
    script = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {OBSTINATE!r}]); time.sleep(600)"
    with Supervisor(log_folder=tmp_path) as supervisor:
        supervisor.start(program("parent", script))
        said = has_said(tmp_path / "parent.log", "deaf")
        assert supervisor.wait_until(said, what=str, timeout_seconds=PATIENCE_SECONDS)
        parent = supervisor.processes()["parent"]
        assert parent
        (grandchild,) = psutil.Process(parent).children()
    wait_for(lambda: is_gone(grandchild.pid), "the grandchild's end")


def test_a_later_stage_is_asked_to_end_only_when_the_earlier_is_gone(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    script = """
import signal, sys, time
def end(*_):
    with open(sys.argv[1], "a") as trace:
        trace.write(sys.argv[2] + " asked\\n")
        trace.flush()
        time.sleep(float(sys.argv[3]))
        trace.write(sys.argv[2] + " done\\n")
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
time.sleep(600)
"""
    with Supervisor(log_folder=tmp_path) as supervisor:
        supervisor.start(program("broker", script, str(trace), "broker", "0", stop_stage=1))
        supervisor.start(program("worker", script, str(trace), "worker", "0.2", stop_stage=0))
        for name in ("broker", "worker"):
            ready = has_said(tmp_path / f"{name}.log", "ready")
            assert supervisor.wait_until(ready, what=str, timeout_seconds=PATIENCE_SECONDS)
    assert trace.read_text().split("\n")[:-1] == ["worker asked", "worker done", "broker asked", "broker done"]


def test_a_crashed_program_is_started_again(tmp_path: Path) -> None:
    with Supervisor(log_folder=tmp_path, restart=QUICK) as supervisor:
        supervisor.start(program("worker", SLEEP))
        first = supervisor.processes()["worker"]
        assert first
        os.kill(first, signal.SIGKILL)
        again = lambda: supervisor.processes()["worker"] not in (None, first)  # noqa: E731
        assert supervisor.wait_until(again, what=lambda: "it stays down", timeout_seconds=PATIENCE_SECONDS)
        assert is_gone(first)


def test_a_program_that_keeps_crashing_is_given_up_with_the_end_of_its_log(tmp_path: Path) -> None:
    with Supervisor(log_folder=tmp_path, restart=QUICK) as supervisor:
        supervisor.start(program("web", "import sys; print('no such module'); sys.exit(3)"))
        with pytest.raises(ProcessError) as caught:
            supervisor.watch()
    message = str(caught.value)
    assert "web ended 3 times within 60 seconds, at last with exit code 3" in message
    assert message.endswith("web.log ends with:\nno such module\nno such module\nno such module")
    assert not caught.value.retryable


def test_a_missing_program_is_given_up_with_its_name(tmp_path: Path) -> None:
    with Supervisor(log_folder=tmp_path, restart=QUICK) as supervisor:
        supervisor.start(Program(name="broker", command=("/nowhere/valkey",)))
        with pytest.raises(ProcessError, match="Cannot run /nowhere/valkey: No such file or directory"):
            supervisor.watch()


def test_of_a_long_log_only_the_end_is_shown(tmp_path: Path) -> None:
    with Supervisor(log_folder=tmp_path, restart=RestartRule(limit=1)) as supervisor:
        supervisor.start(program("web", "[print(n, 'x' * 100) for n in range(1000)]"))
        with pytest.raises(ProcessError) as caught:
            supervisor.watch()
    lines = str(caught.value).splitlines()
    assert lines[-1].startswith("999 x")
    assert len(lines) < 20


def test_every_program_is_waited_for_until_it_is_ready(tmp_path: Path) -> None:
    script = "import sys, time, pathlib; pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"
    with Supervisor(log_folder=tmp_path) as supervisor:
        for name in ("one", "two"):
            mark = tmp_path / f"{name}.ready"
            supervisor.start(program(name, script, str(mark), is_ready=mark.exists))
        assert supervisor.wait_until_ready(PATIENCE_SECONDS)
        assert {path.name for path in tmp_path.glob("*.ready")} == {"one.ready", "two.ready"}


def test_a_program_that_does_not_get_ready_is_named(tmp_path: Path) -> None:
    with Supervisor(log_folder=tmp_path) as supervisor:
        supervisor.start(program("web", SLEEP, is_ready=lambda: False))
        with pytest.raises(ProcessError, match="web did not get ready in time") as caught:
            supervisor.wait_until_ready(0)
    assert "web.log is empty" in str(caught.value)


def test_a_dead_program_is_not_ready_whatever_answers_in_its_place(tmp_path: Path) -> None:
    with Supervisor(log_folder=tmp_path, restart=QUICK) as supervisor:
        supervisor.start(program("web", "import sys; sys.exit(1)"))
        pid = supervisor.processes()["web"]
        assert pid
        wait_for(lambda: is_gone(pid), "its end")
        with pytest.raises(ProcessError):
            supervisor.wait_until_ready(0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_watch(tmp_path: Path, number: signal.Signals) -> None:
    with Supervisor(log_folder=tmp_path) as supervisor:
        supervisor.start(program("one", SLEEP))
        os.kill(os.getpid(), number)
        supervisor.watch()
        assert supervisor.is_stop_requested
        assert supervisor.wait_until_ready(PATIENCE_SECONDS) is False


def test_another_thread_may_end_the_watch(tmp_path: Path) -> None:
    with Supervisor(log_folder=tmp_path) as supervisor:
        thread = threading.Thread(target=supervisor.request_stop)
        thread.start()
        supervisor.watch()
        thread.join()
        assert supervisor.is_stop_requested


def test_the_former_signal_handlers_come_back(tmp_path: Path) -> None:
    former = signal.getsignal(signal.SIGTERM)
    with Supervisor(log_folder=tmp_path):
        assert signal.getsignal(signal.SIGTERM) != former
    assert signal.getsignal(signal.SIGTERM) == former


def test_under_nohup_a_hangup_is_still_ignored(tmp_path: Path) -> None:
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Supervisor(log_folder=tmp_path) as supervisor:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not supervisor.is_stop_requested
    finally:
        signal.signal(signal.SIGHUP, former)


def test_a_program_that_ends_by_itself_is_run_once_and_tells_its_exit_code(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with Supervisor(log_folder=tmp_path) as supervisor:
        assert supervisor.run(program("day", "import sys; print('report'); sys.exit(4)")) == 4
        assert supervisor.run(program("day", "import os; os.kill(os.getpid(), 9)")) == -9
        assert supervisor.processes() == {}
    assert capfd.readouterr().out == "report\n"


def test_a_program_that_is_run_once_ends_with_the_request_to_stop(tmp_path: Path) -> None:
    before = children()
    mark = tmp_path / "mark"
    script = (
        "import os, signal, sys, time; open(sys.argv[1], 'w'); os.kill(os.getppid(), signal.SIGTERM); time.sleep(600)"
    )
    with Supervisor(log_folder=tmp_path) as supervisor:
        assert supervisor.run(program("day", script, str(mark))) is None
        assert children() == before
    assert mark.exists()


def test_a_crash_meanwhile_is_noticed(tmp_path: Path) -> None:
    with Supervisor(log_folder=tmp_path, restart=RestartRule(limit=1)) as supervisor:
        supervisor.start(program("broker", "import sys; sys.exit(1)"))
        with pytest.raises(ProcessError, match="broker ended"):
            supervisor.run(program("day", SLEEP))


SUPERVISE = """
import os, sys
from pathlib import Path
from newsletter.embedded.supervisor import Program, Supervisor
if "closed" in sys.argv:
    os.close(0)
with Supervisor(log_folder=Path(sys.argv[1]), grace_seconds=2) as supervisor:
    for name in ("one", "two"):
        supervisor.start(Program(name=name, command=(sys.executable, "-c", sys.argv[2])))
    print(*supervisor.processes().values(), flush=True)
    supervisor.watch()
print("stopped", flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent's life")
def test_a_killed_supervisor_leaves_no_process_behind(tmp_path: Path) -> None:
    with python(SUPERVISE, str(tmp_path), OBSTINATE) as supervisor:
        pids = [int(pid) for pid in read_line(supervisor).split()]
        for name in ("one", "two"):
            wait_for(has_said(tmp_path / f"{name}.log", "deaf"), f"{name}'s start")
        supervisor.send_signal(signal.SIGKILL)
        supervisor.wait(PATIENCE_SECONDS)
    for pid in pids:
        wait_for(lambda pid=pid: is_gone(pid), f"the end of {pid}")  # type: ignore[misc]


def test_a_closed_standard_input_is_no_hindrance(tmp_path: Path) -> None:
    talk = "import sys, time; print('read', repr(sys.stdin.read()), flush=True); time.sleep(600)"
    with python(SUPERVISE, str(tmp_path), talk, "closed") as supervisor:
        read_line(supervisor)
        for name in ("one", "two"):
            wait_for(has_said(tmp_path / f"{name}.log", "read ''"), f"{name}'s word")
        supervisor.send_signal(signal.SIGTERM)
        assert read_line(supervisor) == "stopped"
        assert supervisor.wait(PATIENCE_SECONDS) == 0


def test_a_ctrl_c_at_the_terminal_reaches_only_the_supervisor(tmp_path: Path) -> None:
    with Supervisor(log_folder=tmp_path) as supervisor:
        supervisor.start(program("one", SLEEP))
        pid = supervisor.processes()["one"]
        assert pid
        wait_for(lambda: os.getpgid(pid) != os.getpgid(0), "its own group")
        assert os.getsid(pid) == pid


def test_a_stop_leaves_room_within_ten_seconds() -> None:
    assert GRACE_SECONDS < 10


@given(st.integers(1, 20), st.floats(0.1, 60))
def test_every_stage_has_time_and_the_last_ends_with_the_grace(stages: int, grace: float) -> None:
    deadlines = stage_deadlines(stages, grace)
    assert len(deadlines) == stages
    assert deadlines[-1] == grace
    assert all(0 < earlier < later for earlier, later in zip([0.0001, *deadlines[:-1]], deadlines, strict=True))


def test_without_programs_there_is_nothing_to_stop() -> None:
    assert stage_deadlines(0, 9.0) == []


def test_each_crash_within_the_window_doubles_the_pause_until_it_is_given_up() -> None:
    rule = RestartRule(limit=4, window_seconds=60, first_delay_seconds=1)
    assert [rule.delay([0.0, 1.0, 2.0, 3.0][: n + 1]) for n in range(4)] == [1, 2, 4, None]


def test_crashes_of_long_ago_are_forgotten() -> None:
    rule = RestartRule(limit=2, window_seconds=60, first_delay_seconds=1)
    assert rule.delay([0.0, 60.0]) == 1
    assert rule.delay([0.0, 59.9]) is None
