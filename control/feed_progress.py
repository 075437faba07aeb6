"""Remembers which lines of a file ingress accepted, so that feeding it again goes on where it ended."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import TracebackType
from typing import IO


class Progress:
    """The accepted line numbers of one file, known by its content: a line each, appended as it is accepted.

    So a kill costs what was on its way at that moment, at most. Used with ``with``, which opens it for ``add``.
    """

    def __init__(self, raw: bytes, home: Path) -> None:
        self._path = home / "feeds" / f"{hashlib.sha256(raw).hexdigest()[:32]}.lines"
        self._file: IO[str] | None = None

    def done(self) -> set[int]:
        """Numbers of the lines that were accepted."""
        return {int(number) for number in self._whole_lines().split()}

    def __enter__(self) -> Progress:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        whole = self._whole_lines()
        self._file = self._path.open("a", encoding="ascii", buffering=1)
        self._file.truncate(len(whole))
        return self

    def _whole_lines(self) -> str:
        """What is kept; a full disk may have left half a number at its end, which is not told."""
        try:
            kept = self._path.read_text(encoding="ascii")
        except OSError:
            return ""
        return kept[: kept.rfind("\n") + 1]

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, number: int) -> None:
        """Line ``number`` was accepted."""
        if self._file is None:
            raise RuntimeError("Progress.add outside of its with block")
        self._file.write(f"{number}\n")
