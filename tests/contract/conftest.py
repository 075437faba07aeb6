"""Tests of a module with ``LOOPS`` run on these event loops; all others on asyncio's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop

_LOOPS: Mapping[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,  # what the processes run on
}


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """pytest-asyncio's question for the loops of a test."""
    names: tuple[str, ...] = getattr(getattr(item, "module", None), "LOOPS", ("asyncio",))
    return {name: _LOOPS[name] for name in names}
