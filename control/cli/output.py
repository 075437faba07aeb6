"""How commands speak: answers to stdout (human, or JSON with ``--json``), everything else to stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Output:
    """Where a command writes. One per call of ``mw``; commands get it as ``ctx.obj``."""

    as_json: bool = False

    def document(self, value: Any) -> None:
        """One JSON document on one line (used with ``--json``, and for JSON-lines streams)."""
        sys.stdout.write(orjson.dumps(value, default=str).decode() + "\n")
        sys.stdout.flush()

    def say(self, text: str) -> None:
        """A line of progress on stderr."""
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    def line(self, text: str) -> None:
        """A line of the human answer on stdout."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, title: str = "") -> None:
        """``rows`` as a table, or as a JSON list of objects with ``--json``."""
        if self.as_json:
            self.document([dict(zip(columns, row, strict=True)) for row in rows])
            return
        table = Table(*columns, title=title or None, title_justify="left")
        for row in rows:
            table.add_row(*(str(cell) for cell in row))
        Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160).print(table)
