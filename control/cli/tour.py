"""What ``mw up`` shows a person: a row for each sample ticket, and what to try next, as wide as the terminal is."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

_WIDTHS = (17, 30, 29)
_INDENT = " " * 4


def terminal_width() -> int | None:
    """Columns of the terminal; None where stdout is a file or a pipe, so that a row stays one line."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def row(cells: Sequence[str], why: str, tags: str, width: int | None) -> list[str]:
    """A ticket's lines: all in one where ``width`` allows, else what does not fit below it, broken between words.

    ``cells``: ticket, intent, team. Only the first line begins at the margin.
    """
    head = "".join(f"{cell:<{size}}" for cell, size in zip(cells, _WIDTHS, strict=True))
    if width is None or len(f"{head}{why}; {tags}") <= width:
        return [f"{head}{why}; {tags}"]
    fits = len(head + why) <= width
    first, rest = (head + why, tags) if fits else (head.rstrip(), f"{why}; {tags}")
    below = textwrap.wrap(
        rest, max(width, 40), initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False
    )
    return [first, *(line.rstrip() for line in below)]


def own_name() -> str:
    """How to call this command from here: what works when it is copied into a second terminal in this folder."""
    called = Path(sys.argv[0])
    if called.name != "mw":
        return "mw"
    found = shutil.which("mw")
    if found and Path(found).resolve() == called.resolve():
        return "mw"
    here, there = Path.cwd(), called.absolute()
    return str(there.relative_to(here)) if there.is_relative_to(here) else str(there)


def suggestions(mw: str, ticket: str) -> list[tuple[str, str]]:
    """Commands with what each does. ``ticket``: one that exists."""
    return [
        (f"{mw} explain {ticket}", "why that ticket went where it went"),
        (f"{mw} lag", "what waits where, and how old it is"),
        (f'{mw} control set safe_mode=true --reason "a try"', "a lever; prints who applied it, after how many ms"),
        (f'{mw} emergency 3 --reason "stop everything outbound"', "tags, routing and replies stop; ingestion goes on"),
        (f'{mw} control set outbound_enabled=true safe_mode=false --reason "over"', "and go on"),
        (f"{mw} dead list", "what failed, and why"),
    ]


def listed(pairs: Sequence[tuple[str, str]], width: int | None) -> list[str]:
    """``pairs`` of a command and its meaning, side by side where ``width`` allows, else one below the other."""
    left = max(len(command) for command, _ in pairs) + 2
    if width is None or left + 2 + max(len(meaning) for _, meaning in pairs) <= width:
        return [f"  {command:<{left}}{meaning}" for command, meaning in pairs]
    return [line for command, meaning in pairs for line in (f"  {command}", f"      {meaning}")]
