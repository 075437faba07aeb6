"""``mw sanitize``: the sanitize stage's pure part over JSON lines, without a broker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from control.cli.lines import answer_lines

if TYPE_CHECKING:
    from agents.sanitize import SanitizeSettings


def register(app: typer.Typer) -> None:
    """Add ``mw sanitize``."""
    app.command("sanitize")(sanitize)


def sanitize(ctx: typer.Context) -> None:
    """Redact messages: JSON lines in, JSON lines out, offsets into the input text.

    In: {"id","text","channel"}, and what is known of the customer: {"name","email","phone","address"}. Out:
    {"id","text","redactions":[{"label","start","end","detector","confidence"}],"features":{}}.
    A line that is not understood is named on stderr; the rest is done, and the exit code is 1.

    Example: echo '{"id":"1","text":"mail jane@example.com"}' | mw sanitize
    """
    from control.redaction import sanitize_settings  # noqa: PLC0415 - keeps `mw --help` fast
    from control.settings import load  # noqa: PLC0415

    settings = sanitize_settings(load())
    answer_lines(ctx.obj, lambda line: _answer(line, settings))


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
