"""Children end when we stop them, and on Linux also when we are killed."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from control import launch
from control.settings import process_environment
from tests.support.waiting import process_ends

LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a parent-death signal")
PROGRAM = "import signal, sys; signal.signal(signal.SIGTERM, {handler}); print('ready', flush=True); signal.pause()"
STUBBORN = PROGRAM.format(handler="signal.SIG_IGN")
POLITE = PROGRAM.format(handler="lambda *_: sys.exit(7)")


def start_and_wait_ready(program: str, tmp_path: Path, name: str) -> subprocess.Popen[bytes]:
    """A child of ours that has installed its signal handler."""
    fifo = tmp_path / f"{name}.fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        child = launch.start_tied([sys.executable, "-c", program], env=process_environment(), log=fifo)
        said = b""
        while b"\n" not in said:  # a line may come in two pieces
            assert select.select([reader], [], [], 20)[0], "the child did not start"
            said += os.read(reader, 100)
        assert said == b"ready\n"
        return child
    finally:
        os.close(reader)


@LINUX_ONLY
@pytest.mark.parametrize(("tied", "ends"), [(True, True), (False, False)])
def test_kill_9_of_the_parent_ends_a_tied_child_and_no_other(tied: bool, ends: bool) -> None:
    program = (
        "import signal, sys; from control.launch import start_tied; from control.settings import process_environment\n"
        f"c = start_tied([sys.executable, '-c', 'import signal; print(1, flush=True); signal.pause()'],"
        f" env=process_environment(), tied={tied})\n"
        "sys.stderr.write(f'{c.pid}\\n'); sys.stderr.flush(); signal.pause()"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert parent.stdout
    assert parent.stderr
    child = int(parent.stderr.readline())
    try:
        assert parent.stdout.readline() == b"1\n"  # the child is past its launcher
        parent.kill()
        parent.wait(timeout=10)
        assert process_ends(child, within_s=10 if ends else 0.5) is ends
    finally:
        parent.stdout.close()
        parent.stderr.close()
        if not ends:
            os.kill(child, signal.SIGKILL)


@LINUX_ONLY
def test_a_child_whose_parent_is_gone_already_does_not_start(tmp_path: Path) -> None:
    made = tmp_path / "made"
    argv = launch.tied_argv([sys.executable, "-c", f"open({str(made)!r}, 'w')"], parent=os.getppid())
    assert subprocess.run(argv, check=False).returncode == 1
    assert not made.exists()


def test_stop_asks_first_and_kills_what_does_not_listen(tmp_path: Path) -> None:
    polite = start_and_wait_ready(POLITE, tmp_path, "polite")
    stubborn = start_and_wait_ready(STUBBORN, tmp_path, "stubborn")
    assert launch.stop([stubborn, polite], grace_s=1.0) == [-signal.SIGKILL, 7]


def test_stop_of_what_has_ended_gives_its_exit_code() -> None:
    ended = launch.start_tied([sys.executable, "-c", "raise SystemExit(3)"], env=process_environment())
    ended.wait(timeout=20)
    assert launch.stop([ended], grace_s=1.0) == [3]


def test_a_child_has_a_session_of_its_own_and_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = "import os; print(os.getsid(0) == os.getpid())"
    child = launch.start_tied([sys.executable, "-c", program], env=process_environment(), log=log)
    assert child.wait(timeout=20) == 0
    assert log.read_text() == "True\n"


def test_another_thread_may_not_tie_a_child() -> None:
    seen: list[BaseException] = []

    def run() -> None:
        try:
            launch.start_tied(["true"], env={})
        except RuntimeError as exc:
            seen.append(exc)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    assert "main thread" in str(seen[0])


def test_where_the_system_cannot_tie_the_program_is_started_as_it_is() -> None:
    assert launch.tied_argv(["a", "b"], parent=1, platform="darwin") == ["a", "b"]
