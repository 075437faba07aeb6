"""Figures that a test measured, kept in docs/evidence/ with commit and machine when the tests run at full size."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from streams.clock import SYSTEM_CLOCK

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "evidence"


class Evidence:
    """Prints figures, and in a run at full size (``make prove``) also writes one file per measurement."""

    def __init__(self, *, full: bool) -> None:
        self.full = full

    def size(self, *, small: int, full: int) -> int:
        """How much to do: ``full`` under ``make prove``, else ``small``."""
        return full if self.full else small

    def record(self, name: str, **figures: Any) -> None:
        """Keep ``figures`` under ``name`` (a file name without ending)."""
        document = {"measurement": name, "figures": figures, **_circumstances()}
        print(json.dumps(document, indent=1, default=str))
        if self.full:
            FOLDER.mkdir(parents=True, exist_ok=True)
            (FOLDER / f"{name}.json").write_text(json.dumps(document, indent=1, default=str) + "\n")


def _circumstances() -> dict[str, Any]:
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=False)
    return {
        "command": "make prove",
        "commit": commit.stdout.strip() + ("" if not changed.stdout.strip() else " with uncommitted changes"),
        "date": SYSTEM_CLOCK.now().date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
    }
