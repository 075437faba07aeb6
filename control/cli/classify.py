"""``mw classify``: intents and tier-0 signals alone, over JSON lines. No broker, no vendor."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from control.cli.lines import answer_lines


class ModelChoice(StrEnum):
    """Which model speaks."""

    LOCAL = "local"


def register(app: typer.Typer) -> None:
    """Add ``mw classify``."""
    app.command()(classify)


def classify(
    ctx: typer.Context,
    model: Annotated[ModelChoice, typer.Option(help="Which model speaks.")] = ModelChoice.LOCAL,
) -> None:
    """Read messages as JSON lines on stdin, write each one's intents and tier-0 signals as a JSON line.

    A line holds text, which must be sanitised already, and may hold id and channel. The answer holds the five
    likeliest intents with their confidences (one is present from 0.30), the names of the tier-0 signals, and the
    model. The local model is trained on first use, which takes some seconds.

    A line that cannot be read is named on stderr and the others are classified; exit code 1 at the end.

    Example: echo '{"id": 1, "text": "where is my order [ORDER_1]?", "channel": "email"}' | mw classify
    """
    from control.classify_lines import classify_line  # noqa: PLC0415  (keeps `mw --help` fast)
    from control.models import load_local_model  # noqa: PLC0415
    from control.settings import load  # noqa: PLC0415

    local = load_local_model(load(), say=ctx.obj.say)
    answer_lines(ctx.obj, lambda line: classify_line(line, local))
