"""``mw sanitize``: the sanitize stage's pure part over JSON lines, without a broker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from control.cli.lines import answer_lines
from control.cli.output import Output

if TYPE_CHECKING:
    from agents.sanitize import SanitizeSettings


def register(app: typer.Typer) -> None:
    """Add ``mw sanitize``."""
    app.command("sanitize")(sanitize)


def sanitize(
    ctx: typer.Context,
    evaluate: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Measure against the labelled messages in FILE instead of reading stdin."),
    ] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(metavar="LABEL", help="With --evaluate: do not measure this label; repeatable.")
    ] = None,
) -> None:
    """Redact messages: JSON lines in, JSON lines out, offsets into the input text.

    In: {"id","text","channel"}, and what is known of the customer: {"name","email","phone","address"}. Out:
    {"id","text","redactions":[{"label","start","end","detector","confidence"}],"features":{}}.
    A line that is not understood is named on stderr; the rest is done, and the exit code is 1.

    With --evaluate FILE: recall, precision, F1 and F2 per label, leaks and false redactions, with 95 % intervals. FILE
    holds {"id","text","spans":[{"label","start","end"}],"keep":[{"start","end"}]} as JSON lines or as a list, or the
    form of presidio-research (full_text, entity_type, start_position, end_position).

    Example: echo '{"id":"1","text":"mail jane@example.com"}' | mw sanitize
    """
    from control.redaction import sanitize_settings  # noqa: PLC0415 - keeps `mw --help` fast
    from control.settings import load  # noqa: PLC0415

    settings = sanitize_settings(load())
    if evaluate is not None:
        _evaluate(ctx.obj, evaluate, leave_out or [], settings)
        return
    if leave_out:
        raise typer.BadParameter("--leave-out goes with --evaluate FILE")
    answer_lines(ctx.obj, lambda line: _answer(line, settings))


def _evaluate(out: Output, path: Path, leave_out: list[str], settings: SanitizeSettings) -> None:
    """Show how well the labelled messages in ``path`` are redacted. Raises ConfigurationError for a malformed file."""
    from control.cli.redaction_tables import show_report  # noqa: PLC0415
    from control.labelled_messages import read_labelled  # noqa: PLC0415
    from control.redaction_outcome import outcome  # noqa: PLC0415
    from control.redaction_report import report  # noqa: PLC0415

    labelled = read_labelled(path, leave_out=leave_out)
    measured = report((message, outcome(message, settings)) for message in labelled.messages)
    show_report(out, path.name, measured, labelled.left_out)


def _answer(line: bytes, settings: SanitizeSettings) -> dict[str, Any]:
    """What to print for one line. Raises ValueError, whose message shows nothing of the line, if it is malformed."""
    from agents.sanitize import Origin, sanitize_text  # noqa: PLC0415
    from control.json_lines import json_object  # noqa: PLC0415
    from streams.facts import as_contact  # noqa: PLC0415

    message = json_object(line)
    if not isinstance(message.get("id"), (str, int)):
        raise ValueError('not an object with an "id"')
    if not isinstance(message.get("text"), str):
        raise ValueError('"text" is missing or is not a string')
    sanitized = sanitize_text(message["text"], settings, Origin(as_contact(message.get("customer"))))
    return {
        "id": message["id"],
        "text": sanitized.text,
        "redactions": [found.model_dump() for found in sanitized.redactions],
        "features": sanitized.features.model_dump(),
    }
