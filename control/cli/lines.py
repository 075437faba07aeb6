"""JSON lines in on stdin, JSON lines out: shared by the commands that run one pure stage without a broker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

from control.cli.output import Output
from streams.errors import CheckFailed, TicketError


def answer_lines(out: Output, answer: Callable[[bytes], Any]) -> None:
    """Write ``answer`` of each line on stdin as a JSON line; blank lines are passed over.

    A line for which ``answer`` raises ValueError or TicketError is named on stderr by its number, and the others are
    answered. Raises CheckFailed at the end where there was one.
    """
    refused = 0
    for number, line in enumerate(typer.get_binary_stream("stdin"), 1):
        if not line.strip():
            continue
        try:
            out.document(answer(line))
        except (ValueError, TicketError) as exc:
            refused += 1
            out.say(f"line {number}: {exc}")
    if refused:
        raise CheckFailed(f"lines that could not be read: {refused}; correct them and try again")
