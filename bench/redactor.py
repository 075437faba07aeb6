"""Redactors beside each other: their processes, and what their finds are called here."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from agents.redaction import Label
from bench.environments import presidio_python
from bench.rig import ROOT, BenchFailed
from control.labelled_messages import Value
from control.labelled_names import our_label
from control.settings import process_environment

_ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")}
_WARM_UP = "Hello, I am Ann. Mail me at ann@example.com about order #12345, or call 212-555-0123."
_NOT_USED: Final = frozenset(("DATE_TIME", "NRP", "ORGANIZATION", "AGE"))
"""Presidio's finds that a shop would not redact: days, nationalities, organisations, ages."""
_NUMBERS: Final[Mapping[str, Label]] = {
    "LOCATION": Label.ADDRESS,
    "US_BANK_NUMBER": Label.IBAN,
    "CRYPTO": Label.CARD,
}


class Redactor:
    """A process of ``module`` that finds personal data in texts; a context manager. One thread."""

    def __init__(self, module: str, *argv: str, presidio: bool = False) -> None:
        python = str(presidio_python()) if presidio else sys.executable
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            [python, "-m", module, *argv],
            cwd=ROOT,
            env=process_environment(**_ONE_THREAD, PYTHONPATH=str(ROOT)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
        )

    def __enter__(self) -> Redactor:
        self.find([_WARM_UP] * 20)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._complaints.close()

    def find(self, texts: Sequence[str]) -> tuple[float, list[list[Any]]]:
        """Seconds, and for each text the finds as (name, start, end, score). Raises BenchFailed where it ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(orjson.dumps({"texts": texts}) + b"\n")
            self._process.stdin.flush()
            answer = orjson.loads(self._process.stdout.readline())
        except (BrokenPipeError, orjson.JSONDecodeError):
            self._complaints.seek(0)
            raise BenchFailed(self._complaints.read().decode()[-300:]) from None
        return answer["seconds"], answer["found"]


@dataclass(frozen=True)
class Reading:
    """How finds are read: ``least_score`` is the confidence from which a find counts."""

    least_score: float = 0.0

    def values(self, found: Iterable[Sequence[Any]]) -> tuple[Value, ...]:
        """The finds under our labels. Of several that overlap the surest is taken, then the longest, and what lies
        within it falls away, as Presidio's anonymizer does it; numbers of identity under any name are NATIONAL_ID."""
        used = [one for one in found if one[0] not in _NOT_USED and one[3] >= self.least_score]
        taken: list[Value] = []
        for name, start, end, _ in sorted(used, key=lambda one: (-one[3], one[1] - one[2], one[1])):
            label = our_label(name) or _NUMBERS.get(name, Label.NATIONAL_ID)
            if not any(one.start <= start and end <= one.end for one in taken):
                taken.append(Value(label, start, end))
        return tuple(sorted(taken, key=lambda one: one.start))
