"""Medians and spreads of rounds, and where they were measured."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.rig import ROOT
from streams.clock import SYSTEM_CLOCK


@dataclass(frozen=True)
class Spread:
    """Median, least and most of some rounds."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of ``values``."""
        return cls(statistics.median(values), min(values), max(values))

    def text(self, digits: int = 0) -> str:
        """``median (least to most)``."""
        return f"{self.median:,.{digits}f} ({self.least:,.{digits}f} to {self.most:,.{digits}f})"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0..1) of ``values`` lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def circumstances() -> dict[str, Any]:
    """Commit, day and machine."""

    def git(*argv: str) -> str:
        done = subprocess.run(["git", *argv], cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--", "streams", "agents", "connectors", "control", "bench")
    return {
        "commit": git("rev-parse", "HEAD") + (" with uncommitted changes" if changed else ""),
        "date": SYSTEM_CLOCK.now().date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
        "load_before": round(os.getloadavg()[0], 2),
    }
