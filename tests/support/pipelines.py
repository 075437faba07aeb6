"""Makes a ``System`` with topics of its own, and ends it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from control.settings import load
from streams.topics import Names
from tests.support.system import System
from tests.support.topics import TestTopics


@contextmanager
def running_system(kafka: str, home: Path, *, partitions: int = 4, start: bool = True, **env: str) -> Iterator[System]:
    """A system under a prefix of its own, with ``partitions`` per ticket topic; started unless told otherwise."""
    names = Names(f"t-{uuid.uuid4().hex[:8]}.")
    topics = TestTopics(kafka, names)
    topics.create(partitions=partitions)
    system = System(kafka, names, home, load().cache, env)
    try:
        if start:
            system.start_all()
        yield system
    finally:
        system.end()
        topics.delete_all()
