"""The loop that every redactor runs; it must not import the project, since Presidio has an environment of its own."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any


def serve(find: Callable[[str], list[Any]]) -> None:
    """Answer ``{"texts": [...]}`` with ``{"seconds": the time they took, "found": what find gave for each}``."""
    answers, sys.stdout = sys.stdout, sys.stderr  # what libraries print must not stand between answers
    for line in sys.stdin:
        texts = json.loads(line)["texts"]
        started = time.perf_counter()
        found = [find(text) for text in texts]
        seconds = time.perf_counter() - started
        answers.write(json.dumps({"seconds": seconds, "found": found}) + "\n")
        answers.flush()
