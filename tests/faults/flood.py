"""Whether processes flood their logs while something is broken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from streams.clock import SYSTEM_CLOCK
from tests.support.system import Process

MOST_A_SECOND = 1.1
"""One line a second for each cause; the little more is the first line of all."""


def causes(log: str) -> Counter[str]:
    """Lines of a log by cause: level, logger and text without figures."""
    lines = [re.sub(r"^\S+ \S+ ", "", line) for line in log.splitlines()]
    return Counter(re.sub(r"\d+|0x[0-9a-f]+", "#", line)[:100] for line in lines)


class Flood:
    """Watches what ``processes`` log from now on."""

    def __init__(self, processes: Collection[Process]) -> None:
        self._sizes = {process.name: (process, process.log.stat().st_size) for process in processes}
        self._began = SYSTEM_CLOCK.monotonic()

    def worst(self, most: int = 3) -> dict[str, float]:
        """Lines a second until now of the ``most`` frequent causes, each with its process's name."""
        seconds = SYSTEM_CLOCK.monotonic() - self._began
        found: Counter[str] = Counter()
        for name, (process, size) in self._sizes.items():
            for cause, lines in causes(process.log.read_bytes()[size:].decode(errors="replace")).items():
                found[f"{name}: {cause}"] = lines
        return {cause: round(lines / seconds, 2) for cause, lines in found.most_common(most)}
