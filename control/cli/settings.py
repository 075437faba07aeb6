"""``mw settings``: what is set, and where it came from."""

from __future__ import annotations

import typer

from control.cli.output import Output


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(settings)


def settings(ctx: typer.Context) -> None:
    """Every setting with its value (secrets masked), where the value came from, and what it means.

    Example: mw settings
    """
    from control.settings import describe, load  # noqa: PLC0415  (keeps `mw --help` fast)

    out: Output = ctx.obj
    out.table(("setting", "value", "from", "meaning"), list(describe(load())))
