"""``mw sanitize``: the sanitize stage's pure part over JSON lines, without a broker."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import typer

from control.cli.output import Output

if TYPE_CHECKING:
    from agents.sanitize import SanitizeSettings


def register(app: typer.Typer) -> None:
    """Add ``mw sanitize``."""
    app.command("sanitize")(sanitize)


def sanitize(ctx: typer.Context) -> None:
    """Redact messages: JSON lines in, JSON lines out, offsets into the input text.

    In: {"id","text","channel"}. Out: {"id","text","redactions":[{"label","start","end"}],"features":{}}.
    A line that is not understood is named on stderr; the rest is done, and the exit code is 1.

    Example: echo '{"id":"1","text":"mail jane@example.com"}' | mw sanitize
    """
    from agents.redaction import RedactionSettings  # noqa: PLC0415 - keeps `mw --help` fast
    from agents.sanitize import SanitizeSettings  # noqa: PLC0415
    from control.settings import load  # noqa: PLC0415
    from streams.errors import TicketError  # noqa: PLC0415

    output: Output = ctx.obj
    settings = SanitizeSettings(redaction=RedactionSettings(order_number_pattern=load().order_number_pattern))
    failed = False
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        try:
            output.document(_answer(line, settings))
        except (ValueError, TicketError) as exc:
            output.say(f"line {number}: {exc}")
            failed = True
    if failed:
        raise typer.Exit(1)


def _answer(line: bytes, settings: SanitizeSettings) -> dict[str, Any]:
    """What to print for one line. Raises ValueError, whose message shows nothing of the line, if it is malformed."""
    import orjson  # noqa: PLC0415

    from agents.sanitize import sanitize_text  # noqa: PLC0415

    try:
        message = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise ValueError("not JSON") from None
    if not isinstance(message, dict) or not isinstance(message.get("id"), (str, int)):
        raise ValueError('not an object with an "id"')
    if not isinstance(message.get("text"), str):
        raise ValueError('"text" is missing or is not a string')
    sanitized = sanitize_text(message["text"], settings)
    return {
        "id": message["id"],
        "text": sanitized.text,
        "redactions": [found.model_dump() for found in sanitized.redactions],
        "features": sanitized.features.model_dump(),
    }
