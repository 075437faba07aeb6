"""Child processes that end with us, whatever ends us.

On Linux a child asks the kernel for SIGKILL at its parent's death (``PR_SET_PDEATHSIG``), so that neither a Java
virtual machine nor a worker outlives a ``kill -9`` of ``mw``. The request is made by a small launcher that runs in the
child before it becomes the program: ``preexec_fn`` would run Python code between fork and exec, which is not safe in a
process that has threads. Elsewhere (macOS) there is no such request: children end at an orderly stop only, and what a
``kill -9`` left behind is found by the lock that it holds.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from streams.clock import SYSTEM_CLOCK, Clock

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>

# Arguments: expected parent's pid, program, its arguments. The parent may have died before the request was made;
# then the child has another parent by now and ends itself.
_LAUNCHER = f"""
import ctypes, os, sys
if ctypes.CDLL(None, use_errno=True).prctl({_PR_SET_PDEATHSIG}, {int(signal.SIGKILL)}, 0, 0, 0):
    sys.exit("cannot be tied to the parent process: " + os.strerror(ctypes.get_errno()))
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
os.execvp(sys.argv[2], sys.argv[2:])
"""


def tied_argv(argv: Sequence[str], *, parent: int, platform: str = sys.platform) -> list[str]:
    """``argv`` wrapped so that the program dies with process ``parent``; unchanged where the system cannot do that."""
    if platform != "linux":
        return list(argv)
    # -I -S: the launcher needs the standard library alone and starts in some 20 ms.
    return [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(parent), *argv]


def start_tied(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    log: Path | None = None,
    tied: bool = True,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start ``argv`` in a session of its own, so that a terminal's Ctrl-C reaches only us and we stop it in order.

    ``log``: file that stdout and stderr are appended to; None: they are ours. ``tied=False``: the process is meant to
    survive us. ``pass_fds``: file descriptors that the program keeps open. The pid is the program's own from the start.

    Call it from the main thread: the kernel sends the signal when the *thread* that forked ends. Another thread gets
    RuntimeError. OSError: the program is not there (where it is tied, the launcher's exit code and log say so).
    """
    if tied and threading.current_thread() is not threading.main_thread():
        raise RuntimeError("start_tied(tied=True) works from the main thread only: the child would die with the thread")
    out = None if log is None else os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            tied_argv(argv, parent=os.getpid()) if tied else list(argv),
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            pass_fds=tuple(pass_fds),
            start_new_session=True,
        )
    finally:
        if out is not None:
            os.close(out)


def stop(processes: Iterable[subprocess.Popen[bytes]], grace_s: float, *, clock: Clock = SYSTEM_CLOCK) -> list[int]:
    """SIGTERM to all at once, ``grace_s`` seconds for all together, then SIGKILL; exit codes in the given order.

    An exit code of -9 is a process that had to be killed (subprocess's convention). For an order among processes
    call it once for each group.
    """
    running = list(processes)
    for process in running:
        with suppress(ProcessLookupError):
            process.terminate()
    deadline = clock.monotonic() + grace_s
    for process in running:
        try:
            process.wait(timeout=max(0.0, deadline - clock.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
    return [process.wait() for process in running]
