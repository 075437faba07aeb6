"""Runs ``mw`` as a user does: a process of its own, its answer, its one line, its exit code."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from control.settings import process_environment


@dataclass(frozen=True)
class Answer:
    """What a call of ``mw`` ended with."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON document on stdout."""
        return orjson.loads(self.out)


class Mw:
    """Calls ``mw`` with a home of its own and, where given, a broker and a prefix."""

    def __init__(self, home: Path, kafka: str = "", prefix: str = "", **variables: str) -> None:
        known = {"MW_HOME": str(home), "MW_KAFKA_BOOTSTRAP_SERVERS": kafka, "MW_TOPIC_PREFIX": prefix, **variables}
        self._env = process_environment(COLUMNS="200", **known)

    def __call__(self, *words: str, within_s: float = 60) -> Answer:
        """``mw`` followed by ``words``."""
        done = subprocess.run(
            self._argv(words),
            env=self._env,
            capture_output=True,
            text=True,
            timeout=within_s,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """``mw`` followed by ``words``, left running with its answer in pipes; the caller ends it."""
        return subprocess.Popen(
            self._argv(words), env=self._env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def _argv(self, words: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "control", *words]
