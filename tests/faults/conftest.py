"""Fixtures of the fault tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streams.topics import Names
from tests.support.probes import ProbeGroup


@pytest.fixture
def new_group(kafka: str, names: Names, tmp_path: Path) -> Iterator[Callable[..., ProbeGroup]]:
    """``new_group(partitions=1)``: this test's one consumer group of probe workers, ended with it."""
    made: list[ProbeGroup] = []

    def make(partitions: int = 1) -> ProbeGroup:
        assert not made, "one group per test: its topics have fixed names"
        made.append(ProbeGroup(kafka, names.prefix, tmp_path, partitions))
        return made[0]

    yield make
    for group in made:
        group.end()
