"""Answers are remembered across processes, for a while, and a file that cannot be used is no error."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.answer_cache import KEEP, AnswerCache
from streams.clock import ManualClock


def test_an_answer_outlives_its_process_and_is_forgotten_in_time(tmp_path: Path) -> None:
    clock, path = ManualClock(), tmp_path / "a" / "answers.sqlite"
    first = AnswerCache(path, clock=clock)
    key = AnswerCache.key("model", "prompt", "where is my order")
    assert first.get(key) is None
    first.put(key, "{}")
    other = AnswerCache(path, clock=clock)  # as another worker of the machine
    assert other.get(key) == "{}"
    first.close()
    clock.advance(KEEP.total_seconds() + 1)
    assert other.get(key) is None
    other.close()
    assert b"where is my order" not in path.read_bytes()


def test_parts_are_told_apart() -> None:
    assert AnswerCache.key("ab", "c") != AnswerCache.key("a", "bc")


@pytest.mark.parametrize("content", [b"no database" * 100, None], ids=["no database", "a folder"])
def test_a_file_that_cannot_be_used_remembers_nothing(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "answers.sqlite"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    cache = AnswerCache(path)
    cache.put("key", "{}")
    assert cache.get("key") is None
    cache.close()
