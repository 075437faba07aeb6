"""Waiting for something to become true, with a deadline and a reason."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable

from streams.clock import SYSTEM_CLOCK


def until(condition: Callable[[], object], *, within_s: float, what: str, every_s: float = 0.05) -> None:
    """Ask ``condition`` until it is true. AssertionError naming ``what`` after ``within_s`` seconds."""
    deadline = SYSTEM_CLOCK.monotonic() + within_s
    while not condition():
        if SYSTEM_CLOCK.monotonic() > deadline:
            raise AssertionError(f"not within {within_s:g} s: {what}")
        time.sleep(every_s)


def process_ends(pid: int, within_s: float) -> bool:
    """Whether process ``pid``, which need not be our child, ends in time (Linux: the kernel tells)."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([fd], [], [], within_s)[0])
    finally:
        os.close(fd)
